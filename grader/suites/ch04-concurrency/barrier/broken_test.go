package barrier_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch04-concurrency/barrier"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestContextBreaksTheBarrier(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, many, contextEndsWhileWaiting)
		explore(t, few, contextEndedBefore)
		explore(t, many, allGetTheSameAnswer)
		explore(t, many, trippedBeatsDone)
	})
}

// neverComplete returns a barrier at which not all parties are going to arrive.
func (s *scene) neverComplete(parties int) *barrier.Barrier {
	return barrier.NewBarrier(parties, func() { s.x.Errorf("the action runs, but not all parties have arrived") })
}

func contextEndsWhileWaiting(s *scene) {
	b := s.neverComplete(3)
	ctx, cancel := context.WithCancel(forever)
	s.start("impatient party", func() { s.fails(b, ctx, "context.Canceled", "the context was cancelled, and not all have arrived") })
	s.start("patient party", func() { s.fails(b, forever, "ErrBroken", "the context of another party was cancelled") })
	cancel()
	s.others.Wait()
	for range 3 {
		s.fails(b, forever, "ErrBroken", "the barrier was broken before")
	}
}

func contextEndedBefore(s *scene) {
	b := s.neverComplete(2)
	ctx, cancel := context.WithCancel(forever)
	cancel()
	s.fails(b, ctx, "context.Canceled", "the context was done before, and the other party has not arrived")
	s.fails(b, forever, "ErrBroken", "the barrier was broken before")
}

// allGetTheSameAnswer lets a context end while the last party arrives.
func allGetTheSameAnswer(s *scene) {
	var runs interleave.Note[int]
	b := barrier.NewBarrier(2, func() { runs.Update(func(n int) int { return n + 1 }) })
	ctx, cancel := context.WithCancel(forever)
	var one, two interleave.Note[string]
	s.start("impatient party", func() { _, err := b.Await(ctx); one.Set(name(err)) })
	s.start("patient party", func() { _, err := b.Await(forever); two.Set(name(err)) })
	cancel()
	s.others.Wait()
	switch told := one.Get() + " and " + two.Get(); told {
	case "nil and nil":
		require.Equal(s.x, 1, runs.Get(), "how often the action has run; both parties got nil")
		s.bothPass(b, "both parties got nil before, so the barrier is not broken")
	case "context.Canceled and ErrBroken":
		require.Zero(s.x, runs.Get(), "how often the action has run; the barrier was broken")
		s.fails(b, forever, "ErrBroken", "the barrier was broken before")
	default:
		s.x.Errorf("the party whose context was cancelled and the other one got %s; they must get either nil and nil, or context.Canceled and ErrBroken", told)
	}
}

// trippedBeatsDone lets the action itself cancel the context of somebody who waits.
func trippedBeatsDone(s *scene) {
	ctx, cancel := context.WithCancel(forever)
	b := barrier.NewBarrier(2, cancel)
	s.start("party 1", func() { s.passes(b, ctx, "the context was cancelled after the last had arrived, by the action") })
	s.passes(b, forever, "the context of the other party was cancelled after the last had arrived, by the action")
	s.others.Wait()
	s.bothPass(b, "a context was cancelled, but too late to break the barrier")
}

func TestResetMakesItLikeNew(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, few, func(s *scene) {
			b := barrier.NewBarrier(2, nothing)
			b.Reset()
			s.bothPass(b, "Reset was called when nobody waited and nothing was broken")
			ctx, cancel := context.WithCancel(forever)
			cancel()
			b.Await(ctx) // breaks it
			b.Reset()
			s.bothPass(b, "the barrier was broken, and then reset")
		})
		explore(t, many, func(s *scene) {
			b := barrier.NewBarrier(2, nothing)
			s.start("early party", func() { s.fails(b, forever, "ErrBroken", "Reset was called while this party waited") })
			s.x.Settle() // until she waits
			b.Reset()
			s.bothPass(b, "this party and another one have arrived after Reset") // perhaps before the early party has noticed
		})
		explore(t, many, func(s *scene) {
			b := barrier.NewBarrier(2, nothing)
			ctx, cancel := context.WithCancel(forever)
			s.start("early party", func() { b.Await(ctx) })
			s.x.Settle() // until she waits
			b.Reset()
			cancel() // which is of no importance to those who come now
			s.bothPass(b, "the context that was cancelled belongs to a party that had arrived before Reset")
		})
	})
}

var errStuck = errors.New("the door is stuck")

func TestPanicOfActionBreaksTheBarrier(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, many, func(s *scene) {
			var runs interleave.Note[int]
			b := barrier.NewBarrier(2, func() {
				if runs.Update(func(n int) int { return n + 1 }); runs.Get() == 1 {
					panic(errStuck)
				}
			})
			s.start("party 1", func() { s.fails(b, forever, "ErrBroken", "the action panicked") })
			s.x.Settle() // until she waits
			switch v := check.PanicValue(func() { b.Await(forever) }); v {
			case errStuck:
			case nil:
				s.x.Errorf("the action panicked, but Await returned to the last party as if nothing had happened")
			default:
				s.x.Errorf("the action panicked with the error %q, but Await with %q, a %T; it is the same value that must go on", errStuck, fmt.Sprint(v), v)
			}
			s.others.Wait()
			s.fails(b, forever, "ErrBroken", "the action panicked, and nobody has called Reset")
			b.Reset()
			s.bothPass(b, "the action panicked, and then the barrier was reset")
		})
	})
}
