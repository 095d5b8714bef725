package barrier_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch04-concurrency/barrier"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestNobodyPolls(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, few, func(s *scene) {
			l := barrier.NewLatch(1)
			s.isWoken(func() { l.Wait(forever) }, "the latch is open, but Wait", l.CountDown)
		})
		explore(t, few, func(s *scene) {
			l := barrier.NewLatch(1)
			ctx, cancel := context.WithCancel(forever)
			s.isWoken(func() { l.Wait(ctx) }, "the context is done, but Wait", cancel)
		})
		explore(t, few, func(s *scene) {
			b := barrier.NewBarrier(2, nothing)
			s.isWoken(func() { b.Await(forever) }, "the last party has arrived, but the other one's Await", func() { b.Await(forever) })
		})
		explore(t, few, func(s *scene) {
			b := barrier.NewBarrier(2, nothing)
			ctx, cancel := context.WithCancel(forever)
			s.isWoken(func() { b.Await(ctx) }, "the context is done, but Await", cancel)
		})
		explore(t, few, func(s *scene) {
			b := barrier.NewBarrier(2, nothing)
			s.isWoken(func() { b.Await(forever) }, "the barrier was reset, but Await", b.Reset)
		})
	})
}

// isWoken demands that a blocked call neither runs while it waits nor lets time pass once it could go on.
func (s *scene) isWoken(call func(), why string, change func()) {
	var over interleave.Note[bool]
	s.start("waiting party", func() { call(); over.Set(true) })
	s.x.Settle() // whoever keeps looking never lets it return
	change()
	s.x.Settle()
	woken := over.Get()
	s.others.Wait()
	require.True(s.x, woken, "%s goes on only when time has passed: it was not woken, it sleeps and looks again", why)
}

func TestLeavesNoGoroutine(t *testing.T) {
	check.Run(t, func(t *check.T) {
		o := many
		o.Leftovers = false
		explore(t, o, func(s *scene) {
			l := barrier.NewLatch(1)
			s.start("guest", func() { l.Wait(forever) })
			l.CountDown()
		})
		explore(t, o, func(s *scene) {
			l := barrier.NewLatch(1) // which never opens
			ctx, cancel := context.WithCancel(forever)
			s.start("impatient guest", func() { l.Wait(ctx) })
			cancel()
		})
		explore(t, o, func(s *scene) {
			b := barrier.NewBarrier(2, nothing)
			s.start("party 1", func() { b.Await(forever) })
			b.Await(forever)
		})
		explore(t, o, func(s *scene) {
			b := barrier.NewBarrier(3, nothing)
			ctx, cancel := context.WithCancel(forever)
			s.start("impatient party", func() { b.Await(ctx) })
			s.start("patient party", func() { b.Await(forever) })
			cancel()
			s.others.Wait()
			b.Reset()
		})
	})
}
