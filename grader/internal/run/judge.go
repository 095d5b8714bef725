package run

import (
	"fmt"
	"regexp"
	"strings"
	"syscall"

	"scalelab/pkg/check/record"
	"scalelab/pkg/check/stacks"
	"scalelab/pkg/check/wording"
)

// judge decides what a finished process means. A check passes only if the process told, with the right key, which subject it was
// built from, exactly one result, and that it was done; and if it then exited as it had said.
func judge(job Job, key string, end *ending) record.Result {
	said := sort(key, end)
	crash := crashIn(end.Output)
	switch {
	case said.subject != "" && said.subject != job.Subject:
		return notJudged("the binary was built from other files than the submission's; this is a fault of the kit")
	case said.unfinished != nil && said.forged == "":
		return failed(record.NotImplemented, fmt.Sprintf("lab %s: implement %s", said.unfinished.Lab, said.unfinished.Func))
	case crash != nil && said.done == nil && said.forged == "": // what the runtime prints then may be longer than what may be printed
		return crashed(end, crash)
	case end.Stopped == tooChatty: // what it would have said after that is chance
		return failed(record.ResourceLimit, fmt.Sprintf("printed more than %d KiB", job.Limits.Output>>10))
	case said.forged != "":
		return failed(record.Tampering, "tampering: "+said.forged)
	case said.subject == "": // so none of the student's code has run
		return withNative(notJudged("the check's process ended before it began; this is a fault of the kit or the machine"), end)
	case said.result != nil && said.done != nil:
		return agreed(job, said, end)
	case end.Stopped == outOfTime:
		return withNative(failed(record.Timeout, fmt.Sprintf("no result within %s; the check was still running", job.Limits.Time)), end)
	case end.Stopped == outOfSpace:
		return failed(record.ResourceLimit, fmt.Sprintf("used more than %d MiB of memory", job.Limits.Memory>>20))
	case said.done != nil:
		return withNative(notJudged("the suite gave no result for "+job.Check), end)
	case end.Status == 128+int(syscall.SIGKILL): // not by us, and nothing that a lab allows can do it
		return notJudged("the system ended the check's process; the machine may have too little memory")
	default:
		return withNative(failed(record.Tampering, fmt.Sprintf(
			"the process ended with exit status %d before the check had a result: nothing in a lab may end the process", end.Status)), end)
	}
}

// statement is what the records say, sorted by kind.
type statement struct {
	subject    string
	unfinished *record.Record
	result     *record.Result
	done       *record.Record
	check      string
	forged     string // what no honest process writes
}

// sort reads the records as one honest process would have written them.
func sort(key string, end *ending) statement {
	var s statement
	if end.Garbled != nil && !end.cutOff() {
		s.forged = "the results pipe carries something that is not a record"
	}
	for _, r := range end.Records {
		switch {
		case r.Key != key:
			s.forged = "a record has the wrong key"
		case s.done != nil:
			s.forged = "a record follows the last one"
		case r.Kind == record.KindSubject && s.subject == "":
			s.subject = r.Subject
		case r.Kind == record.KindUnfinished && s.unfinished == nil:
			s.unfinished = &r
		case r.Kind == record.KindResult && s.result == nil && r.Result != nil:
			s.result, s.check = r.Result, r.Check
		case r.Kind == record.KindDone:
			s.done = &r
		default:
			s.forged = fmt.Sprintf("a second record of kind %q", r.Kind)
		}
	}
	return s
}

// agreed believes the result if everything else agrees with it.
func agreed(job Job, said statement, end *ending) record.Result {
	result := *said.result
	crash := crashIn(end.Output)
	switch {
	case said.check != job.Check:
		return failed(record.Tampering, fmt.Sprintf("tampering: a result for %q came from the process of %s", said.check, job.Check))
	case end.Status != said.done.Exit || (result.Verdict == record.Passed) != (end.Status == 0):
		if job.Race && end.Status == raceExit && result.Verdict == record.Passed {
			return withNative(raced(), end)
		}
		if crash != nil { // a goroutine that was left behind has panicked between the last word and the end
			return crashed(end, crash)
		}
		return failed(record.Tampering, fmt.Sprintf("tampering: the result does not agree with exit status %d", end.Status))
	case result.Cause == record.DataRace:
		return withNative(result, end)
	}
	return result
}

// raceExit is the status of a process whose races were only seen at its very end.
const raceExit = 66

func raced() record.Result {
	return failed(record.DataRace, "two goroutines access the same memory without synchronisation, and at least one of them writes")
}

// crashes are what the Go runtime prints when it ends a process: a first line, which may follow something that the student has printed
// without a new line, indented ones that belong to it, and the traces.
var crashes = regexp.MustCompile(`(?:panic|fatal error): ([^\n]*)(?:\n[\t\[][^\n]*)*\n\n(?:goroutine \d+|runtime stack:)`)

// crash is where the runtime says why it has ended the process.
type crash struct {
	text   string
	traces string
}

// crashIn finds the last crash that the output tells of; nil if there is none.
func crashIn(output string) *crash {
	all := crashes.FindAllStringSubmatchIndex(output, -1)
	if len(all) == 0 {
		return nil
	}
	last := all[len(all)-1]
	return &crash{text: output[last[2]:last[3]], traces: output[last[3]:]}
}

// crashed explains a process that the Go runtime has ended.
func crashed(end *ending, c *crash) record.Result {
	result := failed(record.Panic, "panic: "+scrub(c.text))
	switch {
	case strings.Contains(c.text, "all goroutines are asleep"):
		result = failed(record.Deadlock, "every goroutine is blocked and nothing can wake them")
	case strings.Contains(c.text, "concurrent map"):
		result = failed(record.DataRace, "fatal error: "+scrub(c.text))
	case strings.Contains(c.text, "out of memory"), strings.Contains(c.text, "cannot allocate memory"):
		result = failed(record.ResourceLimit, "ran out of memory")
	}
	result.Location = stacks.FirstInTrace(firstGoroutine(c.traces))
	return withNative(result, end)
}

var recovered = regexp.MustCompile(` \[recovered.*\]$`)

// scrub takes out of a message of the Go runtime what differs from run to run.
func scrub(text string) string {
	return wording.Same(recovered.ReplaceAllString(text, ""))
}

// firstGoroutine is the first stack that follows a panic's message: the one that panicked.
func firstGoroutine(output string) string {
	_, stack, _ := strings.Cut(output, "\n\ngoroutine ")
	stack, _, _ = strings.Cut(stack, "\n\n")
	return stack
}

func failed(cause record.Cause, message string) record.Result {
	return record.Result{Verdict: record.Failed, Cause: cause, Message: message}
}

func notJudged(why string) record.Result {
	return record.Result{Verdict: record.NotJudged, Message: why}
}

// withNative keeps what Go itself printed: useful, but not the same in every run.
func withNative(r record.Result, end *ending) record.Result {
	const most = 16 << 10
	r.Native = end.Output[:min(len(end.Output), most)]
	return r
}
