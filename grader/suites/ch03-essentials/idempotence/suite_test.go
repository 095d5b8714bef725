// Package idempotence_test is the hidden suite of the lab idempotence. The rules stand in the lab's lab.yaml.
//
//	suite_test.go        requests, repeats and refusals
//	keys_test.go         whose key it is, for what, and for how long
//	trouble_test.go      the bank dies, the store fails or forgets to answer: at each operation in turn
//	again_test.go        the store runs a function again
//	overlapping_test.go  requests at the same time; the only checks that are explored
//	…_helpers_test.go    the store, what goes wrong on the way to it, scenes and their pictures
//
// The store belongs to the suite. What goes wrong in it is counted by operations, never by time, so each scene always runs alike.
package idempotence_test

import (
	"testing"

	"scalelab/labs/ch03-essentials/idempotence"
	"scalelab/pkg/check"
)

func TestMain(m *testing.M) { check.Main(m) }

func TestMovesMoney(t *testing.T) {
	play(t,
		func(s *scene) {
			s.must(deposit("k1", "Ada", 50), receipt("Ada", 150), "Ada had 100 and pays in 50")
			s.mustHave("Ada 150, Ben 100", "Ada had 100 and has paid in 50")
		},
		func(s *scene) {
			s.must(transfer("k1", "Ada", "Ben", 70), receipt("Ada", 30), "Ada had 100; a receipt names the account that pays")
			s.mustHave("Ada 30, Ben 170", "Ada has paid 70 to Ben")
			s.must(transfer("k2", "Ada", "Ben", 30), receipt("Ada", 0), "everything in an account may be transferred")
			s.mustHave("Ada 0, Ben 200", "Ada has paid the other 30 to Ben")
		},
		func(s *scene) {
			s.must(transfer("k1", "Ben", "Ben", 100), receipt("Ben", 100), "Ben pays his 100 to himself")
			s.mustHave("Ada 100, Ben 100", "a transfer to oneself changes nothing")
			s.must(transfer("k2", "Ben", "Ben", 101), refusal(idempotence.ErrInsufficientFunds), "Ben has only 100, even for himself")
			s.mustHave("Ada 100, Ben 100", "a transfer to oneself changes nothing")
		},
	)
}

func TestRepeatReturnsTheFirstReceipt(t *testing.T) {
	play(t,
		func(s *scene) {
			first := deposit("k1", "Ada", 50)
			a := s.mustGet(first, "Ada pays in 50")
			s.must(first, a, "a repeat returns the first receipt")
			s.mustHave("Ada 150, Ben 100", "a repeat changes nothing")
			s.mustGet(deposit("k2", "Ada", 7), "another deposit has another key")
			s.must(first, a, "a repeat returns the balance of then, not of now")
			s.mustHave("Ada 157, Ben 100", "a repeat changes nothing")
		},
		func(s *scene) {
			first := transfer("k1", "Ada", "Ben", 70)
			a := s.mustGet(first, "Ada has 100 and pays 70")
			s.must(first, a, "Ada could not pay 70 once more, but this is a repeat")
			s.mustGet(transfer("k2", "Ben", "Ada", 5), "another transfer has another key")
			s.must(first, a, "a repeat returns the balance of then, not of now")
			s.mustHave("Ada 35, Ben 165", "a repeat changes nothing")
		},
		func(s *scene) {
			first := transfer("k1", "Ada", "Ada", 70)
			a := s.mustGet(first, "Ada has 100 and pays 70 to herself")
			s.must(first, a, "a repeat returns the first receipt")
			s.mustGet(deposit("k2", "Ada", 7), "another request has another key")
			s.must(first, a, "a repeat returns the balance of then, not of now, also if a transfer has changed nothing")
		},
	)
}

func TestRefusalLeavesTheKeyFree(t *testing.T) {
	play(t,
		refused(deposit("k1", "Zoe", 50), idempotence.ErrNoAccount),
		refused(transfer("k1", "Zoe", "Ada", 50), idempotence.ErrNoAccount),
		refused(transfer("k1", "Ada", "Zoe", 50), idempotence.ErrNoAccount),
		refused(deposit("k1", "Ada", 0), idempotence.ErrInvalidAmount),
		refused(deposit("k1", "Ada", -5), idempotence.ErrInvalidAmount),
		refused(transfer("k1", "Ada", "Ben", 0), idempotence.ErrInvalidAmount),
		refused(transfer("k1", "Ada", "Ben", -5), idempotence.ErrInvalidAmount),
		refused(transfer("k1", "Ada", "Ada", 0), idempotence.ErrInvalidAmount),
		refused(transfer("k1", "Ada", "Ada", -5), idempotence.ErrInvalidAmount),
		refused(transfer("k1", "Ada", "Ben", 120), idempotence.ErrInsufficientFunds),
		refused(transfer("k1", "Ada", "Ada", 120), idempotence.ErrInsufficientFunds),
		func(s *scene) {
			late := transfer("k1", "Ada", "Ben", 120)
			s.must(late, refusal(idempotence.ErrInsufficientFunds), "Ada has only 100")
			s.mustGet(deposit("k2", "Ada", 50), "Ada pays in 50")
			s.mustGet(late, "now there is enough, and the key was not used up")
			s.mustHave("Ada 30, Ben 220", "Ada has paid 120 to Ben")
		},
		func(s *scene) {
			late := deposit("k1", "Zoe", 50)
			s.must(late, refusal(idempotence.ErrNoAccount), "Zoe has no account")
			s.vault.open("Zoe")
			s.story.clientDoes("Zoe opens an account")
			s.mustGet(late, "now Zoe has an account, and the key was not used up")
		},
	)
}

// refused is a scene in which a request is refused, twice, and another request then has its key.
func refused(r request, want error) func(s *scene) {
	return func(s *scene) {
		for range 2 {
			s.must(r, refusal(want), "this must be refused, also the second time")
			s.mustHave("Ada 100, Ben 100", "%s was refused, so nothing must have changed", r)
		}
		s.mustGet(deposit("k1", "Ben", 1), "the key of a refused request is free, for any request")
	}
}
