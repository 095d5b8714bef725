package idempotence_test

import (
	"testing"

	"scalelab/labs/ch03-essentials/idempotence"
)

func TestOnlyTheLastRunCounts(t *testing.T) {
	first, payment := deposit("k1", "Ada", 50), transfer("k1", "Ada", "Ben", 70)
	play(t,
		runsThrice(first, receipt("Ada", 150), "Ada 150, Ben 100"),
		runsThrice(payment, receipt("Ada", 30), "Ada 30, Ben 170"),
		meanwhile(first, deposit("k2", "Ada", 7), receipt("Ada", 157), "Ada 157, Ben 100"),
		meanwhile(payment, deposit("k2", "Ada", 7), receipt("Ada", 37), "Ada 37, Ben 170"),
		meanwhile(payment, transfer("k2", "Ada", "Ben", 80), refusal(idempotence.ErrInsufficientFunds), "Ada 20, Ben 180"),
		meanwhile(first, first, receipt("Ada", 150), "Ada 150, Ben 100"),
		meanwhile(payment, payment, receipt("Ada", 30), "Ada 30, Ben 170"),
		meanwhile(first, deposit("k1", "Ada", 7), refusal(idempotence.ErrKeyReused), "Ada 107, Ben 100"),
	)
}

// runsThrice is a scene in which the store runs every function two more times.
func runsThrice(r request, want answer, then string) func(s *scene) {
	return func(s *scene) {
		s.wire.fates = map[int]fate{1: runsAgain, 2: runsAgain}
		s.must(r, want, "the store has run the function again, and only the last run counts")
		s.mustHave(then, "%s was carried out, once", r)
	}
}

// meanwhile is a scene in which another bank commits something, so that the store runs the function again.
func meanwhile(r, other request, want answer, then string) func(s *scene) {
	return func(s *scene) {
		s.wire.fates = map[int]fate{1: runsAgain}
		s.wire.atFate = func() {
			bank := idempotence.NewBank(&store{s.vault, nil}, s.now, s.keyTTL)
			s.story.somebody(other, other.at(s.t.Context(), bank))
		}
		s.must(r, want, "another bank has come in between, so the store has run the function again, and only the last run counts")
		s.mustHave(then, "%s came in between, and then %s", other, r)
	}
}
