package workerpool

import (
	"context"

	"scalelab/pkg/lab"
)

// Pool is a fixed number of workers with a queue of limited length in front of them. Any number of goroutines may call its methods at
// the same time. Make one with New.
type Pool struct{}

// New returns a pool of so many workers. It accepts up to queue tasks more than they can run at once. A task that panics is reported
// to onPanic, with the value of the panic. New panics with a message that contains "workerpool" if workers is below 1, queue below 0,
// or onPanic nil.
func New(workers, queue int, onPanic func(any)) *Pool {
	panic(lab.NotImplemented("workerpool", "New"))
}

// Submit hands the task to the pool, and blocks while the pool is full. If it returns nil, the task runs exactly once; if it returns an
// error, never. The error is that of ctx if ctx is done, and ErrShutdown if the pool is shut down, also while Submit is blocked. Submit
// panics with a message that contains "workerpool" if task is nil.
func (p *Pool) Submit(ctx context.Context, task func()) error {
	panic(lab.NotImplemented("workerpool", "Submit"))
}

// TrySubmit is Submit for those who cannot wait: it reports whether the pool has accepted the task, and never blocks.
func (p *Pool) TrySubmit(task func()) bool {
	panic(lab.NotImplemented("workerpool", "TrySubmit"))
}

// Shutdown makes the pool refuse further tasks and releases every blocked Submit. What was accepted still runs. It waits for nobody.
// Shutting down again does nothing.
func (p *Pool) Shutdown() {
	panic(lab.NotImplemented("workerpool", "Shutdown"))
}

// AwaitTermination blocks until the pool is shut down, every accepted task has ended and all workers are gone, and returns nil; or
// until ctx is done, and returns its error.
func (p *Pool) AwaitTermination(ctx context.Context) error {
	panic(lab.NotImplemented("workerpool", "AwaitTermination"))
}
