package retry

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Budget is a number of tokens that all calls of Do share which have it in their Policy: a retry takes one, a success gives back a
// part of one. It is safe for concurrent use.
type Budget struct {
	max, ratio float64

	mu     sync.Mutex
	tokens float64
}

// NewBudget returns a budget that holds at most max tokens, and max to begin with. A success gives back ratio. It panics if max is
// below 1 or ratio is negative.
func NewBudget(max int, ratio float64) *Budget {
	if max < 1 || ratio < 0 {
		panic(fmt.Sprintf("retry: a budget of %d tokens that gets back %v", max, ratio))
	}
	return &Budget{max: float64(max), ratio: ratio, tokens: float64(max)}
}

// take takes a token, and reports whether there was one. There is always one where there is no budget.
func (b *Budget) take() bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// giveBack notes a success.
func (b *Budget) giveBack() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens = min(b.max, b.tokens+b.ratio)
}

// Do calls op until it returns nil, and then returns nil. It gives up after p.MaxAttempts attempts, when a failure must not be
// repeated, when the budget is empty, and when ctx has ended or would end during the sleep before the next attempt.
//
// Then it returns an error in which errors.As finds *Attempts. Do waits for op to return before it does anything else. It panics if op
// or p.Rand is nil, or if a number of p makes no sense.
func Do(ctx context.Context, op func(ctx context.Context) error, p Policy) error {
	mustMakeSense(op, p)
	var failed []error
	for ctx.Err() == nil {
		err := attempt(ctx, op, p.PerTry)
		if err == nil {
			p.Budget.giveBack()
			return nil
		}
		failed = append(failed, err)
		if len(failed) == p.MaxAttempts || !repeatable(err, p.Idempotent) || ctx.Err() != nil {
			break
		}
		sleep := p.sleep(len(failed)-1, err)
		if !fits(ctx, sleep) || !p.Budget.take() {
			break
		}
		pause(ctx, sleep)
	}
	return &Attempts{Errs: failed, Context: ctx.Err()}
}

// attempt calls op once, with a time of its own.
func attempt(ctx context.Context, op func(ctx context.Context) error, perTry time.Duration) error {
	if perTry > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, perTry)
		defer cancel()
	}
	return op(ctx)
}

// repeatable says whether it does no harm to call op again. Whatever is not known to have done nothing may have done something.
func repeatable(err error, idempotent bool) bool {
	var (
		permanent *Permanent
		notSent   *NotSent
		refused   *Refused
	)
	if errors.As(err, &permanent) {
		return false
	}
	return errors.As(err, &notSent) || errors.As(err, &refused) || idempotent
}

// sleep is how long the nth sleep takes, after err.
func (p Policy) sleep(n int, err error) time.Duration {
	limit := min(p.Base, p.Cap)
	for ; n > 0 && limit < p.Cap; n-- {
		limit += min(limit, p.Cap-limit) // doubled, but not beyond Cap, so it cannot overflow
	}
	sleep := time.Duration(p.Rand() * float64(limit))
	var refused *Refused
	if errors.As(err, &refused) {
		sleep = max(sleep, refused.RetryAfter)
	}
	return sleep
}

// fits says whether ctx lasts longer than the sleep, as far as one can know.
func fits(ctx context.Context, sleep time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return !ok || sleep < time.Until(deadline)
}

// pause sleeps until the time is over or ctx has ended.
func pause(ctx context.Context, sleep time.Duration) {
	timer := time.NewTimer(sleep)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func mustMakeSense(op func(ctx context.Context) error, p Policy) {
	switch {
	case op == nil:
		panic("retry: op is nil")
	case p.Rand == nil:
		panic("retry: Policy.Rand is nil")
	case p.MaxAttempts < 1, p.Base < 1, p.Cap < 1, p.PerTry < 0:
		panic(fmt.Sprintf("retry: MaxAttempts %d, Base %v, Cap %v, PerTry %v", p.MaxAttempts, p.Base, p.Cap, p.PerTry))
	}
}
