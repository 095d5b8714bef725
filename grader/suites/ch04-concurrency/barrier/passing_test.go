package barrier_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch04-concurrency/barrier"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

// tally counts who has arrived and passed.
type tally struct{ arrived, passed interleave.Note[int] }

func (c *tally) arrives() { c.arrived.Update(func(n int) int { return n + 1 }) }
func (c *tally) gone()    { c.passed.Update(func(n int) int { return n + 1 }) }

func TestNobodyPassesBeforeTheLast(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, parties := range []int{1, 2, 3} {
			explore(t, many, func(s *scene) { s.allPass(parties) })
		}
		explore(t, few, func(s *scene) {
			b := barrier.NewBarrier(3, nothing)
			for index := range 2 {
				s.start(fmt.Sprint("party ", index+1), func() {
					require.Equal(s.x, index, s.passes(b, forever, "all three have arrived"), "the index of number %d to arrive", index+1)
				})
				s.x.Settle() // until this one waits
			}
			require.Equal(s.x, 2, s.passes(b, forever, "all three have arrived"), "the index of number 3 to arrive")
		})
	})
}

// allPass lets all parties arrive in any order.
func (s *scene) allPass(parties int) {
	b := barrier.NewBarrier(parties, nothing)
	var here tally
	var indexes interleave.Note[[]int]
	for i := range parties {
		s.start(fmt.Sprint("party ", i+1), func() {
			runtime.Gosched() // the others may be faster
			here.arrives()
			index := s.passes(b, forever, "all parties arrive")
			require.Equal(s.x, parties, here.arrived.Get(), "how many of %d parties had arrived when Await returned", parties)
			indexes.Update(func(all []int) []int { return append(all, index) })
		})
	}
	s.others.Wait()
	require.Equal(s.x, firstNumbers(parties), slices.Sorted(slices.Values(indexes.Get())), "the indexes, sorted")
}

func firstNumbers(n int) (all []int) {
	for i := range n {
		all = append(all, i)
	}
	return all
}

func TestActionRunsOnceBeforeAnybodyPasses(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, many, func(s *scene) { s.actionComesFirst(2, 2) })
		explore(t, many, func(s *scene) { s.actionComesFirst(3, 1) })
		explore(t, many, everybodySeesWhatWasDone)
	})
}

func (s *scene) actionComesFirst(parties, rounds int) {
	var began, ended interleave.Note[int]
	b := barrier.NewBarrier(parties, func() {
		began.Update(func(n int) int { return n + 1 })
		runtime.Gosched() // the others may be faster
		ended.Update(func(n int) int { return n + 1 })
	})
	for i := range parties {
		s.start(fmt.Sprint("party ", i+1), func() {
			for round := range rounds {
				s.passes(b, forever, "all parties arrive")
				require.Equal(s.x, round+1, began.Get(), "how often the action had begun when Await returned in round %d", round+1)
				require.Equal(s.x, round+1, ended.Get(), "how often the action had ended when Await returned in round %d", round+1)
			}
		})
	}
}

// everybodySeesWhatWasDone uses ordinary variables, which only the barrier protects.
func everybodySeesWhatWasDone(s *scene) {
	var parts [2]int
	var sum int
	b := barrier.NewBarrier(2, func() { sum = parts[0] + parts[1] })
	for i := range parts {
		s.start(fmt.Sprint("party ", i+1), func() {
			parts[i] = i + 1
			s.passes(b, forever, "both parties arrive")
			require.Equal(s.x, 3, sum, "the sum that the action has made of what the parties had written")
		})
	}
}

func TestBarrierIsUsedAgain(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, many, func(s *scene) { s.keepStep(2, 3) })
		explore(t, many, func(s *scene) { s.keepStep(3, 2) })
		explore(t, many, fourForTwo)
	})
}

// keepStep lets each party pass several times. Nobody may be a round ahead of what the others have begun.
func (s *scene) keepStep(parties, rounds int) {
	b := barrier.NewBarrier(parties, nothing)
	all := make([]tally, parties)
	for i := range parties {
		s.start(fmt.Sprint("party ", i+1), func() {
			for round := 1; round <= rounds; round++ {
				all[i].arrives()
				s.passes(b, forever, "all parties arrive")
				for j := range all {
					if arrived := all[j].arrived.Get(); arrived < round {
						s.x.Errorf("party %d has passed %d times, but party %d has arrived only %d times", i+1, round, j+1, arrived)
					}
				}
			}
		})
	}
}

// fourForTwo lets four parties use a barrier for two: they pass two by two, whoever they are.
func fourForTwo(s *scene) {
	b := barrier.NewBarrier(2, nothing)
	var here tally
	var indexes interleave.Note[[]int]
	for i := range 4 {
		s.start(fmt.Sprint("party ", i+1), func() {
			here.arrives()
			index := s.passes(b, forever, "parties arrive two by two")
			here.gone()
			if passed, arrived := here.passed.Get(), here.arrived.Get(); (passed+1)/2*2 > arrived {
				s.x.Errorf("at a barrier for 2, %d have passed, but only %d have arrived", passed, arrived)
			}
			indexes.Update(func(all []int) []int { return append(all, index) })
		})
	}
	s.others.Wait()
	require.Equal(s.x, []int{0, 0, 1, 1}, slices.Sorted(slices.Values(indexes.Get())), "the indexes of two generations of two, sorted")
}
