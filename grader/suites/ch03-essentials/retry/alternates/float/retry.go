package retry

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"
)

// Budget counts retries and successes, and works out the tokens when it is asked.
type Budget struct {
	sync.RWMutex
	max, ratio, spent float64
}

func NewBudget(max int, ratio float64) *Budget {
	if max <= 0 || !(ratio >= 0) {
		panic("retry.NewBudget: no budget")
	}
	return &Budget{max: float64(max), ratio: ratio}
}

type outcome int

const (
	success outcome = iota
	certain
	uncertain
	hopeless
)

// classify walks along the chain by hand; joined errors are walked through too.
func classify(err error) (outcome, time.Duration) {
	switch e := err.(type) {
	case nil:
		return success, 0
	case *NotSent:
		return certain, 0
	case *Refused:
		return certain, e.RetryAfter
	case *Unknown:
		return uncertain, 0
	case *Permanent:
		return hopeless, 0
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			if o, after := classify(inner); o != uncertain {
				return o, after
			}
		}
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return classify(inner)
		}
	}
	return uncertain, 0
}

// gaveUp is an error type of our own that carries the Attempts.
type gaveUp struct {
	why string
	at  *Attempts
}

func (g *gaveUp) Error() string { return g.why + ": " + g.at.Error() }
func (g *gaveUp) Unwrap() error { return g.at }

func Do(ctx context.Context, op func(ctx context.Context) error, p Policy) error {
	if op == nil || p.Rand == nil {
		panic("retry.Do: nil function")
	}
	if p.MaxAttempts <= 0 || p.Base <= 0 || p.Cap <= 0 || p.PerTry < 0 {
		panic(fmt.Sprintf("retry.Do: policy makes no sense: %+v", p))
	}
	at := &Attempts{}
	stop := func(why string) error {
		at.Context = ctx.Err()
		return &gaveUp{why, at}
	}
	if ctx.Err() != nil {
		return stop("context")
	}
	for n := 0; n < p.MaxAttempts; n++ {
		err := p.once(ctx, op)
		o, after := classify(err)
		if o == success {
			if b := p.Budget; b != nil {
				b.Lock()
				b.spent = math.Max(0, b.spent-b.ratio)
				b.Unlock()
			}
			return nil
		}
		at.Errs = append(at.Errs, err)
		if o == hopeless || o == uncertain && !p.Idempotent {
			return stop("not to be repeated")
		}
		if n == p.MaxAttempts-1 {
			return stop("too many attempts")
		}
		if ctx.Err() != nil {
			return stop("context")
		}
		limit := math.Min(float64(p.Cap), float64(p.Base)*math.Pow(2, float64(n)))
		sleep := max(after, time.Duration(math.Round(p.Rand()*limit)))
		if end, ok := ctx.Deadline(); ok && time.Now().Add(sleep).After(end) {
			return stop("no time")
		}
		if b := p.Budget; b != nil {
			b.Lock()
			enough := b.max-b.spent >= 1
			if enough {
				b.spent++
			}
			b.Unlock()
			if !enough {
				return stop("no budget")
			}
		}
		napping, cancel := context.WithTimeout(ctx, sleep)
		<-napping.Done()
		cancel()
		if ctx.Err() != nil {
			return stop("context")
		}
	}
	return errors.New("retry: unreachable")
}

func (p Policy) once(ctx context.Context, op func(context.Context) error) error {
	perTry := p.PerTry
	if perTry == 0 {
		perTry = math.MaxInt64
	}
	if end, ok := ctx.Deadline(); ok {
		perTry = min(perTry, time.Until(end))
	}
	ctx, cancel := context.WithTimeout(ctx, perTry)
	defer cancel()
	return op(ctx)
}
