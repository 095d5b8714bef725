// Package drawing turns an execution that went wrong into a space-time diagram: a lane for each goroutine, time downwards, an arrow
// from each cause to its effect.
//
//	producer 1                 consumer
//	    │                         ┃  wait not empty  buffer.go:42
//	 signal  buffer.go:35         ┃
//	    ├────────────────────────▶│  woken           buffer.go:42
//
// What only sets the scene is left out: the test's own go statements, its WaitGroup, goroutines that begin and end. What is left are
// the operations of the code under test, and those of the test's that are a cause or the end of something in it.
package drawing

import (
	"slices"
	"strings"

	"scalelab/pkg/interleave"
	"scalelab/pkg/spacetime"
)

// Of draws the failure.
func Of(f *interleave.Failure) spacetime.Diagram {
	d := &drawing{failure: f, last: lastEvents(f), causes: causes(f), many: many(f), lanes: map[int]int{}, steps: map[int]int{}}
	d.Title = title(f)
	d.Story = f.Story()
	for i := range f.Events {
		if e := &f.Events[i]; d.shown(e) {
			d.step(e)
		}
	}
	d.arrows()
	d.highlights()
	d.facts()
	return d.Diagram
}

type drawing struct {
	spacetime.Diagram
	failure *interleave.Failure
	last    map[int]int     // task → its last event
	causes  map[int]bool    // events that are a cause of one in the code under test
	many    map[string]bool // kinds of objects of which there are several
	lanes   map[int]int     // task → lane
	steps   map[int]int     // event → step
}

func title(f *interleave.Failure) string {
	return strings.ToUpper(string(f.Kind[:1])) + string(f.Kind[1:])
}

func lastEvents(f *interleave.Failure) map[int]int {
	last := map[int]int{}
	for i, e := range f.Events {
		if e.Op != "exit" {
			last[e.Task] = i
		}
	}
	return last
}

func causes(f *interleave.Failure) map[int]bool {
	found := map[int]bool{}
	for _, e := range f.Events {
		if inCode(&e) && e.Op != "start" {
			for _, c := range e.Causes {
				found[c] = true
			}
		}
	}
	return found
}

// many finds the kinds of things whose words in the source may stand for several of them.
func many(f *interleave.Failure) map[string]bool {
	found := map[string]bool{}
	for _, e := range f.Events {
		if e.Object != nil && e.Object.ID > 1 {
			found[e.Object.Kind] = true
		}
	}
	return found
}

// inCode tells whether the event happened in the code under test.
func inCode(e *interleave.Event) bool { return e.Site != nil && !e.Site.InTest() }

// shown decides what is worth a line.
func (d *drawing) shown(e *interleave.Event) bool {
	race := d.failure.Race
	switch {
	case race != nil && (e.Index == race.First.Event || e.Index == race.Second.Event):
		return true
	case e.Op == "assert", e.Op == "fatal", e.Op == "panic", e.Op == "call", e.Op == "return":
		return true
	case e.Op == "go", e.Op == "start", e.Op == "exit", e.Op == "settle":
		return false
	case inCode(e):
		return true
	}
	return d.causes[e.Index] || d.stuck(e) && len(d.failure.Blocked) == 1
}

// stuck tells whether the event is where a blocked goroutine waits for ever.
func (d *drawing) stuck(e *interleave.Event) bool {
	return e.Blocked && d.last[e.Task] == e.Index &&
		slices.ContainsFunc(d.failure.Blocked, func(b interleave.Blocked) bool { return b.Task == e.Task })
}

func (d *drawing) step(e *interleave.Event) {
	lane, known := d.lanes[e.Task]
	if !known {
		lane = d.AddLane(d.failure.Tasks[e.Task].Name)
		d.lanes[e.Task] = lane
	}
	s := spacetime.Step{Lane: lane, Text: d.text(e), Minor: minor(e), Kind: d.kind(e)}
	if inCode(e) {
		s.Where = e.Site.String()
	}
	d.steps[e.Index] = d.AddStep(s)
}

func (d *drawing) kind(e *interleave.Event) spacetime.StepKind {
	switch {
	case e.Op == "panic", e.Op == "fatal":
		return spacetime.Crashes
	case e.Blocked:
		return spacetime.Waits
	case d.last[e.Task] == e.Index && d.exited(e.Task):
		return spacetime.Ends
	}
	return spacetime.Does
}

func (d *drawing) exited(task int) bool {
	return slices.ContainsFunc(d.failure.Events, func(e interleave.Event) bool { return e.Task == task && e.Op == "exit" })
}

func (d *drawing) arrows() {
	for i := range d.failure.Events {
		e := &d.failure.Events[i]
		to, ok := d.steps[e.Index]
		if !ok {
			continue
		}
		for _, c := range e.Causes {
			if from, ok := d.steps[c]; ok && d.Steps[from].Lane != d.Steps[to].Lane {
				d.AddArrow(from, to)
			}
		}
	}
}

// highlights marks what to look at: the ring of a deadlock, the accesses of a race, where goroutines are stuck, the end.
func (d *drawing) highlights() {
	f := d.failure
	if f.Race != nil {
		d.race(f.Race)
		return
	}
	var ring []int
	for _, task := range f.Cycle {
		if step, ok := d.steps[d.last[task]]; ok {
			ring = append(ring, step)
		}
	}
	if len(ring) > 1 && len(ring) == len(f.Cycle) {
		d.WaitCycle(ring...)
		return
	}
	for i := range f.Events {
		e := &f.Events[i]
		if step, ok := d.steps[e.Index]; ok && (d.stuck(e) || e.Op == "assert" || e.Op == "panic" || e.Op == "fatal") {
			d.Steps[step].Highlight = true
		}
	}
	if f.Repeats > 0 {
		d.loop(f)
	}
}

func (d *drawing) race(r *interleave.Race) {
	first, ok := d.steps[r.First.Event]
	second, ok2 := d.steps[r.Second.Event]
	if ok && ok2 {
		d.Race(first, second)
	}
}

// loop marks the steps at the end that come again and again, as often as the steps that were made allow.
func (d *drawing) loop(f *interleave.Failure) {
	from := len(f.Events) - f.Repeats
	for i := from; i < len(f.Events); i++ {
		if first, ok := d.steps[i]; ok {
			times := max((f.Steps-from)/f.Repeats, 1)
			d.Loops = append(d.Loops, spacetime.Loop{First: first, Last: len(d.Steps) - 1, Times: times})
			return
		}
	}
}

// facts repeats below the picture what was expected and what came.
func (d *drawing) facts() {
	message := d.failure.Message
	if d.failure.Damage != nil {
		message = d.failure.Damage.Message
	}
	for line := range strings.Lines(message) {
		name, text, ok := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); ok && (name == "expected" || name == "actual") {
			d.AddFact(name, strings.TrimSpace(text))
		}
	}
}
