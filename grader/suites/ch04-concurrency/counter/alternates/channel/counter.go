package counter

import "sync"

// Counter keeps its number in a channel that holds exactly one: whoever has received it owns it until she sends one back.
type Counter struct {
	made   sync.Once
	number chan int64
}

// own takes the number out; the caller must put one back.
func (c *Counter) own() int64 {
	c.made.Do(func() {
		c.number = make(chan int64, 1)
		c.number <- 0
	})
	return <-c.number
}

// Inc adds 1.
func (c *Counter) Inc() { c.Add(1) }

// Add adds n.
func (c *Counter) Add(n int64) {
	was := c.own()
	c.number <- was + n
}

// Value returns the number.
func (c *Counter) Value() int64 {
	n := c.own()
	c.number <- n
	return n
}

// Reset puts 0 back.
func (c *Counter) Reset() int64 {
	taken := c.own()
	c.number <- 0
	return taken
}
