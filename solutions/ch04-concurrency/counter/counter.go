package counter

import "sync"

// Counter is a number that any number of goroutines count into at the same time. Its zero value is ready, at 0. It must not be
// copied.
type Counter struct {
	mu sync.Mutex
	n  int64 // guarded by mu
}

// Inc adds 1.
func (c *Counter) Inc() { c.Add(1) }

// Add adds n, which may be negative.
func (c *Counter) Add(n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n += n
}

// Value returns the number.
func (c *Counter) Value() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

// Reset returns the number and makes it 0, as one step.
func (c *Counter) Reset() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.n
	c.n = 0
	return taken
}
