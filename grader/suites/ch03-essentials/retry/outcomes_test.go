package retry_test

import (
	"context"
	"io"
	"testing"

	"scalelab/labs/ch03-essentials/retry"
	"scalelab/pkg/check"
)

func TestAtMostMaxAttempts(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		s := (&scene{title: "The first attempt succeeds", policy: policy(4)}).play(t)
		s.expectSuccess(1, "when op returns nil, Do returns nil")
		s.expectReturn(0, "when op returns nil, Do returns at once")

		s = (&scene{title: "Two attempts fail", policy: policy(4), bank: times(2, notSent)}).play(t)
		s.expectSuccess(3, "Do calls op again until it returns nil")
		s.expectReturn(s.ended(), "when op returns nil, Do returns at once")

		for _, most := range []int{1, 2, 3} {
			s := (&scene{title: "No attempt succeeds", policy: policy(most), bank: times(10, notSent)}).play(t)
			s.expectFailure(most, "MaxAttempts counts all attempts, the first one too")
			s.expectReturn(s.ended(), "after the last attempt Do returns at once")
		}

		s = (&scene{title: "The last attempt succeeds", policy: policy(3), bank: times(2, notSent)}).play(t)
		s.expectSuccess(3, "the last of MaxAttempts attempts may succeed")
	})
}

// times are n reactions of a kind.
func times(n int, kind func() reaction) (all []reaction) {
	for range n {
		all = append(all, kind())
	}
	return all
}

func TestPermanentFailuresAreNotRepeated(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		for _, p := range []retry.Policy{policy(4), notIdempotent(4)} {
			for _, r := range []reaction{notSent(), refused(0), wrapped(notSent()), wrapped(refused(0))} {
				s := (&scene{title: "Certainly nothing was done", policy: p, bank: []reaction{r}}).play(t)
				s.expectSuccess(2, "after a failure that certainly did nothing Do tries again, idempotent or not")
			}
			for _, r := range []reaction{permanent(), wrapped(permanent())} {
				s := (&scene{title: "The account does not exist", policy: p, bank: []reaction{r}}).play(t)
				s.expectFailure(1, "a permanent failure is not repeated")
				s = (&scene{title: "The account does not exist", policy: p, bank: []reaction{notSent(), r}}).play(t)
				s.expectFailure(2, "a permanent failure is not repeated, whatever was before")
			}
		}
	})
}

func TestUnknownIsRepeatedOnlyIfIdempotent(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		silence := []reaction{unknown(), wrapped(unknown()), untyped(io.ErrUnexpectedEOF), untyped(context.DeadlineExceeded), untyped(context.Canceled)}
		for _, r := range silence {
			s := (&scene{title: "Perhaps it was done", policy: notIdempotent(4), bank: []reaction{r}}).play(t)
			s.expectFailure(1, "an operation that is not idempotent and whose outcome is unknown is not repeated: it may be done twice")
			s = (&scene{title: "Perhaps it was done", policy: notIdempotent(4), bank: []reaction{notSent(), refused(0), r}}).play(t)
			s.expectFailure(3, "an operation that is not idempotent and whose outcome is unknown is not repeated, whatever was before")
			s = (&scene{title: "Perhaps it was done", policy: policy(4), bank: []reaction{r}}).play(t)
			s.expectSuccess(2, "an idempotent operation whose outcome is unknown is repeated")
		}
	})
}
