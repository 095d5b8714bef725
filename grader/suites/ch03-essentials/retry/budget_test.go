package retry_test

import (
	"context"
	"testing"
	"time"

	"scalelab/labs/ch03-essentials/retry"
	"scalelab/pkg/check"
)

func TestBudgetBoundsTheStorm(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		newStorm(retry.NewBudget(20, 0.125)).expect(t,
			// Each second 100 machines call Do once. 100 successes give back 12.5 tokens.
			second{well: true, calls: 100},  // 20 tokens, which are all that the budget holds
			second{well: false, calls: 120}, // 20 retries
			second{well: false, calls: 100}, // no token is left
			second{well: false, calls: 100},
			second{well: true, calls: 100},  // 12.5 tokens
			second{well: false, calls: 112}, // 12 retries, for half a token is none
			second{well: true, calls: 100},
			second{well: true, calls: 100}, // 25.5 tokens, but the budget holds 20
			second{well: false, calls: 120},
		)

		onlyRetriesTakeTokens(t)

		p := policy(4)
		p.Budget = retry.NewBudget(1, 0.5)
		s := (&scene{title: "The budget has 1 token", policy: p, bank: times(9, notSent)}).play(t)
		s.expectFailure(2, "a retry takes a token: there is one, for one retry")
		s.expectReturn(s.ended(), "when the budget is empty, Do gives up at once")
		for _, tokens := range []string{"The budget is empty", "The budget has half a token"} {
			s := (&scene{title: tokens, policy: p, bank: times(9, notSent)}).play(t)
			s.expectFailure(1, "without a whole token there is no retry")
			s.expectReturn(s.ended(), "without a whole token there is no sleep either: Do returns at once")
			s = (&scene{title: tokens, policy: p}).play(t)
			s.expectSuccess(1, "a first attempt needs no token")
		}
		s = (&scene{title: "Two successes have given back 1 token", policy: p, bank: times(9, notSent)}).play(t)
		s.expectFailure(2, "a success gives back its part of a token")

		budgetIsTakenBeforeTheSleep(t)
	})
}

// onlyRetriesTakeTokens plays calls that take no token, each with a budget of one, and then one that needs it.
func onlyRetriesTakeTokens(t *check.T) {
	t.Helper()
	p, careful, once, hasty := policy(4), notIdempotent(4), policy(1), policy(4)
	hasty.Base, hasty.Cap = time.Hour, time.Hour
	for _, s := range []*scene{
		{title: "failed for good", policy: careful, bank: times(9, permanent)},
		{title: "could have one attempt only", policy: once, bank: times(9, notSent)},
		{title: "had no time for a sleep", policy: hasty, bank: times(9, notSent), ctx: deadlineAt(time.Second)},
		{title: "was cancelled during its attempt", policy: p, bank: []reaction{slowly(2*time.Second, notSent())}, ctx: cancelledAt(time.Second)},
		{title: "had been cancelled before", policy: p, ctx: cancelledAt(-1)},
	} {
		s.policy.Budget = retry.NewBudget(1, 0)
		p.Budget = s.policy.Budget
		s.play(t)
		after := (&scene{title: "The budget had 1 token; then a call " + s.title, policy: p, bank: times(9, notSent)}).play(t)
		after.expectFailure(2, "only a retry takes a token: a call that "+s.title+" takes none, so there is one for this call")
	}
}

// budgetIsTakenBeforeTheSleep lets a call sleep with the last token in its hand, and plays another one meanwhile.
func budgetIsTakenBeforeTheSleep(t *check.T) {
	t.Helper()
	p := policy(4)
	p.Budget = retry.NewBudget(1, 0)
	p.Base, p.Cap = time.Hour, time.Hour
	sleeping := make(chan struct{})
	first := &scene{policy: p, bank: []reaction{notSent()}}
	go func() {
		defer close(sleeping)
		first.call(t)
	}()
	time.Sleep(time.Second)
	s := (&scene{title: "Another call sleeps; it has taken the only token", policy: p, bank: times(9, notSent)}).play(t)
	s.expectFailure(1, "a token is taken before the sleep: there is none left for others")
	s.expectReturn(0, "without a token there is no sleep either: Do returns at once")
	<-sleeping
	first.title = "The call that has taken the only token"
	first.expectSuccess(2, "whoever has taken a token makes the attempt")
}

// deposit is a call of Do during a storm.
func (st *storm) deposit(ctx context.Context) {
	_ = retry.Do(ctx, st.op, retry.Policy{
		MaxAttempts: st.attempts, Base: 100 * time.Millisecond, Cap: time.Second, Budget: st.budget,
		Idempotent: true, Rand: func() float64 { return 0.5 },
	})
}
