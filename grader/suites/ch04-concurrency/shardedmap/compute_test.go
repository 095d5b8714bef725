package shardedmap_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestPutIfAbsentStoresOnce(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, 2, func(s *scene) {
			var stores interleave.Note[int]
			var returned [2]int
			for i := range returned {
				s.start([]string{"gate 1", "gate 2"}[i], func() {
					v, stored := s.m.PutIfAbsent(1, 10*(i+1))
					if returned[i] = v; stored {
						stores.Update(func(n int) int { return n + 1 })
					}
				})
			}
			s.busy.Wait()
			v, ok := s.m.Get(1)
			if stores.Get() != 1 || returned != [2]int{v, v} || !ok {
				s.x.Errorf("two gates called PutIfAbsent(1, 10) and PutIfAbsent(1, 20); %s returned true, the values they returned are %d and %d, and Get(1) now returns %s",
					[]string{"neither", "one of them", "both"}[stores.Get()], returned[0], returned[1], told(v, ok))
			}
		})
	})
}

func TestComputeIsOneStep(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, 2, func(s *scene) { s.oneRideEach("nothing was stored", 2) })
		explore(t, 2, func(s *scene) {
			s.make(put(1, 10))
			s.oneRideEach("10 was stored", 12)
		})
		for _, other := range []call{put(1, 50), remove(1)} {
			oneMomentEach(t, []call{put(1, 10)}, []call{add(1, 1)}, []call{other})
		}
		explore(t, 2, func(s *scene) { s.takesOutNothingElse() })
	})
}

// oneRideEach lets two gates add 1 to the same card.
func (s *scene) oneRideEach(before string, after int) {
	for i, gate := range []string{"gate 1", "gate 2"} {
		s.start(gate, func() {
			var calls interleave.Note[int]
			interleave.Call(s.x, i, add(1, 1), func() outcome {
				return told(s.m.Compute(1, func(rides int, _ bool) (int, bool) {
					calls.Update(func(n int) int { return n + 1 })
					return rides + 1, true
				}))
			})
			require.Equal(s.x, 1, calls.Get(), "how often one call of Compute called fn")
		})
	}
	s.busy.Wait()
	require.Equal(s.x, told(after, true), s.make(get(1)), "%s, and then two gates called Compute(1, add 1); now Get(1)", before)
}

// takesOutNothingElse lets a gate take out a card, while another card is put in its place. What Compute returns is not looked at here.
func (s *scene) takesOutNothingElse() {
	s.make(put(1, 10))
	var given interleave.Note[int]
	s.start("gate", func() {
		s.m.Compute(1, func(rides int, _ bool) (int, bool) {
			given.Set(rides)
			return 0, false
		})
	})
	s.make(put(1, 50))
	s.busy.Wait()
	if given.Get() == 10 {
		require.Equal(s.x, told(50, true), s.make(get(1)),
			"10 was stored, then Compute(1, delete) and Put(1, 50) overlapped; fn was given 10, so the Put came later; now Get(1)")
	}
}

var errTorn = errors.New("the card is torn")

func TestPanicOfFnChangesNothing(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, 2, func(s *scene) {
			s.torn(1)
			s.unchanged("nothing is stored under 1; fn has panicked in Compute(1, fn)", get(1), "0, false")
			require.Equal(s.x, 0, s.m.Len(), "nothing is stored; fn has panicked in Compute(1, fn); now Len")
			s.unchanged("fn has panicked in Compute(1, fn)", putIfAbsent(3, 30), "30, true")
			s.unchanged("fn has panicked in Compute(1, fn)", putIfAbsent(1, 10), "10, true")
			s.torn(1)
			s.unchanged("10 is stored under 1; fn has panicked in Compute(1, fn)", get(1), "10, true")
			s.unchanged("10 is stored under 1; fn has panicked in Compute(1, fn)", remove(1), "10, true")
		})
		explore(t, 2, func(s *scene) {
			s.make(put(1, 10))
			s.starts("gate", add(1, 1))
			s.torn(1)
			s.busy.Wait()
			s.unchanged("10 was stored under 1; fn has panicked in Compute(1, fn), and a gate has called Compute(1, add 1)", get(1), "11, true")
		})
	})
}

// torn calls Compute with an fn that panics.
func (s *scene) torn(k int) {
	interleave.Call(s.x, 0, fmt.Sprintf("Compute(%d, panic)", k), func() (result outcome) {
		defer func() {
			if p := recover(); p != nil && p != errTorn {
				s.x.Errorf("fn panicked with an error; Compute(%d, fn) panicked with another value: %v", k, p)
			}
			result = "the same panic"
		}()
		s.m.Compute(k, func(int, bool) (int, bool) { panic(errTorn) })
		s.x.Errorf("fn panicked, but Compute(%d, fn) returned as if nothing had happened", k)
		return ""
	})
}

func (s *scene) unchanged(story string, c call, want outcome) {
	require.Equal(s.x, want, s.make(c), "%s; now %s", story, c)
}
