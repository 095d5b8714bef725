package boundedbuffer_test

import (
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestPutBlocksWhileFull(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, capacity := range []int{1, 3} {
			explore(t, capacity, func(s *scene) {
				for item := range capacity {
					s.stores(item)
				}
				var room interleave.Note[bool]
				s.start("producer", func() {
					s.stores(capacity)
					require.True(s.x, room.Get(), "Put stored an item in a full buffer of capacity %d: nobody had called Take yet", capacity)
				})
				runtime.Gosched() // the producer may be faster
				room.Set(true)
				s.takes()
			})
		}
	})
}

func TestTakeBlocksWhileEmpty(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, 2, func(s *scene) {
			var put interleave.Note[int]
			s.start("consumer", func() {
				for item := 1; item <= 2; item++ {
					taken, err := s.b.Take()
					require.LessOrEqual(s.x, item, put.Get(), "Take returned (%d, %s) from an empty buffer: nobody had called Put yet", taken, name(err))
					require.Equal(s.x, "nil", name(err), "the error of Take from an open buffer")
					require.Equal(s.x, item, taken, "what Take returned")
				}
			})
			for item := 1; item <= 2; item++ {
				runtime.Gosched() // the consumer may be faster
				put.Set(item)
				s.stores(item)
			}
		})
	})
}

func TestNoWakeUpIsLost(t *testing.T) {
	check.Run(t, func(t *check.T) {
		allPassThrough(t, 1, []int{1}, []int{2})
		allPassThrough(t, 1, []int{1, 2}, []int{3, 4})
		allPassThrough(t, 2, []int{1, 2, 3}, []int{4})
	})
}

// allPassThrough lets two producers and two consumers, who share the work, pass items through a small buffer: everybody comes to an
// end, and every item comes out once.
func allPassThrough(t *check.T, capacity int, first, second []int) {
	t.Helper()
	explore(t, capacity, func(s *scene) {
		var taken interleave.Note[[]int]
		all := slices.Concat(first, second)
		for _, consumer := range []string{"consumer 1", "consumer 2"} {
			s.start(consumer, func() {
				for range len(all) / 2 {
					item := s.takes()
					taken.Update(func(items []int) []int { return append(items, item) })
				}
			})
		}
		s.start("producer 1", func() { s.stores(first...) })
		s.start("producer 2", func() { s.stores(second...) })
		s.busy.Wait()
		require.Equal(s.x, all, slices.Sorted(slices.Values(taken.Get())), "every item that was put is taken once")
	})
}

func TestBlockedCallersDoNotPoll(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, 1, func(s *scene) {
			s.isWoken("Take", func() { s.takes() }, "an item is there", func() { s.stores(1) })
		})
		explore(t, 1, func(s *scene) {
			s.stores(1)
			s.isWoken("Put", func() { s.stores(2) }, "there is room", func() { s.takes() })
		})
		explore(t, 1, func(s *scene) {
			s.isWoken("Take", func() { s.b.Take() }, "the buffer was closed", s.shut)
		})
		explore(t, 1, func(s *scene) {
			s.stores(1)
			s.isWoken("Put", func() { s.b.Put(2) }, "the buffer was closed", s.shut)
		})
	})
}

// isWoken demands that a blocked call neither runs while it waits nor lets time pass once it could go on.
func (s *scene) isWoken(method string, call func(), why string, change func()) {
	var over interleave.Note[bool]
	s.start("blocked "+method, func() { call(); over.Set(true) })
	s.x.Settle() // whoever keeps looking never lets it return
	change()
	s.x.Settle()
	woken := over.Get()
	s.busy.Wait()
	require.True(s.x, woken, "%s, but the blocked %s goes on only when time has passed: it was not woken, it sleeps and looks again", why, method)
}
