package barrier

import (
	"context"

	"scalelab/pkg/lab"
)

// Latch opens when it has been counted down to 0, and stays open. Any number of goroutines may call its methods at the same time. Make
// one with NewLatch.
type Latch struct{}

// NewLatch returns a latch that opens after n calls of CountDown. It panics with a message that contains "barrier" if n is below 1.
func NewLatch(n int) *Latch {
	panic(lab.NotImplemented("barrier", "NewLatch"))
}

// CountDown lowers the count by one, and opens the latch when that makes it 0. An open latch ignores it. It never blocks.
func (l *Latch) CountDown() {
	panic(lab.NotImplemented("barrier", "CountDown"))
}

// Wait blocks until the latch is open, and returns nil, or until ctx is done, and returns its error. If both is so, it returns nil.
func (l *Latch) Wait(ctx context.Context) error {
	panic(lab.NotImplemented("barrier", "Wait"))
}

// Count returns how often CountDown must still be called.
func (l *Latch) Count() int {
	panic(lab.NotImplemented("barrier", "Count"))
}

// Barrier lets a number of parties wait until all of them have arrived, again and again. Any number of goroutines may call its methods
// at the same time. Make one with NewBarrier.
type Barrier struct{}

// NewBarrier returns a barrier for so many parties. Whoever of them arrives last runs action. It panics with a message that contains
// "barrier" if parties is below 1 or action is nil.
func NewBarrier(parties int, action func()) *Barrier {
	panic(lab.NotImplemented("barrier", "NewBarrier"))
}

// Await blocks until all parties have arrived. It returns how many had arrived before the caller. The last one first runs the action;
// if that panics, the barrier breaks and the panic goes on to its caller. If ctx ends while the caller waits, the barrier breaks, and
// Await returns the context's error. Everybody else who waits, or comes before Reset, gets ErrBroken.
func (b *Barrier) Await(ctx context.Context) (index int, err error) {
	panic(lab.NotImplemented("barrier", "Await"))
}

// Reset makes the barrier like new. Those who wait get ErrBroken.
func (b *Barrier) Reset() {
	panic(lab.NotImplemented("barrier", "Reset"))
}
