package drawing

import "scalelab/pkg/interleave"

// scene is an execution with what has to be known about all of it before any of it is drawn.
type scene struct {
	failure *interleave.Failure
	last    map[int]int  // task → its last event
	exited  map[int]bool // tasks that came to their end
	causes  map[int]bool // events that made one of another goroutine possible
	waited  map[*interleave.Object]bool
	words   map[*interleave.Object]string // what the source calls it
	shared  map[string]bool               // words that stand for several things
}

func newScene(f *interleave.Failure) *scene {
	s := &scene{
		failure: f, last: map[int]int{}, exited: map[int]bool{}, causes: map[int]bool{},
		waited: map[*interleave.Object]bool{}, words: map[*interleave.Object]string{}, shared: map[string]bool{},
	}
	for i := range f.Events {
		e := &f.Events[i]
		if e.Op == "exit" {
			s.exited[e.Task] = true
		} else {
			s.last[e.Task] = i
		}
		if inCode(e) && e.Op != "start" {
			for _, c := range e.Causes {
				s.causes[c] = true
			}
		}
		if e.Blocked {
			s.waited[e.Object] = true
		}
		s.learn(e)
	}
	return s
}

// learn takes the source's words for a thing from its first event that has some. What a condition's Wait does to its mutex stands where
// the source names the condition, and not the mutex.
func (s *scene) learn(e *interleave.Event) {
	if e.Object == nil || e.Site == nil || e.Site.Text == "" || s.words[e.Object] != "" || e.Op == "unlock" {
		return
	}
	called := func(kind string) bool {
		for other, words := range s.words {
			if other.Kind == kind && words == e.Site.Text {
				return true
			}
		}
		return false
	}
	if called("cond") && e.Object.Kind != "cond" {
		return
	}
	if called(e.Object.Kind) {
		s.shared[e.Site.Text] = true
	}
	s.words[e.Object] = e.Site.Text
}

// inCode tells whether the event happened in the code under test.
func inCode(e *interleave.Event) bool { return e.Site != nil && !e.Site.InTest() }

// moment is what is drawn as one step: an event, or several of one goroutine that follow each other directly.
type moment struct {
	event       *interleave.Event // the one that stands for all
	first, last int               // indexes of the first and the last
	text        string
}

// moments decides what is drawn.
func (s *scene) moments() []moment {
	var all []moment
	for i := 0; i < len(s.failure.Events); {
		m, drawn := s.moment(i)
		if drawn {
			all = append(all, m)
		}
		i = m.last + 1
	}
	return all
}

// equation is a whole call on one line: what was called, and what it returned, if anything.
func equation(call, result string) string {
	if result == "" {
		return call
	}
	return call + " = " + result
}

func (s *scene) moment(i int) (m moment, drawn bool) {
	e := &s.failure.Events[i]
	if end, ok := s.undisturbed(e); ok {
		return moment{e, i, end, equation(e.Detail, s.failure.Events[end].Detail)}, true
	}
	next := s.next(e)
	switch {
	case next != nil && e.Op == "unlock" && isCond(next) && next.Blocked: // Wait gives the lock up
		return moment{next, i, i + 1, s.text(next)}, true
	case next != nil && isCond(e) && !e.Blocked && next.Op == "lock" && !next.Blocked: // Wait returns with the lock
		return moment{e, i, i + 1, s.text(e) + ", locks " + s.thing(next)}, true
	}
	return moment{e, i, i, s.text(e)}, s.shown(e)
}

func isCond(e *interleave.Event) bool {
	return e.Op == "wait" && e.Object != nil && e.Object.Kind == "cond"
}

// next is the event that follows e directly, if it is the same goroutine's at the same place.
func (s *scene) next(e *interleave.Event) *interleave.Event {
	if e.Index+1 >= len(s.failure.Events) {
		return nil
	}
	next := &s.failure.Events[e.Index+1]
	if next.Task != e.Task || next.Site == nil || e.Site == nil || next.Site.String() != e.Site.String() {
		return nil
	}
	return next
}

// undisturbed finds the return of a call during which no other goroutine did anything, and which had no other call within it. Nor does a
// call that panicked have a return of its own.
func (s *scene) undisturbed(e *interleave.Event) (end int, ok bool) {
	if e.Op != "call" {
		return 0, false
	}
	for i := e.Index + 1; i < len(s.failure.Events); i++ {
		switch other := &s.failure.Events[i]; {
		case other.Task != e.Task, s.inRace(other), other.Op == "call":
			return 0, false
		case other.Op == "return":
			return i, true
		}
	}
	return 0, false
}

func (s *scene) inRace(e *interleave.Event) bool {
	r := s.failure.Race
	return r != nil && (e.Index == r.First.Event || e.Index == r.Second.Event)
}

// shown decides whether an event is worth a line of its own.
func (s *scene) shown(e *interleave.Event) bool {
	switch {
	case s.inRace(e):
		return true
	case e.Op == "assert", e.Op == "fatal", e.Op == "panic", e.Op == "call", e.Op == "return":
		return true
	case e.Op == "go", e.Op == "start", e.Op == "exit", e.Op == "settle", e.Op == "once done":
		return false
	case s.causes[e.Index]:
		return true
	case e.Op == "unlock", e.Op == "read-unlock":
		return false
	case e.Op == "signal", e.Op == "broadcast":
		return inCode(e) && s.waited[e.Object]
	case inCode(e):
		return true
	}
	return e.Blocked && s.last[e.Task] == e.Index && len(s.failure.Blocked) == 1 // a test that is alone in waiting
}
