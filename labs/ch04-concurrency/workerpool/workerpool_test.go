package workerpool_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch04-concurrency/workerpool"
)

// These tests are a part of what is graded, to read and to run while you work:
//
//	go test ./labs/ch04-concurrency/workerpool
//
// Each runs in a bubble of testing/synctest. There, synctest.Wait returns when all the other goroutines of the bubble are blocked, and
// a bubble in which nobody can ever go on fails at once and shows who waits where. Every goroutine must have ended when its test ends.

func ignore(any) {}

// end shuts the pool down and waits for its end.
func end(t *testing.T, p *workerpool.Pool) {
	t.Helper()
	p.Shutdown()
	require.NoError(t, p.AwaitTermination(context.Background()), "AwaitTermination after Shutdown")
}

func TestEveryPictureIsDeveloped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := workerpool.New(2, 1, ignore)
		var developed atomic.Int64
		for range 10 {
			require.NoError(t, p.Submit(t.Context(), func() { developed.Add(1) }), "Submit")
		}
		end(t, p)
		require.EqualValues(t, 10, developed.Load(), "ten tasks were accepted")
	})
}

func TestSubmitWaitsForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := workerpool.New(1, 1, ignore)
		gate := make(chan struct{})
		for range 2 { // one runs, one waits
			require.NoError(t, p.Submit(t.Context(), func() { <-gate }), "Submit to a pool with room")
		}
		synctest.Wait()
		require.False(t, p.TrySubmit(func() {}), "the pool is full")

		accepted := make(chan error, 1)
		go func() { accepted <- p.Submit(t.Context(), func() {}) }()
		synctest.Wait()
		require.Empty(t, accepted, "the pool is full: Submit must wait")

		close(gate)
		require.NoError(t, <-accepted, "there is room: Submit must go on")
		end(t, p)
	})
}

func TestSubmitGivesUpWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := workerpool.New(1, 0, ignore)
		gate := make(chan struct{})
		require.NoError(t, p.Submit(t.Context(), func() { <-gate }), "Submit to a pool with room")

		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error, 1)
		go func() { result <- p.Submit(ctx, func() { t.Error("Submit gave up, but its task runs") }) }()
		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-result, context.Canceled, "a Submit that was blocked when its context was cancelled")

		close(gate)
		end(t, p)
	})
}

func TestABadPictureCostsNoWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reported := make(chan any, 1)
		p := workerpool.New(1, 0, func(v any) { reported <- v })
		require.NoError(t, p.Submit(t.Context(), func() { panic("too dark") }), "Submit")
		require.Equal(t, "too dark", <-reported, "what onPanic is called with")

		var developed sync.WaitGroup
		developed.Add(1)
		require.NoError(t, p.Submit(t.Context(), developed.Done), "Submit after a panic")
		developed.Wait()
		end(t, p)
	})
}

func TestWhatWasAcceptedIsFinished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := workerpool.New(1, 2, ignore)
		gate := make(chan struct{})
		var developed atomic.Int64
		for range 3 {
			require.NoError(t, p.Submit(t.Context(), func() { <-gate; developed.Add(1) }), "Submit to a pool with room")
		}
		p.Shutdown() // must not wait
		require.ErrorIs(t, p.Submit(t.Context(), func() {}), workerpool.ErrShutdown, "Submit after Shutdown")
		close(gate)
		end(t, p)
		require.EqualValues(t, 3, developed.Load(), "three tasks were accepted before Shutdown")
	})
}
