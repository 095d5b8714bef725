package policies_test

import (
	"testing"

	"scalelab/labs/ch05-services/policies"
	"scalelab/pkg/check"
)

func TestRoundRobinTakesTurns(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := newTrace(t, "Round robin with a list that stays", policies.NewRoundRobin(), &turns{}, "a b c")
		s.expect("a b c a b c a")

		s = newTrace(t, "Round robin does not look at weights", policies.NewRoundRobin(), &turns{}, "a:3 b c:2")
		s.expect("a b")
		s.finish("a")
		s.expect("c a b")

		s = newTrace(t, "Round robin while backends come and go", policies.NewRoundRobin(), &turns{}, "a b c d")
		s.expect("a b")
		s.now("b c d") // a position would now skip c
		s.expect("c")
		s.now("b d")
		s.expect("b") // c is gone: the first
		s.now("a b c d")
		s.expect("c d a")
		s.now("d c b a") // another order
		s.expect("d c")

		s = newTrace(t, "Round robin and a list that is empty for a while", policies.NewRoundRobin(), &turns{}, "a b c")
		s.expect("a")
		s.isEmpty()
		s.now("a b c")
		s.expect("b c a") // nothing has changed
	})
}

func weighted(t *check.T, title, list string) *trace {
	return newTrace(t, "Weighted round robin, "+title, policies.NewWeightedRoundRobin(), &credits{}, list)
}

func TestWeightedIsSmooth(t *testing.T) {
	check.Run(t, func(t *check.T) {
		noDice(t, "weighted round robin", policies.NewWeightedRoundRobin)
		weighted(t, "weights 5, 1, 1", "a:5 b c").expect("a a b a c a a a a b a c a a")
		weighted(t, "equal weights", "a b c").expect("a b c a b c")
		weighted(t, "weights 1, 2", "a b:2").expect("b a b b a b")
		weighted(t, "weights 1, 2, 3", "a b:2 c:3").expect("c b a c b c c b a c b c")
		s := weighted(t, "weights 2, 1, and requests that end", "a:2 b")
		s.expect("a b")
		s.finish("a")
		s.expect("a a b a")
		s.finish("b")
		s.expect("a b a")
	})
}

func TestCreditBelongsToTheBackend(t *testing.T) {
	check.Run(t, func(t *check.T) {
		noDice(t, "weighted round robin", policies.NewWeightedRoundRobin)
		s := weighted(t, "and the order of the list changes", "a:5 b c")
		s.expect("a a")
		s.now("c b a:5")
		s.expect("c a b a a")

		s = weighted(t, "and a backend is away for a while", "a b:3")
		s.expect("b")
		s.now("a")
		s.expect("a a")
		s.now("a b:3")
		s.expect("b a b b") // b begins again with 0

		s = weighted(t, "and a backend comes", "a b")
		s.expect("a")
		s.now("a b c:2")
		s.expect("b c a c")

		s = weighted(t, "and a weight changes", "a b")
		s.expect("a b")
		s.now("a b:3")
		s.expect("b a b b")
	})
}
