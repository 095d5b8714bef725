package idempotence_test

import (
	"testing"

	"scalelab/labs/ch03-essentials/idempotence"
)

func TestOnlyTheLastRunCounts(t *testing.T) {
	first, payment := deposit("k1", "Ada", 50), transfer("k1", "Ada", "Ben", 30)
	play(t,
		runsThrice(first, "Ada 150, Ben 100"),
		runsThrice(payment, "Ada 70, Ben 130"),
		meanwhile(deposit("k2", "Ada", 7), first, "Ada 157, Ben 100"),
		meanwhile(deposit("k2", "Ada", 7), payment, "Ada 77, Ben 130"),
		meanwhile(transfer("k2", "Ada", "Ben", 80), payment, "Ada 20, Ben 180"),
		meanwhile(first, first, "Ada 150, Ben 100"),
		meanwhile(payment, payment, "Ada 70, Ben 130"),
	)
}

// runsThrice is a scene in which the store runs a function two more times.
func runsThrice(r request, then string) func(s *scene) {
	return func(s *scene) {
		want := sequentially(s, r)
		s.wire.fates = map[int]fate{1: runsAgain, 2: runsAgain}
		s.must(r, want, "the store has run the function again, and only the last run counts")
		s.mustHave(then, "%s must have been carried out, once", r)
	}
}

// meanwhile is a scene in which another bank commits something between two runs of a function.
func meanwhile(other, r request, then string) func(s *scene) {
	return func(s *scene) {
		want := sequentially(s, other, r)
		s.wire.fates = map[int]fate{1: runsAgain}
		s.wire.atFate = func() {
			bank := idempotence.NewBank(&store{s.vault, nil}, s.now, s.keyTTL)
			s.story.somebody(other, other.at(s.t.Context(), bank))
		}
		s.must(r, want, "another bank has come in between, so the store has run the function again, and only the last run counts")
		s.mustHave(then, "%s came in between, and then %s", other, r)
	}
}

// sequentially is what this bank answers to the last of these requests when nothing is in the way.
func sequentially(s *scene, requests ...request) (last answer) {
	bank := idempotence.NewBank(&store{newVault(), nil}, s.now, s.keyTTL)
	for _, r := range requests {
		last = r.at(s.t.Context(), bank)
	}
	return last
}
