package barrier_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch04-concurrency/barrier"
)

// These tests are a part of what is graded, to read and to run while you work:
//
//	go test ./labs/ch04-concurrency/barrier
//
// Each runs in a bubble of testing/synctest. There, synctest.Wait returns when all the other goroutines of the bubble are blocked, and
// a bubble in which nobody can ever go on fails at once and shows who waits where.

func TestTheGateOpensAfterTheLastCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := barrier.NewLatch(2)
		through := make(chan error, 2)
		for range 2 {
			go func() { through <- l.Wait(t.Context()) }()
		}
		l.CountDown()
		synctest.Wait() // until the guests are blocked, or through
		require.Empty(t, through, "one check is missing: Wait must block")
		require.Equal(t, 1, l.Count(), "one check is missing")

		l.CountDown()
		for range 2 {
			require.NoError(t, <-through, "the latch is open: everybody goes on")
		}
		l.CountDown() // one too many is ignored
		require.Equal(t, 0, l.Count(), "the count of an open latch")
		require.NoError(t, l.Wait(t.Context()), "the latch stays open")
	})
}

func TestAGuestLosesPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := barrier.NewLatch(1)
		ctx, cancel := context.WithCancel(t.Context())
		through := make(chan error, 1)
		go func() { through <- l.Wait(ctx) }()
		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-through, context.Canceled, "a Wait that was blocked when its context was cancelled")
	})
}

// answer is what Await returned.
type answer struct {
	index int
	err   error
}

func await(ctx context.Context, b *barrier.Barrier) <-chan answer {
	told := make(chan answer, 1)
	go func() {
		index, err := b.Await(ctx)
		told <- answer{index, err}
	}()
	synctest.Wait()
	return told
}

func TestTheCabinGoesWhenItIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		doorClosed := 0
		b := barrier.NewBarrier(3, func() { doorClosed++ })
		for cabin := 1; cabin <= 2; cabin++ {
			first, second := await(t.Context(), b), await(t.Context(), b)
			require.Empty(t, first, "one seat is free: Await must block")
			require.Equal(t, cabin-1, doorClosed, "how often the action has run before cabin %d is full", cabin)

			third := await(t.Context(), b)
			require.Equal(t, answer{0, nil}, <-first, "the answer of the first one in cabin %d", cabin)
			require.Equal(t, answer{1, nil}, <-second, "the answer of the second one in cabin %d", cabin)
			require.Equal(t, answer{2, nil}, <-third, "the answer of the last one in cabin %d", cabin)
			require.Equal(t, cabin, doorClosed, "how often the action has run when cabin %d goes", cabin)
		}
	})
}

func TestAnImpatientPartyBreaksTheBarrier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := barrier.NewBarrier(3, func() {})
		ctx, cancel := context.WithCancel(t.Context())
		impatient, patient := await(ctx, b), await(t.Context(), b)
		cancel()
		require.ErrorIs(t, (<-impatient).err, context.Canceled, "the one whose context was cancelled")
		require.ErrorIs(t, (<-patient).err, barrier.ErrBroken, "another one of the same generation")
		_, err := b.Await(t.Context())
		require.ErrorIs(t, err, barrier.ErrBroken, "the next one")
	})
}

func TestResetLetsItBeginAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := barrier.NewBarrier(2, func() {})
		early := await(t.Context(), b)
		b.Reset()
		require.ErrorIs(t, (<-early).err, barrier.ErrBroken, "who waits when the barrier is reset")
		first, second := await(t.Context(), b), await(t.Context(), b)
		require.NoError(t, (<-first).err, "the first one after Reset")
		require.NoError(t, (<-second).err, "the second one after Reset")
	})
}
