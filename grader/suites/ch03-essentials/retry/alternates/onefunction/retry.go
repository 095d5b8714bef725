package retry

import (
	"context"
	"errors"
	"sync"
	"time"
)

type Budget struct {
	lock   sync.Mutex
	tokens float64
	max    int
	ratio  float64
}

func NewBudget(max int, ratio float64) *Budget {
	if max < 1 {
		panic("retry: max must be at least 1")
	}
	if ratio < 0 {
		panic("retry: ratio must not be negative")
	}
	return &Budget{tokens: float64(max), max: max, ratio: ratio}
}

// Do does everything in one place, in the order of the README.
func Do(ctx context.Context, op func(ctx context.Context) error, p Policy) error {
	if op == nil || p.Rand == nil {
		panic("retry: op and Rand must not be nil")
	}
	if p.MaxAttempts < 1 || p.Base <= 0 || p.Cap <= 0 || p.PerTry < 0 {
		panic("retry: bad policy")
	}
	result := &Attempts{}
	if ctx.Err() != nil {
		result.Context = ctx.Err()
		return result
	}
	backoff := p.Base
	for i := 1; i <= p.MaxAttempts; i++ {
		var err error
		if p.PerTry == 0 {
			err = op(ctx)
		} else {
			tryCtx, cancel := context.WithTimeout(ctx, p.PerTry)
			err = op(tryCtx)
			cancel()
		}
		if err == nil {
			if p.Budget != nil {
				p.Budget.lock.Lock()
				p.Budget.tokens += p.Budget.ratio
				if p.Budget.tokens > float64(p.Budget.max) {
					p.Budget.tokens = float64(p.Budget.max)
				}
				p.Budget.lock.Unlock()
			}
			return nil
		}
		result.Errs = append(result.Errs, err)
		result.Context = ctx.Err()
		if ctx.Err() != nil || i == p.MaxAttempts {
			return result
		}

		var notSent *NotSent
		var refused *Refused
		var permanent *Permanent
		retryAfter := time.Duration(0)
		if errors.As(err, &permanent) {
			return result
		} else if errors.As(err, &refused) {
			retryAfter = refused.RetryAfter
		} else if !errors.As(err, &notSent) && !p.Idempotent {
			return result
		}

		if backoff > p.Cap {
			backoff = p.Cap
		}
		sleep := time.Duration(float64(backoff) * p.Rand())
		if backoff < p.Cap {
			backoff *= 2
		}
		if retryAfter > sleep {
			sleep = retryAfter
		}
		deadline, hasDeadline := ctx.Deadline()
		if hasDeadline && time.Now().Add(sleep).After(deadline) {
			return result
		}

		if p.Budget != nil {
			p.Budget.lock.Lock()
			if p.Budget.tokens < 1 {
				p.Budget.lock.Unlock()
				return result
			}
			p.Budget.tokens -= 1
			p.Budget.lock.Unlock()
		}

		select {
		case <-ctx.Done():
			result.Context = ctx.Err()
			return result
		case <-time.After(sleep):
		}
	}
	return result
}
