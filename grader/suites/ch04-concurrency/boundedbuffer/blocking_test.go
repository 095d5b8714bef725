package boundedbuffer_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestPutBlocksWhileFull(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		for _, capacity := range []int{1, 3} {
			s := open(t, capacity)
			for range capacity {
				s.mustStore(s.put(7), "a place is free")
			}
			late := s.put(7)
			s.mustBlock(late, "every place is taken")
			s.mustTake(s.take(), 7, "the buffer is full")
			s.mustStore(late, "Take made room")
			for range capacity {
				s.mustTake(s.take(), 7, "items are stored")
			}
			s.finish()
		}
	})
}

func TestTakeBlocksWhileEmpty(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		s := open(t, 3)
		for item := 1; item <= 3; item++ {
			early := s.take()
			s.mustBlock(early, "nothing is stored")
			s.mustStore(s.put(item), "there is room")
			s.mustTake(early, item, "Put stored an item")
		}
		s.finish()
	})
}

func TestEveryChangeReleasesOneCaller(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		const callers = 2
		s := open(t, 2)
		takes := s.takeBlocked(callers)
		for n := 1; n <= callers; n++ {
			s.mustStore(s.put(7), "there is room")
			s.mustRelease(takes, n, "so many items were put")
		}
		for _, c := range takes {
			s.mustTake(c, 7, "that is what was put")
		}
		s.finish()

		s = open(t, 2)
		_, puts := s.putUntilBlocked(2, callers)
		for n := 1; n <= callers; n++ {
			s.mustTake(s.take(), 7, "the buffer is full")
			s.mustRelease(puts, n, "so many items were taken")
		}
		for _, c := range puts {
			s.mustStore(c, "Take made room")
		}
		s.finish()
	})
}

func TestBlockedCallersDoNotPoll(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		s := open(t, 2)
		s.mustNotPoll(s.take(), "the buffer is empty", func() *call { return s.put(7) })
		s.finish()

		s = open(t, 2)
		_, blocked := s.putUntilBlocked(2, 1)
		s.mustNotPoll(blocked[0], "the buffer is full", s.take)
		s.finish()
	})
}
