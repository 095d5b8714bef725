package boundedbuffer_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch04-concurrency/boundedbuffer"
)

// These tests are a part of what is graded, to read and to run while you work:
//
//	go test ./labs/ch04-concurrency/boundedbuffer
//
// A test that needs blocked goroutines runs in a bubble of testing/synctest. There, synctest.Wait returns when all the other
// goroutines of the bubble are blocked, and a bubble in which nobody can ever go on fails at once and shows who waits where.

func TestItemsComeOutInTheOrderInWhichTheyWentIn(t *testing.T) {
	b := boundedbuffer.New[string](3)
	for _, skier := range []string{"Ada", "Ben", "Cem"} {
		require.NoError(t, b.Put(skier), "Put(%q) into a buffer with room", skier)
	}
	require.Equal(t, 3, b.Len(), "three items are stored")
	for _, skier := range []string{"Ada", "Ben", "Cem"} {
		got, err := b.Take()
		require.NoError(t, err, "Take from a buffer with items")
		require.Equal(t, skier, got, "the oldest item comes first")
	}
	require.Zero(t, b.Len(), "everything was taken")
}

func TestPutWaitsForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := boundedbuffer.New[int](1)
		defer b.Close()
		require.NoError(t, b.Put(1), "Put into an empty buffer")

		stored := make(chan error, 1)
		go func() { stored <- b.Put(2) }()
		synctest.Wait() // until the goroutine is blocked, or has ended
		require.Empty(t, stored, "the buffer is full: Put must wait")

		_, err := b.Take()
		require.NoError(t, err, "Take from a full buffer")
		require.NoError(t, <-stored, "Take made room: Put must go on")
	})
}

func TestTakeWaitsForAnItem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := boundedbuffer.New[int](1)
		defer b.Close()

		taken := make(chan int, 1)
		go func() {
			item, _ := b.Take()
			taken <- item
		}()
		synctest.Wait()
		require.Empty(t, taken, "the buffer is empty: Take must wait")

		require.NoError(t, b.Put(7), "Put into an empty buffer")
		require.Equal(t, 7, <-taken, "Put stored an item: Take must go on and return it")
	})
}

func TestCloseLetsTheRestBeTaken(t *testing.T) {
	b := boundedbuffer.New[int](2)
	require.NoError(t, b.Put(7), "Put into an empty buffer")
	b.Close()

	require.ErrorIs(t, b.Put(8), boundedbuffer.ErrClosed, "Put after Close")
	got, err := b.Take()
	require.NoError(t, err, "what was stored before Close can still be taken")
	require.Equal(t, 7, got, "what was stored before Close can still be taken")
	_, err = b.Take()
	require.ErrorIs(t, err, boundedbuffer.ErrClosed, "closed, and nothing is left")
}

func TestCloseSendsABlockedTakeHome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := boundedbuffer.New[int](1)

		result := make(chan error, 1)
		go func() {
			_, err := b.Take()
			result <- err
		}()
		synctest.Wait()
		b.Close()
		require.ErrorIs(t, <-result, boundedbuffer.ErrClosed, "a Take that was blocked at Close")
	})
}
