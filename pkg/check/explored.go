package check

import (
	"fmt"
	"os"

	"scalelab/pkg/check/record"
	"scalelab/pkg/check/wording"
	"scalelab/pkg/interleave"
	"scalelab/pkg/interleave/drawing"
)

// ReportInterleaving takes what an exploration found: the message tells the execution as a story, the evidence draws it, and the
// token replays it. It makes *T an interleave.Reporter.
func (t *T) ReportInterleaving(r *interleave.Report) {
	t.Helper()
	judged.interleaving(r)
	if r.Failure != nil {
		t.Logf("%s\n%s", r.Failure.Story(), r.Failure.Listing())
	}
}

func (j *judgement) interleaving(r *interleave.Report) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case len(j.messages) > 0 || j.why != "":
	case r.Unjudged != "":
		j.why = wording.Clean(r.Unjudged)
	case r.Failure != nil:
		j.execution(r.Failure)
	default:
		j.explored.add(r)
	}
}

// Blame takes the cause and the place from an execution that interleave.Find has found, for a check that tells it in words of its own.
func Blame(t TB, f *interleave.Failure) {
	t.Helper()
	judged.mu.Lock()
	defer judged.mu.Unlock()
	judged.cause, judged.location = record.Cause(f.Kind), place(f)
}

func (j *judgement) execution(f *interleave.Failure) {
	j.cause, j.location = record.Cause(f.Kind), place(f)
	j.messages = append(j.messages, story(f))
	j.replay = f.Token
	picture := drawing.Of(f)
	j.evidence = append(j.evidence, record.Evidence{
		Kind: "interleaving", Title: "The execution that fails, as short as it could be made",
		Text: picture.Text(), SVG: picture.SVG(),
	})
	if os.Getenv(interleave.ReplayVariable) != "" {
		j.evidence = append(j.evidence, record.Evidence{Kind: "steps", Title: "Every step", Text: f.Listing()})
	}
}

// story words the failure. The cause stands beside it, so a wrong result is told by what was expected alone.
func story(f *interleave.Failure) string {
	if f.Kind == interleave.WrongResult {
		return f.Message
	}
	return f.Story()
}

// place is where in the code under test the failure showed, or where somebody is stuck.
func place(f *interleave.Failure) *record.Location {
	sites := []*interleave.Site{f.Site}
	if f.Race != nil {
		sites = append(sites, f.Race.Second.Site, f.Race.First.Site)
	}
	for _, b := range f.Blocked {
		sites = append(sites, b.Site)
	}
	for i := len(f.Events) - 1; i >= 0; i-- {
		sites = append(sites, f.Events[i].Site)
	}
	for _, s := range sites {
		if s != nil && s.Line > 0 && !s.InTest() {
			return &record.Location{File: s.Base(), Line: s.Line}
		}
	}
	return nil
}

// exploration sums up what was explored in vain.
type exploration struct {
	schedules  int
	exhaustive int // pre-emptions up to which all scenarios were explored; -1 if that cannot be said
	scenarios  int
}

func (e *exploration) add(r *interleave.Report) {
	if e.scenarios == 0 || r.Exhaustive < e.exhaustive {
		e.exhaustive = r.Exhaustive
	}
	e.schedules += r.Schedules
	e.scenarios++
}

func (e *exploration) String() string {
	switch {
	case e.scenarios == 0:
		return ""
	case e.exhaustive < 0:
		return fmt.Sprintf("no failure in %d schedules", e.schedules)
	}
	return fmt.Sprintf("no failure in %d schedules, all those with up to %d pre-emptions among them", e.schedules, e.exhaustive)
}
