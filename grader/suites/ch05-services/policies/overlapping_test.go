package policies_test

import (
	"testing"

	"scalelab/labs/ch05-services/policies"
	"scalelab/pkg/interleave"
)

// counters are the policies that count requests. With two backends two choices always compares both, so both policies must keep the
// balance, whatever the dice say.
func counters(x *interleave.Run) []*stage {
	return []*stage{
		on(x, "least connections", policies.NewLeastConnections(), "a b"),
		on(x, "two choices", policies.NewTwoChoices((&dice{x: x}).rand), "a b"),
	}
}

func TestDoneCountsOnce(t *testing.T) {
	explore(t, func(x *interleave.Run) {
		for _, s := range counters(x) {
			first, second := s.pick(0), s.pick(0)
			s.share("two requests, two idle backends", 1, 1)
			for range 4 {
				s.finish(0, first)
			}
			s.picks(3)(0)
			s.share("one request runs, though done of the other was called four times: with three more, two run at each", among(first, 2, 1)...)
			s.finish(0, first) // once more, when others run there
			s.finish(0, second)
			s.picks(3)(0)
			s.share("two requests run at one and one at the other: with three more, three run at each", among(first, 1, 2)...)
		}
	}, func(x *interleave.Run) { twoEnds(x, 0) }, func(x *interleave.Run) { twoEnds(x, 1) })
}

// among gives the first number to the backend of o, where the list is a b.
func among(o outcome, its, others int) []int {
	if o.id == "a" {
		return []int{its, others}
	}
	return []int{others, its}
}

// twoEnds lets two goroutines call the same done at once.
func twoEnds(x *interleave.Run, policy int) {
	s := counters(x)[policy]
	first := s.pick(0)
	s.picks(3)(0)
	s.share("four requests, two backends", 2, 2)
	s.together(s.ends(first), s.ends(first))
	s.picks(3)(0)
	s.share("three of four requests run, though done of one was called by two goroutines: with three more, three run at each", among(first, 2, 1)...)
}

func TestPickIsOneStep(t *testing.T) {
	explore(t,
		func(x *interleave.Run) {
			s := on(x, "round robin", policies.NewRoundRobin(), "a b")
			s.together(s.picks(1), s.picks(1))
			s.share("two requests, two backends", 1, 1)
		},
		func(x *interleave.Run) {
			s := on(x, "weighted round robin", policies.NewWeightedRoundRobin(), "a:2 b")
			s.together(s.picks(2), s.picks(1))
			s.share("three requests, weights 2 and 1", 2, 1)
		},
		func(x *interleave.Run) { twoIdle(x, 0) },
		func(x *interleave.Run) { twoIdle(x, 1) },
		func(x *interleave.Run) { pickAndEnd(x, 0) },
		func(x *interleave.Run) { pickAndEnd(x, 1) },
	)
}

// twoIdle lets two clients find two idle backends.
func twoIdle(x *interleave.Run, policy int) {
	s := counters(x)[policy]
	s.together(s.picks(1), s.picks(1))
	s.share("two requests at the same time, two idle backends", 1, 1)
}

// pickAndEnd lets a request begin while another ends: whoever is faster, afterwards one request runs.
func pickAndEnd(x *interleave.Run, policy int) {
	s := counters(x)[policy]
	first := s.pick(0)
	s.picked.Set(nil)
	s.together(s.ends(first), s.picks(1))
	s.picks(1)(0)
	s.share("one request ended while another began, and then a third one began: now one runs at each", 1, 1)
}
