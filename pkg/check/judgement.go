package check

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"scalelab/pkg/check/record"
	"scalelab/pkg/check/stacks"
	"scalelab/pkg/check/wording"
	"scalelab/pkg/internal/unfinished"
)

// judgement collects what becomes of the one check that this process runs.
type judgement struct {
	mu       sync.Mutex
	check    string
	messages []string
	why      string // not judged, because
	over     bool   // the check's own goroutine has come to its end
	cause    record.Cause
	location *record.Location
	evidence []record.Evidence
	stories  []*func() // that have not come to their end
	native   string
	replay   string      // token of the interleaving that fails
	explored exploration // interleavings that do not

	hearing sync.RWMutex // held while a failure is told to package testing
	ended   bool         // the check and its clean-up are over
}

var judged = &judgement{}

func (j *judgement) begin(t *testing.T) {
	t.Cleanup(j.ends) // the first to be registered is the last to be called
	j.hearing.Lock()
	j.ended = false
	j.hearing.Unlock()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.check, _, _ = strings.Cut(t.Name(), "/")
}

// listens tells whether a failure still counts; if so, listened must follow.
func (j *judgement) listens() bool {
	j.hearing.RLock()
	if j.ended {
		j.hearing.RUnlock()
		return false
	}
	return true
}

func (j *judgement) listened() { j.hearing.RUnlock() }

// ends is the last of a check's clean-up.
func (j *judgement) ends() {
	j.hearing.Lock()
	defer j.hearing.Unlock()
	j.ended = true
}

// failed keeps a message of require or of the suite. The first failure decides; later ones are mostly its echo.
func (j *judgement) failed(_, message string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.messages) == 0 {
		j.messages = append(j.messages, wording.Clean(message))
	}
}

func (j *judgement) show(_ string, e record.Evidence) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.evidence = append(j.evidence, e)
}

func (j *judgement) because(_ string, cause record.Cause) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.cause = cause
}

func (j *judgement) at(_ string, l record.Location) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.location = &l
}

// unjudged keeps why nothing can be said, unless something has been said: what a goroutine that is left behind finds out when the check
// is over, with its context cancelled, is no reason.
func (j *judgement) unjudged(_, why string) (over bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.over && len(j.messages) == 0 {
		j.why = wording.Clean(why)
	}
	return j.over
}

// close ends the time in which the check can turn out not to be judged.
func (j *judgement) close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.over = true
}

// panicked keeps a panic of the check's own goroutine.
func (j *judgement) panicked(_ string, value any, frames []runtime.Frame) {
	j.fails(record.Panic, wording.Clean(wording.Panic(value)), stacks.FirstInSubject(frames))
}

// bubbleBurst keeps what synctest found when time could not go on.
func (j *judgement) bubbleBurst(_ string, value any) {
	cause, message := classifyBurst(value)
	waiting := stacks.InBubble(stacks.All())
	if !j.fails(cause, message+waiting.Sentence(), waiting.Location()) {
		return // the check had failed before; what it left behind is its echo
	}
	j.interrupted()
	if len(waiting) > 0 {
		j.show("", waiting.Evidence())
	}
}

// fails is why a check fails that has not failed before.
func (j *judgement) fails(cause record.Cause, message string, at *record.Location) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.messages) > 0 || j.why != "" {
		return false
	}
	j.cause, j.location = cause, at
	j.messages = append(j.messages, message)
	return true
}

func classifyBurst(value any) (record.Cause, string) {
	text := fmt.Sprint(value)
	switch {
	case strings.Contains(text, "main bubble goroutine has exited"):
		return record.GoroutineLeak, "the check is over, but goroutines that it started are still blocked"
	case strings.Contains(text, "all goroutines in bubble are blocked"):
		return record.Deadlock, "every goroutine is blocked and nothing can wake them"
	default:
		return record.Panic, wording.Clean(wording.Panic(value))
	}
}

// report sends the result, says goodbye and returns the exit status: 0 only if the check passed.
func (j *judgement) report(code int) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	exit := code
	if j.check != "" {
		result := j.result(code)
		if result.Verdict != record.Passed {
			exit = 1
		}
		results.write(record.Record{Kind: record.KindResult, Check: j.check, Result: &result})
	}
	results.write(record.Record{Kind: record.KindDone, Exit: exit})
	return exit
}

func (j *judgement) result(code int) record.Result {
	call, stub := unfinished.First()
	failure := record.Result{
		Verdict: record.Failed, Cause: j.cause, Message: strings.Join(j.messages, "\n"),
		Location: j.location, Evidence: j.evidence, Native: j.native, Replay: j.replay,
	}
	switch {
	case stub:
		return record.Result{
			Verdict: record.Failed, Cause: record.NotImplemented,
			Message: "lab " + call.Lab + ": implement " + call.Func,
		}
	case j.why != "":
		return record.Result{Verdict: record.NotJudged, Message: j.why}
	case len(j.messages) > 0:
		if failure.Cause == "" {
			failure.Cause = record.WrongResult
		}
		return failure
	case code != 0 && raceEnabled:
		failure.Cause = record.DataRace
		failure.Message = "two goroutines access the same memory without synchronisation, and at least one of them writes"
		return failure
	case code != 0:
		failure.Cause = record.WrongResult
		failure.Message = "the check failed without a message"
		return failure
	default:
		return record.Result{Verdict: record.Passed, Explored: j.explored.String()}
	}
}
