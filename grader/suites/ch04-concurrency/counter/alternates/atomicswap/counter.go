package counter

import "sync/atomic"

// Counter is an atomic number: the processor makes each operation one step.
type Counter struct{ n atomic.Int64 }

// Inc adds 1.
func (c *Counter) Inc() { c.n.Add(1) }

// Add adds n.
func (c *Counter) Add(n int64) { c.n.Add(n) }

// Value returns the number.
func (c *Counter) Value() int64 { return c.n.Load() }

// Reset swaps the number for 0.
func (c *Counter) Reset() int64 { return c.n.Swap(0) }
