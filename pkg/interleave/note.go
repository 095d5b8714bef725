package interleave

import "sync"

// Note is a variable of the suite's own, for what it writes down on the way: who is inside, how often something was called. The
// scheduler does not see it: using it is no scheduling point, orders nothing, and is never a data race. Its zero value is ready.
type Note[T any] struct {
	mu    sync.Mutex // of native runs; under the scheduler one goroutine runs at a time
	value T
}

// Get is what was written down last.
func (n *Note[T]) Get() T {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.value
}

// Set writes down v.
func (n *Note[T]) Set(v T) { n.Update(func(T) T { return v }) }

// Update writes down what f makes of the value. f must not use n.
func (n *Note[T]) Update(f func(T) T) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.value = f(n.value)
}
