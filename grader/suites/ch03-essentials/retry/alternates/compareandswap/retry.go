package retry

import (
	"context"
	"errors"
	"math/bits"
	"sync/atomic"
	"time"
)

// unit is a token in the small change in which the budget counts.
const unit = 1 << 20

// Budget is one atomic number: tokens in 2^20ths.
type Budget struct {
	change atomic.Int64
	most   int64
	back   int64
}

func NewBudget(max int, ratio float64) *Budget {
	if max < 1 || ratio < 0 {
		panic("retry: budget below one token")
	}
	b := &Budget{most: int64(max) * unit, back: int64(ratio * unit)}
	b.change.Store(b.most)
	return b
}

func (b *Budget) add(more int64) bool {
	for {
		old := b.change.Load()
		next := min(b.most, old+more)
		if next < 0 {
			return false
		}
		if b.change.CompareAndSwap(old, next) {
			return true
		}
	}
}

// Do is written as a recursion: the nth attempt, and then the rest.
func Do(ctx context.Context, op func(ctx context.Context) error, p Policy) error {
	switch {
	case op == nil, p.Rand == nil, p.MaxAttempts < 1, p.Base < 1, p.Cap < 1, p.PerTry < 0:
		panic("retry: no such policy")
	}
	if p.Budget == nil {
		p.Budget = &Budget{most: 1 << 62, back: 0}
		p.Budget.change.Store(1 << 62)
	}
	if err := ctx.Err(); err != nil {
		return &Attempts{Context: err}
	}
	return p.from(0, nil, ctx, op)
}

func (p Policy) from(n int, before []error, ctx context.Context, op func(ctx context.Context) error) error {
	err := p.try(ctx, op)
	if err == nil {
		p.Budget.add(p.Budget.back)
		return nil
	}
	all := append(before[:len(before):len(before)], err)
	enough := func() error { return &Attempts{Errs: all, Context: ctx.Err()} }

	var refused *Refused
	var rest time.Duration
	switch {
	case errors.As(err, &refused):
		rest = refused.RetryAfter
	case errors.As(err, new(*Permanent)):
		return enough()
	case errors.As(err, new(*NotSent)):
	case !p.Idempotent:
		return enough()
	}
	if len(all) >= p.MaxAttempts || ctx.Err() != nil {
		return enough()
	}
	sleep := time.Duration(float64(p.limit(n)) * p.Rand())
	if sleep < rest {
		sleep = rest
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < sleep {
		return enough()
	}
	if !p.Budget.add(-unit) {
		return enough()
	}
	timer := time.After(sleep)
	select {
	case <-ctx.Done():
		return enough()
	case <-timer:
	}
	if ctx.Err() != nil {
		return enough()
	}
	return p.from(n+1, all, ctx, op)
}

// limit shifts if nothing is shifted out.
func (p Policy) limit(n int) time.Duration {
	if n >= bits.LeadingZeros64(uint64(p.Base))-1 {
		return p.Cap
	}
	return min(p.Cap, p.Base<<n)
}

// try ends the attempt's context by a timer of its own, so the context itself has no deadline that could be asked for.
func (p Policy) try(parent context.Context, op func(ctx context.Context) error) error {
	if p.PerTry == 0 {
		return op(parent)
	}
	ctx, cancel := context.WithCancelCause(parent)
	alarm := time.AfterFunc(p.PerTry, func() { cancel(context.DeadlineExceeded) })
	defer cancel(nil)
	defer alarm.Stop()
	return op(ctx)
}
