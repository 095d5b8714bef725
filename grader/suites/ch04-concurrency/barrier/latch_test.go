package barrier_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch04-concurrency/barrier"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestLatchOpensAtZero(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, n := range []int{1, 2} {
			explore(t, many, func(s *scene) { s.opensAtLast(n) })
		}
		explore(t, many, func(s *scene) {
			l := barrier.NewLatch(2)
			var brakes, cable bool
			s.start("brakes", func() { brakes = true; l.CountDown() })
			s.start("cable", func() { cable = true; l.CountDown() })
			s.opens(l, forever, "two checks count a latch down from 2")
			require.True(s.x, brakes && cable, "Wait returned, and what was done before CountDown must be seen")
		})
	})
}

// opensAtLast lets guests wait at a latch that is counted down n times, and one more when it is open.
func (s *scene) opensAtLast(n int) {
	l := barrier.NewLatch(n)
	var counted interleave.Note[int]
	for _, guest := range []string{"guest 1", "guest 2"} {
		s.start(guest, func() {
			s.opens(l, forever, "the latch is counted down to 0")
			require.Equal(s.x, n, counted.Get(), "how often CountDown was called, of %d times, by the time Wait returned", n)
		})
	}
	for range n {
		runtime.Gosched() // the guests may be faster
		counted.Update(func(so int) int { return so + 1 })
		l.CountDown()
	}
	s.others.Wait()
	s.opens(l, forever, "the latch has been open for long")
	l.CountDown()
	s.opens(l, forever, "an open latch was counted down once more")
}

func TestLatchCounts(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, few, func(s *scene) {
			l := barrier.NewLatch(3)
			for _, want := range []int{3, 2, 1, 0, 0} {
				require.Equal(s.x, want, l.Count(), "Count of a latch that began at 3")
				l.CountDown()
			}
		})
		explore(t, many, func(s *scene) {
			l := barrier.NewLatch(2)
			s.start("brakes", func() { s.countDown(l, 1); s.countDown(l, 1) })
			s.start("cable", func() { s.countDown(l, 2) })
			s.start("display", func() { s.count(l, 3); s.count(l, 3) })
			s.others.Wait()
			s.count(l, 0)
			s.x.Linearizable(number(2))
		})
	})
}

func (s *scene) countDown(l *barrier.Latch, client int) {
	interleave.Call(s.x, client, "CountDown()", func() string { l.CountDown(); return "" })
}

func (s *scene) count(l *barrier.Latch, client int) {
	interleave.Call(s.x, client, "Count()", func() string { return fmt.Sprint(l.Count()) })
}

// number is what a latch is to those who only count, one call at a time.
func number(n int) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return n },
		Step: func(state, input, output any) (bool, any) {
			if input == "CountDown()" {
				return true, max(state.(int)-1, 0)
			}
			return output == fmt.Sprint(state), state
		},
		DescribeOperation: func(input, output any) string {
			if output == "" {
				return fmt.Sprint(input)
			}
			return fmt.Sprintf("%v, which returns %v", input, output)
		},
	}
}

func TestLatchWaitEndsWithItsContext(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, many, oneLosesPatience)
		explore(t, few, func(s *scene) {
			l := barrier.NewLatch(1)
			ctx, cancel := context.WithCancel(forever)
			cancel()
			require.Equal(s.x, "context.Canceled", name(l.Wait(ctx)), "what Wait returned; the context was done before, and the latch is closed")
			l.CountDown()
			for range 3 {
				s.opens(l, ctx, "the latch is open, and the context is done as well")
			}
		})
		explore(t, many, func(s *scene) {
			l := barrier.NewLatch(1)
			ctx, cancel := context.WithCancel(forever)
			s.start("guest", func() { s.opens(l, ctx, "first the latch was opened, then the context was cancelled") })
			l.CountDown()
			cancel()
		})
	})
}

func oneLosesPatience(s *scene) {
	l := barrier.NewLatch(1)
	ctx, cancel := context.WithCancel(forever)
	var impatient sync.WaitGroup
	s.x.Name(&impatient, "the impatient guest")
	impatient.Add(1)
	s.start("impatient guest", func() {
		require.Equal(s.x, "context.Canceled", name(l.Wait(ctx)), "what Wait returned; the latch is closed, and the context was cancelled")
		impatient.Done()
	})
	s.start("patient guest", func() { s.opens(l, forever, "the latch was opened, and the context lives on") })
	cancel()
	impatient.Wait()
	l.CountDown()
}
