package barrier_test

import (
	"context"
	"errors"
	"sync"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch04-concurrency/barrier"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

// Both leave it to TestLeavesNoGoroutine to judge what is left behind.
var (
	many = interleave.Options{Leftovers: true, Random: 200, Schedules: 400}
	few  = interleave.Options{Leftovers: true, Random: 100, Preemptions: -1} // where little can happen at the same time
)

var forever = context.Background()

// nothing is an action.
func nothing() {}

// scene is one execution and those who act in it.
type scene struct {
	x      *interleave.Run
	others sync.WaitGroup
}

func explore(t *check.T, o interleave.Options, play func(s *scene)) {
	t.Helper()
	interleave.Explore(t, o, func(x *interleave.Run) {
		s := &scene{x: x}
		x.Name(&s.others, "the others")
		play(s)
		s.others.Wait()
	})
}

// start lets somebody act at the same time as everybody else.
func (s *scene) start(name string, act func()) {
	s.others.Add(1)
	s.x.Go(name, func() {
		defer s.others.Done()
		act()
	})
}

// opens demands that Wait returns nil.
func (s *scene) opens(l *barrier.Latch, ctx context.Context, why string) {
	require.Equal(s.x, "nil", name(l.Wait(ctx)), "what Wait returned; %s", why)
}

// passes demands that Await returns nil, and returns the index.
func (s *scene) passes(b *barrier.Barrier, ctx context.Context, why string) int {
	index, err := b.Await(ctx)
	require.Equal(s.x, "nil", name(err), "the error of Await; %s", why)
	return index
}

// fails demands that Await returns an error.
func (s *scene) fails(b *barrier.Barrier, ctx context.Context, want, why string) {
	_, err := b.Await(ctx)
	require.Equal(s.x, want, name(err), "the error of Await; %s", why)
}

// bothPass demands that a barrier for two works.
func (s *scene) bothPass(b *barrier.Barrier, why string) {
	s.start("next party", func() { s.passes(b, forever, why) })
	s.passes(b, forever, why)
	s.others.Wait()
}

// name is what an error must be recognised as.
func name(err error) string {
	switch {
	case err == nil:
		return "nil"
	case errors.Is(err, barrier.ErrBroken):
		return "ErrBroken"
	case errors.Is(err, context.Canceled):
		return "context.Canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return "context.DeadlineExceeded"
	}
	return "another error"
}
