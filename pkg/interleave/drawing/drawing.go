// Package drawing turns an execution that went wrong into a space-time diagram: a lane for each goroutine, time downwards, an arrow
// from each cause to its effect.
//
//	consumer                      producer
//	● lock b.mu  buffer.go:52     │
//	□ waits for b.notEmpty ────╮  │
//	┆                          ╰─►● lock b.mu  buffer.go:35
//	┆                             ● signal b.notEmpty: wakes 1 of 1  buffer.go:45
//
// What only sets the scene is left out or drawn as one step: the test's own go statements and WaitGroup, goroutines that begin and
// end, unlocks that nobody waited for, calls during which nothing else happened.
package drawing

import (
	"slices"
	"strings"

	"scalelab/pkg/interleave"
	"scalelab/pkg/spacetime"
)

// Of draws the failure.
func Of(f *interleave.Failure) spacetime.Diagram {
	d := &drawing{scene: newScene(f), lanes: map[int]int{}, steps: map[int]int{}}
	d.Title = title(f)
	d.Story = f.Story()
	for _, m := range d.moments() {
		d.step(m)
	}
	d.arrows()
	d.highlights()
	d.facts()
	return d.Diagram
}

type drawing struct {
	spacetime.Diagram
	*scene
	lanes map[int]int // task → lane
	steps map[int]int // event → step
}

func title(f *interleave.Failure) string {
	return strings.ToUpper(string(f.Kind[:1])) + string(f.Kind[1:])
}

func (d *drawing) step(m moment) {
	e := m.event
	lane, known := d.lanes[e.Task]
	if !known {
		lane = d.AddLane(d.failure.Tasks[e.Task].Name)
		d.lanes[e.Task] = lane
	}
	s := spacetime.Step{Lane: lane, Text: m.text, Minor: minor(e), Kind: d.kind(e)}
	if inCode(e) {
		s.Where = e.Site.String()
	}
	index := d.AddStep(s)
	for i := m.first; i <= m.last; i++ {
		d.steps[i] = index
	}
}

func (d *drawing) kind(e *interleave.Event) spacetime.StepKind {
	switch {
	case e.Op == "panic", e.Op == "fatal":
		return spacetime.Crashes
	case e.Blocked:
		return spacetime.Waits
	case d.last[e.Task] == e.Index && d.exited[e.Task]:
		return spacetime.Ends
	}
	return spacetime.Does
}

func (d *drawing) arrows() {
	type arrow struct{ from, to int }
	drawn := map[arrow]bool{}
	for i := range d.failure.Events {
		to, ok := d.steps[i]
		if !ok {
			continue
		}
		for _, c := range d.failure.Events[i].Causes {
			from, ok := d.steps[c]
			if ok && d.Steps[from].Lane != d.Steps[to].Lane && !drawn[arrow{from, to}] {
				drawn[arrow{from, to}] = true
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
	if ring := d.ring(); len(ring) > 1 {
		d.WaitCycle(ring...)
		return
	}
	for i := range f.Events {
		e := &f.Events[i]
		if step, ok := d.steps[i]; ok && (d.stuck(e) || e.Op == "assert" || e.Op == "panic" || e.Op == "fatal") {
			d.Steps[step].Highlight = true
		}
	}
	if f.Repeats > 0 {
		d.loop(f)
	}
}

// ring lists the steps of a deadlock's cycle; none if one of them is not drawn.
func (d *drawing) ring() []int {
	var ring []int
	for _, task := range d.failure.Cycle {
		step, ok := d.steps[d.last[task]]
		if !ok {
			return nil
		}
		ring = append(ring, step)
	}
	return ring
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

// stuck tells whether the event is where a blocked goroutine waits for ever.
func (d *drawing) stuck(e *interleave.Event) bool {
	return e.Blocked && d.last[e.Task] == e.Index &&
		slices.ContainsFunc(d.failure.Blocked, func(b interleave.Blocked) bool { return b.Task == e.Task })
}
