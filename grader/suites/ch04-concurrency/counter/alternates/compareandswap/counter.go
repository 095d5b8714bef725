package counter

import "sync/atomic"

// Counter changes its number only if nobody has changed it since it was read, and otherwise begins again.
type Counter struct{ n int64 }

// change replaces the number by what f makes of it, and returns the one before.
func (c *Counter) change(f func(int64) int64) int64 {
	for {
		before := atomic.LoadInt64(&c.n)
		if atomic.CompareAndSwapInt64(&c.n, before, f(before)) {
			return before
		}
	}
}

// Inc adds 1.
func (c *Counter) Inc() { c.Add(1) }

// Add adds n.
func (c *Counter) Add(n int64) { c.change(func(was int64) int64 { return was + n }) }

// Value returns the number.
func (c *Counter) Value() int64 { return atomic.LoadInt64(&c.n) }

// Reset puts 0 in the number's place.
func (c *Counter) Reset() int64 { return c.change(func(int64) int64 { return 0 }) }
