package counter

import "scalelab/pkg/lab"

// Counter is a number that any number of goroutines count into at the same time. Its zero value is ready, at 0. It must not be
// copied.
type Counter struct{}

// Inc adds 1.
func (c *Counter) Inc() {
	panic(lab.NotImplemented("counter", "Inc"))
}

// Add adds n, which may be negative.
func (c *Counter) Add(n int64) {
	panic(lab.NotImplemented("counter", "Add"))
}

// Value returns the number.
func (c *Counter) Value() int64 {
	panic(lab.NotImplemented("counter", "Value"))
}

// Reset returns the number and makes it 0, as one step.
func (c *Counter) Reset() int64 {
	panic(lab.NotImplemented("counter", "Reset"))
}
