package retry

import (
	"context"

	"scalelab/pkg/lab"
)

// Budget is a number of tokens that all calls of Do share which have it in their Policy: a retry takes one, a success gives back a
// part of one. It is safe for concurrent use.
type Budget struct{}

// NewBudget returns a budget that holds at most max tokens, and max to begin with. A success gives back ratio. It panics if max is
// below 1 or ratio is negative.
func NewBudget(max int, ratio float64) *Budget {
	panic(lab.NotImplemented("retry", "NewBudget"))
}

// Do calls op until it returns nil, and then returns nil. It gives up after p.MaxAttempts attempts, when a failure must not be
// repeated, when the budget is empty, and when ctx has ended or would end during the sleep before the next attempt.
//
// Then it returns an error in which errors.As finds *Attempts. Do waits for op to return before it does anything else. It panics if op
// or p.Rand is nil, or if a number of p makes no sense.
func Do(ctx context.Context, op func(ctx context.Context) error, p Policy) error {
	panic(lab.NotImplemented("retry", "Do"))
}
