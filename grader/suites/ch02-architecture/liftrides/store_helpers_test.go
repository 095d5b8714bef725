package liftrides_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"scalelab/labs/ch02-architecture/liftrides"
	"scalelab/pkg/check"
)

var errDown = errors.New("the store does not answer")

// store is the suite's Store: it can stand still, fail, and say that it has failed although it has not.
type store struct {
	mu    sync.Mutex
	rides map[string]liftrides.Ride
	calls []call
	gate  chan struct{} // not nil: every Insert waits here
	began chan struct{} // one for each Insert
	down  bool          // Insert stores nothing and fails
	lies  bool          // Insert stores, and fails
	over  chan struct{} // an Insert beyond mostCalls waits here: whoever calls without end must not keep a check from its end
}

// mostCalls are more than any check needs.
const mostCalls = 3000

// call is one Insert.
type call struct {
	ids    []string
	answer string
}

func (c call) String() string { return "[" + strings.Join(c.ids, " ") + "]" }

func newStore(t *check.T) *store {
	s := &store{rides: map[string]liftrides.Ride{}, began: make(chan struct{}, 2*mostCalls), over: make(chan struct{})}
	t.Cleanup(func() { close(s.over) })
	return s
}

// stands makes every Insert wait, until the returned function is called.
func (s *store) stands() (goOn func()) {
	gate := make(chan struct{})
	s.mu.Lock()
	s.gate = gate
	s.mu.Unlock()
	return sync.OnceFunc(func() {
		s.mu.Lock()
		s.gate = nil
		s.mu.Unlock()
		close(gate)
	})
}

// is sets how the store is from now on.
func (s *store) is(down, lies bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down, s.lies = down, lies
}

// forgets makes the store a new one, to which nobody has spoken.
func (s *store) forgets() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rides, s.calls = map[string]liftrides.Ride{}, nil
}

// Insert implements liftrides.Store.
func (s *store) Insert(_ context.Context, rides []liftrides.Ride) error {
	s.mu.Lock()
	gate := s.gate
	if len(s.calls) >= mostCalls {
		gate = s.over
	}
	s.mu.Unlock()
	s.began <- struct{}{}
	if gate != nil {
		<-gate
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := call{answer: "nil"}
	for _, r := range rides {
		c.ids = append(c.ids, r.ID)
	}
	slices.Sort(c.ids) // their order is left open
	err := s.insert(rides)
	switch {
	case errors.Is(err, liftrides.ErrPoison):
		c.answer = "ErrPoison"
	case errors.Is(err, liftrides.ErrDuplicate):
		c.answer = "ErrDuplicate"
	case err != nil:
		c.answer = "another error"
	}
	s.calls = append(s.calls, c)
	return err
}

func (s *store) insert(rides []liftrides.Ride) error {
	if s.down {
		return errDown
	}
	next := maps.Clone(s.rides)
	for _, r := range rides {
		if r.Lift == "closed" {
			return liftrides.ErrPoison
		}
		if _, known := next[r.ID]; known {
			return liftrides.ErrDuplicate
		}
		next[r.ID] = r
	}
	s.rides = next
	if s.lies {
		return errDown
	}
	return nil
}

// ids are those of the rides that are stored.
func (s *store) ids() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.rides))
}

// has says whether all of these are stored.
func (s *store) has(ids ...string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !slices.ContainsFunc(ids, func(id string) bool { return s.rides[id].ID == "" })
}

// asked are the calls of Insert that have ended.
func (s *store) asked() []call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// refusedAlone says whether Run has heard that just this ride is stored already.
func (s *store) refusedAlone(id string) bool {
	return slices.ContainsFunc(s.asked(), func(c call) bool {
		return len(c.ids) == 1 && c.ids[0] == id && c.answer == "ErrDuplicate"
	})
}
