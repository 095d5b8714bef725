package retry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Budget is a channel that holds the number of tokens. Whoever has received it has it alone.
type Budget struct {
	tokens     chan float64
	max, ratio float64
}

func NewBudget(max int, ratio float64) *Budget {
	if max < 1 || ratio < 0 {
		panic(fmt.Errorf("retry: a budget of %d tokens and a ratio of %f", max, ratio))
	}
	b := &Budget{tokens: make(chan float64, 1), max: float64(max), ratio: ratio}
	b.tokens <- b.max
	return b
}

// change applies f, which says whether it can be done.
func (b *Budget) change(f func(tokens float64) (float64, bool)) bool {
	if b == nil {
		return true
	}
	tokens, ok := f(<-b.tokens)
	b.tokens <- tokens
	return ok
}

func (b *Budget) spend() bool {
	return b.change(func(tokens float64) (float64, bool) {
		if tokens >= 1 {
			return tokens - 1, true
		}
		return tokens, false
	})
}

func (b *Budget) earn() {
	b.change(func(tokens float64) (float64, bool) { return min(tokens+b.ratio, b.max), true })
}

// run is one call of Do, as a machine of states: each returns the next one, and the last one returns nil.
type run struct {
	ctx   context.Context
	op    func(ctx context.Context) error
	p     Policy
	limit time.Duration
	errs  []error
	err   error // the result
}

type step func() step

// Do runs the machine.
func Do(ctx context.Context, op func(ctx context.Context) error, p Policy) error {
	var wrong []string
	for what, is := range map[string]bool{
		"op is nil": op == nil, "Rand is nil": p.Rand == nil, "MaxAttempts": p.MaxAttempts < 1,
		"Base": p.Base <= 0, "Cap": p.Cap <= 0, "PerTry": p.PerTry < 0,
	} {
		if is {
			wrong = append(wrong, what)
		}
	}
	if wrong != nil {
		panic("retry: " + strings.Join(wrong, ", "))
	}
	r := &run{ctx: ctx, op: op, p: p, limit: p.Base}
	for next := r.look; next != nil; {
		next = next()
	}
	return r.err
}

// look looks whether there may be an attempt.
func (r *run) look() step {
	select {
	case <-r.ctx.Done():
		return r.giveUp
	default:
		return r.attempt
	}
}

// attempt lets op run in a goroutine of its own, and waits for it.
func (r *run) attempt() step {
	perTry := r.p.PerTry
	if perTry == 0 {
		perTry = 1 << 62
	}
	ctx, cancel := context.WithTimeout(r.ctx, perTry)
	answer := make(chan error)
	go func() {
		err := r.op(ctx)
		cancel()
		answer <- err
	}()
	err := <-answer
	if err == nil {
		r.p.Budget.earn()
		return nil
	}
	r.errs = append(r.errs, err)
	return r.decide
}

// decide says whether the last failure may be followed by an attempt, as far as the failure goes.
func (r *run) decide() step {
	err := r.errs[len(r.errs)-1]
	certain := errors.As(err, new(*NotSent)) || errors.As(err, new(*Refused))
	switch {
	case errors.As(err, new(*Permanent)), !certain && !r.p.Idempotent, len(r.errs) == r.p.MaxAttempts, r.ctx.Err() != nil:
		return r.giveUp
	}
	return r.sleep
}

func (r *run) sleep() step {
	r.limit = min(r.limit, r.p.Cap)
	sleep := time.Duration(r.p.Rand() * float64(r.limit))
	if r.limit < r.p.Cap {
		r.limit *= 2
	}
	var refused *Refused
	if errors.As(r.errs[len(r.errs)-1], &refused) && refused.RetryAfter > sleep {
		sleep = refused.RetryAfter
	}
	wake := time.Now().Add(sleep)
	if deadline, ok := r.ctx.Deadline(); ok && !wake.Before(deadline) || !r.p.Budget.spend() {
		return r.giveUp
	}
	alarm := time.NewTimer(sleep)
	select {
	case <-alarm.C:
	case <-r.ctx.Done():
		alarm.Stop()
	}
	return r.look
}

func (r *run) giveUp() step {
	r.err = fmt.Errorf("gave up: %w", &Attempts{Errs: r.errs, Context: r.ctx.Err()})
	return nil
}
