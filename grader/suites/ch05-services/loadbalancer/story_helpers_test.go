package loadbalancer_test

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"scalelab/labs/ch05-services/loadbalancer"
	"scalelab/pkg/check"
	"scalelab/pkg/spacetime"
)

// story is what has happened, with what the rules say about each backend at that time.
type story struct {
	title string
	start time.Time
	o     loadbalancer.Options

	lock    sync.Mutex
	entries []entry
	facts   []spacetime.Fact
	states  map[string]*state
	names   []string // of the backends

	probesMatter bool // the picture shows each probe, also those that change nothing

	signs   []sign // for the chart
	charted bool   // the chart shows what went wrong
}

// state is what the rules make of the probes and requests so far.
type state struct {
	out     bool
	against int
	leaving string // "draining" or "removed"
}

// entry is one step of the story.
type entry struct {
	at     time.Duration
	lane   string
	text   string
	value  string // of the lane from here on
	cause  string // what follows from this step, has this effect
	effect string
	clock  bool // the picture says when it was
	first  bool // of all that happens at this instant

	minor, crash, begin, wrong bool
}

func tell(title string, o loadbalancer.Options) *story {
	return &story{title: title, start: time.Now(), o: o, states: map[string]*state{}}
}

func (y *story) now() time.Duration { return time.Since(y.start) }

func (y *story) happens(e entry) {
	y.lock.Lock()
	defer y.lock.Unlock()
	e.at = y.now()
	y.entries = append(y.entries, e)
}

func (y *story) does(lane, text string) { y.happens(entry{lane: lane, text: text, clock: true}) }

func (y *story) added(name string) {
	y.happens(entry{lane: name, text: "Add", value: "healthy", clock: true, first: true})
	y.lock.Lock()
	defer y.lock.Unlock()
	y.states[name] = &state{}
	if !slices.Contains(y.names, name) {
		y.names = append(y.names, name)
	}
}

// drained draws that a backend drains, or is removed at once if it is not busy.
func (y *story) drained(name string, busy bool) {
	y.lock.Lock()
	defer y.lock.Unlock()
	s := y.states[name]
	if s == nil || s.leaving != "" {
		return
	}
	s.leaving = removed
	if busy {
		s.leaving = draining
	}
	y.entries = append(y.entries, entry{at: y.now(), lane: name, text: "gets no more requests", value: s.leaving, clock: true})
}

// empty draws that a backend is removed, if it drains.
func (y *story) empty(name string) {
	y.lock.Lock()
	defer y.lock.Unlock()
	if s := y.states[name]; s != nil && s.leaving == draining {
		s.leaving = removed
		y.entries = append(y.entries, entry{at: y.now(), lane: name, text: "has no request any more", value: removed, clock: true})
	}
}

const (
	draining = "draining"
	removed  = "removed"
)

// probed draws a probe, and what the rules say after it.
func (y *story) probed(name string, began time.Duration, how string, ok bool) {
	y.lock.Lock()
	defer y.lock.Unlock()
	s := y.states[name]
	if s == nil {
		return
	}
	y.signs = append(y.signs, sign{began, name, map[bool]string{true: succeeded, false: failed}[ok]})
	e := entry{at: y.now(), lane: name, text: fmt.Sprintf("probe of %v: %s", began.Round(time.Millisecond), how), minor: ok && !y.probesMatter}
	if ok != s.out {
		s.against = 0
	} else if s.against++; !s.out && s.against >= y.o.Fall || s.out && s.against >= y.o.Rise {
		s.out, s.against = !s.out, 0
		if e.minor = false; s.leaving == "" {
			e.value = map[bool]string{true: "out", false: "healthy"}[s.out]
		}
	}
	y.entries = append(y.entries, e)
}

// ejected draws a request that could not reach its backend.
func (y *story) ejected(name, path string) {
	y.lock.Lock()
	defer y.lock.Unlock()
	if s := y.states[name]; s != nil {
		s.out, s.against = true, 0
	}
	y.entries = append(y.entries, entry{at: y.now(), lane: name, text: "refuses " + path, value: "out", effect: path + " to " + name})
}

// wrong adds the step at which the story went wrong.
func (y *story) wrong(lane, want, got string) {
	y.happens(entry{lane: lane, text: got, wrong: true, clock: true})
	y.compared(want, got)
}

// compared says below the picture what was expected.
func (y *story) compared(want, got string) {
	y.lock.Lock()
	defer y.lock.Unlock()
	y.facts = append(y.facts, spacetime.Fact{Name: "expected", Text: want}, spacetime.Fact{Name: "actual", Text: got})
}

// diagram draws the story in the order of time. What happens at one instant stands in the order of the lanes.
func (y *story) diagram() spacetime.Diagram {
	y.lock.Lock()
	defer y.lock.Unlock()
	lanes := append([]string{"client", "balancer"}, y.names...)
	recorder := spacetime.NewRecorder(y.title, lanes...)
	entries := slices.Clone(y.entries)
	slices.SortStableFunc(entries, func(a, b entry) int {
		earlier := cmp.Or(cmp.Compare(a.at, b.at), rank(a)-rank(b), cmp.Compare(slices.Index(lanes, a.lane), slices.Index(lanes, b.lane)))
		if a.lane == "client" || a.lane == "balancer" {
			return earlier // one after the other
		}
		return cmp.Or(earlier, cmp.Compare(a.text, b.text))
	})
	for _, e := range entries {
		y.draw(recorder, e)
	}
	recorder.Diagram.Facts = y.facts
	return recorder.Diagram
}

func rank(e entry) int {
	if e.first {
		return 0
	}
	return 1
}

func (y *story) draw(recorder *spacetime.Recorder, e entry) {
	s := spacetime.Step{Text: e.text, Value: e.value, Highlight: e.wrong, Minor: e.minor}
	if e.clock {
		s.Text = fmt.Sprintf("%v %s", e.at.Round(time.Millisecond), e.text)
	}
	switch {
	case e.crash:
		s.Kind = spacetime.Crashes
	case e.begin:
		s.Kind = spacetime.Begins
	}
	step := recorder.Step(e.lane, s)
	if e.cause != "" {
		recorder.Cause(e.cause, step)
	}
	if e.effect != "" {
		recorder.Effect(e.effect, step, spacetime.Causes)
	}
}

// show draws the story for the scorecard.
func (y *story) show(t *check.T) {
	picture := y.diagram()
	if len(picture.Steps) == 0 {
		return
	}
	svg := picture.SVG()
	picture.Title = "" // the evidence has it
	check.Show(t, check.Evidence{Kind: "space-time diagram", Title: y.title, Text: picture.Text(), SVG: svg})
}
