package wire_test

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"scalelab/pkg/check"
	"scalelab/pkg/spacetime"
)

// story is what a check did and saw in one of its scenes, by the virtual time at which it happened. What happens at the same moment
// stands in an order that does not depend on who was first.
type story struct {
	t    *check.T
	mu   sync.Mutex
	told []event
}

// event is something that one lane did, and what it led to in another lane, if there is one.
type event struct {
	at         time.Time
	rank       int // of events at the same moment
	lane, text string
	to, then   string // the lane that it led to, if there is one, and what happened there
	cause      string // a later event with this effect came of it
	effect     string
	look       string // the lane in which this is what the reader should look at
}

// The ranks: what is sent comes first, what is returned last.
const (
	sending = iota
	working
	answering
	returning
)

// latest is the story of the scene that is being played; if it fails this one is drawn.
var latest *story

// tell begins the story of a scene; it is drawn if the scene goes wrong.
func tell(t *check.T, title string, lanes ...string) *story {
	s := &story{t: t}
	latest = s
	t.Cleanup(check.Story(t, func() {
		if latest == s {
			s.show(title, lanes)
		}
	}))
	return s
}

// add adds what has happened; what happens when the check has failed is no part of it.
func (s *story) add(e event) {
	if s.t.Failed() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.at.IsZero() {
		e.at = time.Now()
	}
	s.told = append(s.told, e)
}

// fail ends the check; what was told of this lane last is what the reader should look at.
func (s *story) fail(lane, format string, args ...any) {
	s.t.Helper()
	s.mu.Lock()
	for i := len(s.told) - 1; i >= 0; i-- {
		if s.told[i].lane == lane || s.told[i].to == lane {
			s.told[i].look = lane
			break
		}
	}
	s.mu.Unlock()
	s.t.Fatalf(format, args...)
}

func (s *story) show(title string, lanes []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.told) == 0 {
		return
	}
	slices.SortStableFunc(s.told, func(a, b event) int {
		order := cmp.Or(a.at.Compare(b.at), cmp.Compare(a.rank, b.rank))
		if order == 0 && a.rank != sending { // what is sent is told by the check's own goroutine, in its order
			order = cmp.Or(cmp.Compare(a.lane, b.lane), cmp.Compare(a.text, b.text))
		}
		return order
	})
	r := spacetime.NewRecorder("", lanes...)
	for _, e := range s.told {
		from := r.Step(e.lane, spacetime.Step{Text: e.text, Highlight: e.look == e.lane})
		if e.effect != "" {
			r.Effect(e.effect, from, spacetime.Causes)
		}
		if e.cause != "" {
			r.Cause(e.cause, from)
		}
		if e.to != "" {
			r.Diagram.AddArrow(from, r.Step(e.to, spacetime.Step{Text: e.then, Highlight: e.look == e.to}))
		}
	}
	check.Show(s.t, check.Evidence{Kind: "space-time diagram", Title: title, Text: r.Diagram.Text(), SVG: r.Diagram.SVG()})
}
