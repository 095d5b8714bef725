package skierapi_test

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"scalelab/labs/ch05-services/skierapi"
)

// store is a Memory that writes down what it is asked. It implements skierapi.Store.
type store struct {
	*skierapi.Memory
	fails  error                                  // the answer to every call
	panics any                                    // likewise
	during func(ctx context.Context, call string) // called in each call, before anything else

	mu    sync.Mutex // short: nobody waits with it
	asked []string
	most  int // the largest n of Skiers
	now   *exchange
}

var resorts = []skierapi.Resort{{ID: "laax", Name: "Laax"}, {ID: "arosa", Name: "Arosa"}, {ID: "davos", Name: "Davos"}}

func newStore() *store { return &store{Memory: skierapi.NewMemory(resorts...)} }

// newRequest begins to count anew.
func (s *store) newRequest(e *exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked, s.now = nil, e
}

// calls are those since newRequest.
func (s *store) calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

func (s *store) is(ctx context.Context, format string, args ...any) error {
	call := fmt.Sprintf(format, args...)
	s.mu.Lock()
	s.asked = append(s.asked, call)
	if s.now != nil {
		s.now.add("    ∙ ", "      ", "the store is asked: "+call)
		s.now.moves = append(s.now.moves, move{lane: service, text: fmt.Sprintf("%d: %s", s.now.number, call), to: inStore, then: s.does()})
	}
	s.mu.Unlock()
	if s.during != nil {
		s.during(ctx, call)
	}
	if s.panics != nil {
		s.now.add("    ∙ ", "      ", "the store panics")
		panic(s.panics)
	}
	if s.fails != nil {
		s.now.add("    ∙ ", "      ", "the store fails: "+s.fails.Error())
	}
	return s.fails
}

// does says in a picture what comes of a call.
func (s *store) does() string {
	switch {
	case s.panics != nil:
		return "panics"
	case s.fails != nil:
		return "fails"
	}
	return "is asked"
}

func (s *store) Create(ctx context.Context, p skierapi.Profile) (skierapi.Skier, error) {
	if err := s.is(ctx, "Create %s", p.Username); err != nil {
		return skierapi.Skier{}, err
	}
	return s.Memory.Create(ctx, p)
}

func (s *store) Skier(ctx context.Context, id string) (skierapi.Skier, error) {
	if err := s.is(ctx, "Skier %s", id); err != nil {
		return skierapi.Skier{}, err
	}
	return s.Memory.Skier(ctx, id)
}

func (s *store) Skiers(ctx context.Context, after string, n int) ([]skierapi.Skier, error) {
	s.mu.Lock()
	s.most = max(s.most, n)
	s.mu.Unlock()
	if err := s.is(ctx, "Skiers after %q, %d of them", after, n); err != nil {
		return nil, err
	}
	return s.Memory.Skiers(ctx, after, n)
}

func (s *store) Replace(ctx context.Context, k skierapi.Skier) error {
	if err := s.is(ctx, "Replace %s by %s", k.ID, k.Username); err != nil {
		return err
	}
	return s.Memory.Replace(ctx, k)
}

func (s *store) Delete(ctx context.Context, id string) error {
	if err := s.is(ctx, "Delete %s", id); err != nil {
		return err
	}
	return s.Memory.Delete(ctx, id)
}

func (s *store) Resorts(ctx context.Context) ([]skierapi.Resort, error) {
	if err := s.is(ctx, "Resorts"); err != nil {
		return nil, err
	}
	return s.Memory.Resorts(ctx)
}
