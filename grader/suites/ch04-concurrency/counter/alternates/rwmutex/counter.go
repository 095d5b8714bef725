package counter

import "sync"

// Counter lets readers read together and writers write alone.
type Counter struct {
	sync.RWMutex
	n int64
}

// Inc adds 1.
func (c *Counter) Inc() {
	c.Lock()
	c.n++
	c.Unlock()
}

// Add adds n.
func (c *Counter) Add(n int64) {
	c.Lock()
	c.n += n
	c.Unlock()
}

// Value returns the number.
func (c *Counter) Value() int64 {
	c.RLock()
	defer c.RUnlock()
	return c.n
}

// Reset returns the number and makes it 0.
func (c *Counter) Reset() (taken int64) {
	c.Lock()
	defer c.Unlock()
	taken, c.n = c.n, 0
	return taken
}
