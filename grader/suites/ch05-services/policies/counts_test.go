package policies_test

import (
	"testing"

	"scalelab/labs/ch05-services/policies"
	"scalelab/pkg/check"
)

func least(t *check.T, title, list string) *trace {
	return newTrace(t, "Least connections, "+title, policies.NewLeastConnections(), counting(), list)
}

func TestLeastConnections(t *testing.T) {
	check.Run(t, func(t *check.T) {
		noDice(t, "least connections", policies.NewLeastConnections)
		s := least(t, "equal weights", "a b c")
		s.expect("a b c a")
		s.finish("b")
		s.expect("b b")
		s.finish("c")
		s.expect("c c")

		least(t, "weights 3, 1", "a:3 b").expect("a b a a a b")
		least(t, "weights 3, 2", "a:3 b:2").expect("a b a b a a b")

		least(t, "large weights", "a:999999 b:1000000").expect("a b b a b a b")

		s = least(t, "and a backend is away for a while", "a b")
		s.expect("a b")
		s.now("b")
		s.expect("b")
		s.now("a b")
		s.expect("a a b") // one request has run at a all the time

		s = least(t, "and a request ends while its backend is away", "a b")
		s.expect("a b a b")
		s.now("b")
		s.finish("a")
		s.now("a b")
		s.expect("a a b")

		s = least(t, "and a weight changes", "a b")
		s.expect("a b")
		s.now("a b:4")
		s.expect("b b b a")
	})
}

func TestTwoChoices(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := drawing(t, "equal weights", "a b c")
		s.draws("a", 0, 0) // a, b: equal
		s.draws("b", 0, 0) // a 1, b 0
		s.draws("c", 0, 1) // a 1, c 0
		s.draws("b", 1, 0) // b 1, a 1: equal
		s.draws("c", 1, 1) // b 2, c 1
		s.draws("a", 2, 0) // c 2, a 1
		s.draws("c", 2, 1) // c 2, b 2: equal
		s.draws("a", 2, 0) // c 3, a 2
		s.finish("b")      // b 1
		s.draws("b", 0, 0) // a 3, b 1
		s.now("c b")       // positions are those of the list
		s.draws("b", 0, 0) // c 3, b 2
		s.now("b")         // nothing to draw
		s.draws("b")       // b 3
		s.now("d a b c")   // d is new
		s.draws("d", 3, 0) // c 3, d 0
		s = drawing(t, "weights 3, 2, 1", "a:3 b:2 c")
		s.draws("a", 0, 0) // a 0/3, b 0/2
		s.draws("b", 0, 0) // a 1/3, b 0/2
		s.draws("a", 1, 0) // b 1/2, a 1/3
		s.draws("b", 0, 0) // a 2/3, b 1/2
		s.draws("a", 1, 0) // b 2/2, a 2/3
	})
}

// drawn is a trace of two choices, and the random numbers of the next pick.
type drawn struct {
	*trace
	rand *script
}

func drawing(t *check.T, title, list string) drawn {
	r := new(script)
	return drawn{newTrace(t, "Two choices, "+title, policies.NewTwoChoices(r.next), r.beside(counting()), list), r}
}

// draws gives the next pick these numbers, and demands that want is picked and that rand was called for them.
func (s drawn) draws(want string, numbers ...int) {
	s.t.Helper()
	s.rand.begin(numbers, s.list)
	s.after = s.rand.calls
	s.pick(want)
}
