package retry_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"scalelab/labs/ch03-essentials/retry"
	"scalelab/pkg/check"
)

// odd is no moment at which somebody looks who sleeps a little at a time.
const odd = 10*time.Minute + 333*time.Microsecond

func TestEndOfTheContextEndsDo(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		for _, e := range []ending{cancelledAt(-1), deadlineAt(-1)} {
			s := (&scene{title: "ctx has ended before the call", policy: policy(4), ctx: e}).play(t)
			s.expectFailure(0, "if ctx has ended before the first attempt, op is not called")
			s.expectContextError()
		}

		p := policy(4)
		p.Base, p.Cap = time.Hour, time.Hour
		s := (&scene{title: "Base 1h; ctx is cancelled during the sleep", policy: p, bank: times(4, notSent), ctx: cancelledAt(odd)}).play(t)
		s.expectFailure(1, "if ctx ends during a sleep, there is no other attempt")
		s.expectReturn(odd, "if ctx ends during a sleep, Do returns at once")
		s.expectContextError()

		for _, e := range []ending{cancelledAt(time.Second), deadlineAt(time.Second)} {
			for _, r := range []reaction{hangs(), slowly(2*time.Second, notSent()), slowly(2*time.Second, unknown())} {
				s := (&scene{title: "ctx ends during an attempt", policy: policy(4), bank: []reaction{r, r}, ctx: e}).play(t)
				s.expectFailure(1, "if ctx ends during an attempt and op returns an error, there is no other attempt")
				s.expectReturn(s.ended(), "if ctx ends during an attempt, Do returns at once when op has returned")
				s.expectContextError()
			}
		}
	})
}

// expectContextError demands that the error of Do tells how ctx ended.
func (s *scene) expectContextError() {
	s.t.Helper()
	want := s.contextError()
	told := func(is bool) string { return fmt.Sprintf("errors.Is finds %q in the error of Do: %t", want, is) }
	s.same(told(true), told(errors.Is(s.err, want)), len(s.attempts), "if ctx has ended, errors.Is finds ctx.Err() in the error of Do")
}

// contextError is ctx.Err() at the end of a scene in which ctx ends.
func (s *scene) contextError() error {
	switch {
	case s.ctx == (ending{}):
		return nil
	case s.ctx.deadline:
		return context.DeadlineExceeded
	}
	return context.Canceled
}

func TestNoSleepBeyondTheDeadline(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		p := policy(9)
		p.Base, p.Cap = time.Hour, time.Hour
		s := (&scene{title: "Base 1h; Rand returns 0.5", policy: p, bank: times(9, notSent), ctx: deadlineAt(10 * time.Second)}).play(t)
		s.expectNoSleepAtTheEnd(1)

		s = (&scene{title: "The bank asks for more time than there is", policy: policy(9), bank: []reaction{refused(time.Minute)}, ctx: deadlineAt(10 * time.Second)}).play(t)
		s.expectNoSleepAtTheEnd(1)

		p.Base, p.Cap = 8*time.Second, time.Minute
		s = (&scene{
			title: "Base 8s; Rand returns 0.5", policy: p, ctx: deadlineAt(10 * time.Second),
			bank: []reaction{slowly(8*time.Second, notSent())},
		}).play(t)
		s.expectNoSleepAtTheEnd(1)

		s = (&scene{title: "The bank asks for 3s, and there are 10s", policy: policy(9), ctx: deadlineAt(10 * time.Second),
			bank: []reaction{refused(3 * time.Second)},
		}).play(t)
		s.expectSuccess(2, "a sleep that ends before the deadline is made")

		s = (&scene{title: "The bank asks for a minute, and ctx has no deadline", policy: policy(9), ctx: cancelledAt(time.Hour),
			bank: []reaction{refused(time.Minute)},
		}).play(t)
		s.expectSuccess(2, "without a deadline every sleep is made")
	})
}

// expectNoSleepAtTheEnd demands that Do gives up right after so many attempts.
func (s *scene) expectNoSleepAtTheEnd(attempts int) {
	s.t.Helper()
	s.expectFailure(attempts, "there is no attempt after the deadline")
	s.expectReturn(s.ended(), "if the sleep would go beyond the deadline, Do does not sleep, but returns at once")
}

func TestEachAttemptHasItsOwnTime(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		p := policy(4)
		p.PerTry = time.Second
		s := (&scene{title: "PerTry is 1s", policy: p, bank: times(2, hangs)}).play(t)
		s.expectSuccess(3, "the end of an attempt's time is not the end of ctx: Do tries again")
		s.expectAttemptsTake(time.Second, "the context of each attempt ends PerTry after its beginning")

		p.PerTry = time.Minute
		s = (&scene{title: "PerTry is 1m, the deadline is sooner", policy: p, bank: times(2, hangs), ctx: deadlineAt(10 * time.Second)}).play(t)
		s.expectAttemptsTake(10*time.Second, "the context of an attempt ends with ctx, if that is sooner than PerTry")
		s = (&scene{title: "PerTry is 1m, ctx is cancelled sooner", policy: p, bank: times(2, hangs), ctx: cancelledAt(10 * time.Second)}).play(t)
		s.expectAttemptsTake(10*time.Second, "the context of an attempt ends with ctx, if that is sooner than PerTry")
		p.PerTry = 0
		s = (&scene{title: "PerTry is 0", policy: p, bank: times(2, hangs), ctx: cancelledAt(time.Hour)}).play(t)
		s.expectAttemptsTake(time.Hour, "if PerTry is 0, the context of an attempt ends with ctx and not before")
		p.PerTry = time.Second
		expectWait(t, "PerTry is 1s, and op takes 5s", p)
		expectWait(t, "PerTry is 0, and op takes 5s", policy(4))
		expectLateSuccess(t, p, ending{})
		expectLateSuccess(t, p, cancelledAt(2*time.Second))
		expectLateSuccess(t, policy(4), cancelledAt(2*time.Second))
		p.PerTry = time.Minute
		expectTidy(t, p, permanent())
		expectTidy(t, p, unknown(), unknown()) // last: no time passes any more in which a goroutine that sleeps for PerTry could end
	})
}

// expectAttemptsTake demands this of the attempts that wait for the end of their context, and that their contexts come from ctx.
func (s *scene) expectAttemptsTake(want time.Duration, rule string) {
	s.t.Helper()
	took := func(i int, d time.Duration) string {
		return fmt.Sprintf("the context of attempt %d ends after %v", i+1, d)
	}
	for i, a := range s.attempts {
		if a.hangs {
			s.same(took(i, want), took(i, a.ended-a.began), i, rule)
		}
		value := func(v any) string { return fmt.Sprintf("value in the context of attempt %d: %v", i+1, v) }
		s.same(value("the caller's"), value(a.ctx.Value(marker{})), i, "the context of an attempt has the values of ctx")
	}
}

// expectTidy demands that with a PerTry the contexts of attempts have ended when op has returned.
func expectTidy(t *check.T, p retry.Policy, bank ...reaction) {
	t.Helper()
	const rule = "with a PerTry, the context of an attempt has ended when its op has returned"
	s := (&scene{title: "PerTry is 1m", policy: p, bank: bank}).play(t)
	for i, a := range s.attempts {
		state := func(stale bool) string {
			return fmt.Sprintf("when attempt %d begins, the contexts of those before have ended: %t", i+1, !stale)
		}
		s.same(state(false), state(a.stale), i, rule)
		after := func(lingers bool) string {
			return fmt.Sprintf("when Do sleeps or returns after attempt %d, the context of this attempt has ended: %t", i+1, !lingers)
		}
		s.same(after(false), after(a.lingers), i, rule)
	}
}

// expectWait demands that Do waits for an op that does not heed its context, before it calls it again.
func expectWait(t *check.T, title string, p retry.Policy) {
	t.Helper()
	s := (&scene{title: title, policy: p, bank: []reaction{slowly(5*time.Second, unknown())}}).play(t)
	s.expectWaited()
	s.expectSuccess(2, "Do tries again when op has returned")
}

// expectLateSuccess demands that a late success is one.
func expectLateSuccess(t *check.T, p retry.Policy, e ending) {
	t.Helper()
	s := (&scene{title: "A late receipt", policy: p, bank: []reaction{slowly(5*time.Second, succeeds())}, ctx: e}).play(t)
	s.expectSuccess(1, "what op returns counts, however late")
	s.expectReturn(5*time.Second, "Do waits until op has returned")
}
