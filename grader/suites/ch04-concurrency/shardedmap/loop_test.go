package shardedmap_test

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestLoopBodyMayUseTheMap(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, use := range []call{get(1), put(1, 50), putIfAbsent(1, 50), add(1, 1), takeOut(1), remove(1), length, loop, put(3, 50), put(2, 50)} {
			explore(t, 2, func(s *scene) {
				s.make(put(1, 10))
				s.inFirstTurn(func() { s.make(use) })
			})
		}
		for _, use := range []call{get(1), put(1, 50), add(3, 1), remove(2), length, loop} {
			explore(t, 2, func(s *scene) { s.gateActsDuringTheBody(use) })
		}
		explore(t, 2, func(s *scene) { s.leavesTheLoop() })
	})
}

// inFirstTurn loops over the map, which is not empty, and does something in the first turn.
func (s *scene) inFirstTurn(do func()) {
	s.loops("", func() {
		turns := 0
		for range s.m.All() {
			if turns++; turns == 1 {
				do()
			}
		}
		if turns == 0 {
			s.x.Errorf("entries are stored, but a loop over All has not had a turn")
		}
	})
}

// loops runs a loop and lets the story say how it ends.
func (s *scene) loops(end string, f func()) {
	interleave.Call(s.x, 0, loop.op+end, func() outcome { f(); return "" })
}

// gateActsDuringTheBody loops over two shards, and in its first turn waits until somebody else has made a call.
func (s *scene) gateActsDuringTheBody(use call) {
	s.make(put(1, 10))
	s.make(put(2, 20))
	inside, over := make(chan struct{}), make(chan struct{})
	s.x.Name(inside, "the first turn of the loop")
	s.x.Name(over, "the end of "+use.String())
	s.start("gate", func() {
		<-inside
		s.makeAs(-1, use)
		close(over)
	})
	s.inFirstTurn(func() {
		close(inside)
		<-over
	})
}

// leavesTheLoop leaves loops in three ways, and looks whether the map still works.
func (s *scene) leavesTheLoop() {
	s.fill()
	s.loops(", left by break", func() {
		for range s.m.All() {
			break
		}
	})
	s.touchAll()
	s.loops(", left by return", func() { s.firstKey() })
	s.touchAll()
	s.loops(", left by a panic", func() {
		message, _ := check.PanicOf(func() {
			for range s.m.All() {
				panic(errTorn)
			}
		})
		require.Equal(s.x, errTorn.Error(), message, "the body of a loop panicked; the panic outside the loop")
	})
	s.touchAll()
}

func (s *scene) firstKey() int {
	for k := range s.m.All() {
		return k
	}
	return 0
}

func (s *scene) touchAll() {
	for k := 1; k <= 3; k++ {
		s.make(add(k, 1))
	}
}

func TestLoopYieldsEachEntryOnce(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, 2, everyLoopBeginsAnew)
		for _, shards := range []int{1, 2} {
			explore(t, shards, func(s *scene) { s.eachOnceWhile(0, put(1, 11)) })
			explore(t, shards, func(s *scene) { s.eachOnceWhile(0, add(2, 1), put(3, 31)) })
			explore(t, shards, func(s *scene) { s.eachOnceWhile(1, remove(1)) })
			explore(t, shards, func(s *scene) { s.eachOnceWhile(3, takeOut(3), put(1, 11)) })
		}
	})
}

// eachOnceWhile loops over three entries while a gate makes calls. The key of which an entry may go need not come.
func (s *scene) eachOnceWhile(mayGo int, calls ...call) {
	s.fill()
	s.starts("gate", calls...)
	s.eachOnce(mayGo)
}

// everyLoopBeginsAnew loops over the same sequence twice, and once within itself.
func everyLoopBeginsAnew(s *scene) {
	cards := s.m.All()
	require.Empty(s.x, maps.Collect(cards), "what a loop over an empty map sees")
	s.fill()
	s.eachOnce(0)
	for range 2 {
		require.Equal(s.x, map[int]int{1: 10, 2: 20, 3: 30}, maps.Collect(cards),
			"cards := m.All() was called, then three entries were stored; what a loop over cards sees, which begins anew every time")
	}
	s.make(put(2, 21))
	s.make(remove(3))
	require.Equal(s.x, map[int]int{1: 10, 2: 21}, maps.Collect(cards), "Put(2, 21) and Delete(3) were called since the last loop over cards; what a new one sees")
}

// eachOnce loops over a map that fill has filled. Every key but the one that may be gone must come once, the latter at most once. A value
// is what fill has stored, or one more.
func (s *scene) eachOnce(mayBeGone int) {
	var seen []string
	var keys []int
	for k, v := range s.m.All() {
		seen, keys = append(seen, fmt.Sprintf("%d: %d", k, v)), append(keys, k)
		if v != 10*k && v != 10*k+1 {
			s.x.Errorf("the loop saw %v; the entry %d never had that value", seen, k)
		}
		if len(keys) > 6 {
			break
		}
		runtime.Gosched() // others may act during the body
	}
	for k := 1; k <= 3; k++ {
		switch n := count(keys, k); {
		case n > 1:
			s.x.Errorf("the loop saw %v; the entry %d came %d times", seen, k, n)
		case n == 0 && k != mayBeGone:
			s.x.Errorf("the loop saw %v; the entry %d was there all the time, and did not come", seen, k)
		}
	}
}

func count(keys []int, k int) int {
	return len(keys) - len(slices.DeleteFunc(slices.Clone(keys), func(other int) bool { return other == k }))
}

func TestLenAtRest(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, 2, func(s *scene) {
			s.counts(0, "a new map")
			s.after(1, put(1, 10), put(1, 11))
			s.after(2, putIfAbsent(2, 20), putIfAbsent(2, 21))
			s.after(3, add(3, 1), add(3, 1))
			s.after(2, remove(1), remove(1))
			s.after(1, takeOut(2), takeOut(2))
		})
		explore(t, 2, func(s *scene) {
			s.make(put(1, 10))
			s.starts("gate 1", put(2, 20), remove(1))
			s.starts("gate 2", put(3, 30), remove(1))
			s.busy.Wait()
			s.counts(2, "1 was stored; two gates stored 2 and 3, and both deleted 1")
		})
	})
}

// after makes calls and counts the entries.
func (s *scene) after(want int, calls ...call) {
	for _, c := range calls {
		s.make(c)
	}
	s.counts(want, fmt.Sprintf("then %v were called", calls))
}

func (s *scene) counts(want int, story string) {
	require.Equal(s.x, want, s.m.Len(), "%s; now Len", story)
}
