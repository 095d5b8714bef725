package retry_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"scalelab/labs/ch03-essentials/retry"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

// Two machines use a budget at the same moment, in a great many orders.
func TestBudgetCountsEveryToken(t *testing.T) {
	check.Run(t, func(t *check.T) {
		interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
			m := &machines{x: x, budget: retry.NewBudget(1, 0)}
			m.together(func(name string) { m.call(name, 2, down) })
			if got := m.made.Get(); got != 3 {
				x.Errorf("Two machines fail and share a budget of 1 token: one of them may try again, so together they make 3 attempts. They made %d", got)
			}
		})
		interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
			m := &machines{x: x, budget: retry.NewBudget(1, 0.5)}
			m.call("machine 1", 2, down) // takes the token
			m.together(func(name string) { m.call(name, 1, fine) })
			m.made.Set(0)
			m.call("machine 1", 3, down)
			if got := m.made.Get(); got != 2 {
				x.Errorf("Two machines succeed, and each success gives 0.5 back to an empty budget: that is 1 token, so a failure is followed by 1 retry. "+
					"It was followed by %d", got-1)
			}
		})
	})
}

// machines share a budget.
type machines struct {
	x      *interleave.Run
	budget *retry.Budget
	made   interleave.Note[int] // attempts
}

// together lets two machines do the same, and waits for both.
func (m *machines) together(do func(name string)) {
	var both sync.WaitGroup
	for n := range 2 {
		name := fmt.Sprintf("machine %d", n+1)
		both.Add(1)
		m.x.Go(name, func() {
			defer both.Done()
			do(name)
		})
	}
	both.Wait()
}

func down() error { return &retry.NotSent{Cause: errNoRoute} }
func fine() error { return nil }

// call calls Do in such a way that a picture shows the attempts.
func (m *machines) call(name string, attempts int, what func() error) {
	op := func(context.Context) error {
		m.made.Update(func(n int) int { return n + 1 })
		return interleave.Call(m.x, 0, "attempt", func() outcome { return outcome{what()} }).err
	}
	_ = retry.Do(context.Background(), op, retry.Policy{
		MaxAttempts: attempts, Base: time.Second, Cap: time.Second, Budget: m.budget, Idempotent: true, Rand: func() float64 { return 0.5 },
	})
}

// outcome is what an attempt returns, as a picture shows it.
type outcome struct{ err error }

func (o outcome) String() string {
	if o.err != nil {
		return "fails"
	}
	return "succeeds"
}
