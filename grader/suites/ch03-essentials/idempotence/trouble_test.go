package idempotence_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch03-essentials/idempotence"
	"scalelab/pkg/check"
)

// errand is a request that Ada and Ben, who have 100 each, can pay for.
type errand struct {
	request
	then string // what they have when it was carried out
	want answer // what this bank answers when nothing is in the way
}

const before = "Ada 100, Ben 100"

// errands are a deposit and a transfer.
func errands(t *check.T) []errand {
	all := []errand{
		{request: deposit("k1", "Ada", 50), then: "Ada 150, Ben 100"},
		{request: transfer("k1", "Ada", "Ben", 30), then: "Ada 70, Ben 130"},
	}
	for i := range all {
		playOne(t, func(s *scene) {
			all[i].want = s.mustGet(all[i].request, "nothing is in the way")
			s.mustHave(all[i].then, "%s must have been carried out", all[i])
		})
	}
	return all
}

func TestDiesAnywhere(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, e := range errands(t) {
			moments := everywhere(t, func(s *scene, operation int) bool {
				died := s.diesDuring(e, operation)
				s.clearsUp(e)
				return died
			})
			for first := 1; first < moments; first++ {
				everywhere(t, func(s *scene, second int) bool {
					s.diesDuring(e, first)
					died := s.diesDuring(e, second)
					s.clearsUp(e)
					return died
				})
			}
		}
	})
}

// diesDuring lets the bank die just before that operation of a call, and another one take its place. It is false if the call has
// ended before that.
func (s *scene) diesDuring(e errand, operation int) bool {
	s.t.Helper()
	s.wire.diesAt = operation
	a := s.send(e.request)
	if !errors.Is(a.err, errDied) {
		s.same(e.want.String(), a.String(), "%s: nothing was in the way of this call", e)
		s.wire.heal()
		return false
	}
	s.mustBeWhole(e, "the bank has died, but what it has done is done completely or not at all")
	s.restart()
	return true
}

// mustBeWhole demands that an errand was carried out once or not at all.
func (s *scene) mustBeWhole(e errand, why string) {
	s.t.Helper()
	if s.has() != before {
		s.mustHave(e.then, "%s", why)
	}
}

// clearsUp repeats an errand while nothing is in the way.
func (s *scene) clearsUp(e errand) {
	s.t.Helper()
	s.wire.heal()
	for range 2 {
		s.must(e.request, e.want, "a repeat must get the receipt, whatever has become of the call before")
		s.mustHave(e.then, "after the repeat %s must have been carried out, once", e)
	}
}

// everywhere plays a scene for each operation of a call in turn, until there are no more, and returns how often.
func everywhere(t *check.T, play func(s *scene, operation int) (goOn bool)) (scenes int) {
	t.Helper()
	const most = 200
	for goOn := true; goOn; scenes++ {
		require.Less(t, scenes, most, "a call has more operations than any bank needs")
		playOne(t, func(s *scene) { goOn = play(s, scenes+1) })
	}
	return scenes
}

func TestUnknownOutcome(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, e := range errands(t) {
			for _, what := range []fate{isDone, isLost} {
				everywhere(t, func(s *scene, commit int) bool {
					s.wire.fates = map[int]fate{commit: what}
					return s.mayBeUnknown(e) >= commit
				})
				playOne(t, func(s *scene) {
					s.wire.always = what
					s.mayBeUnknown(e)
				})
			}
			everywhere(t, func(s *scene, operation int) bool { return s.contextEndsDuring(e, operation) >= operation })
		}
	})
}

// mayBeUnknown makes a call of which some commits have an unknown fate, repeats it, and returns the number of commits of the call.
func (s *scene) mayBeUnknown(e errand) (commits int) {
	s.t.Helper()
	a := s.send(e.request)
	commits = s.wire.commits
	s.mustBeTrue(e, a)
	s.clearsUp(e)
	return commits
}

// mustBeTrue demands that what the bank has answered is so.
func (s *scene) mustBeTrue(e errand, a answer) {
	s.t.Helper()
	switch {
	case a.err == nil:
		s.same(e.want.String(), a.String(), "%s: if there is a receipt, it must be this one", e)
		s.mustHave(e.then, "a receipt is a promise that %s was carried out", e)
	case errors.Is(a.err, idempotence.ErrUnknown):
		s.mustBeWhole(e, "a call whose fate is unknown is carried out completely or not at all")
	default:
		s.mustHave(before, "an error other than ErrUnknown (here: %s) is a promise that the call has changed nothing", a)
	}
}

// contextEndsDuring makes a call whose context ends just before that operation, repeats it, and returns the number of operations.
func (s *scene) contextEndsDuring(e errand, operation int) (operations int) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	s.wire.at = func(n int) {
		if n == operation {
			s.story.clientDoes("gives up: the context ends")
			cancel()
		}
	}
	a := s.sendWith(ctx, e.request)
	operations = s.wire.operations
	s.mustBeTrue(e, a)
	s.clearsUp(e)
	return operations
}

func TestStoreFails(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, e := range errands(t) {
			for _, forGood := range []bool{false, true} {
				everywhere(t, func(s *scene, operation int) bool {
					s.wire.failsAt, s.wire.broken = operation, forGood
					return s.mustPassOn(e) >= operation
				})
			}
			playOne(t, func(s *scene) {
				ctx, cancel := context.WithCancel(s.t.Context())
				cancel()
				s.story.clientDoes("its context has ended")
				a := s.sendWith(ctx, e.request)
				s.same(refusal(context.Canceled).String(), a.String(), "%s with a context that has ended: the transaction has the caller's context", e)
				s.mustHave(before, "%s must not have been carried out", e)
				s.clearsUp(e)
			})
		}
	})
}

// mustPassOn makes a call during which the store fails. The bank may try again; if it does not succeed, it must return the store's error.
func (s *scene) mustPassOn(e errand) (operations int) {
	s.t.Helper()
	a := s.send(e.request)
	operations = s.wire.operations
	if a.err != nil {
		s.same(refusal(errDisk).String(), a.String(), "%s: the store has failed for certain, so its error must be the answer", e)
	}
	s.mustBeTrue(e, a)
	s.clearsUp(e)
	return operations
}
