package workerpool

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
)

// Pool is a fixed number of workers with a queue of limited length in front of them. Any number of goroutines may call its methods at
// the same time. Make one with New.
type Pool struct {
	onPanic func(any)
	places  chan struct{} // a token for each accepted task that has not ended; as large as workers and queue together
	tasks   chan func()   // the accepted tasks that no worker has taken; as large as places, so sending never blocks
	stop    chan struct{} // closed by Shutdown
	working atomic.Int64  // how many workers have not ended
	gone    chan struct{} // closed by the last worker

	mu   sync.Mutex
	shut bool // guarded by mu; nothing is sent on tasks any more
}

// New returns a pool of so many workers. It accepts up to queue tasks more than they can run at once. A task that panics is reported
// to onPanic, with the value of the panic. New panics with a message that contains "workerpool" if workers is below 1, queue below 0,
// or onPanic nil.
func New(workers, queue int, onPanic func(any)) *Pool {
	if workers < 1 || queue < 0 || onPanic == nil {
		panic(fmt.Sprintf("workerpool: New(%d, %d, …) needs a worker, a queue of 0 or more places, and an onPanic", workers, queue))
	}
	p := &Pool{
		onPanic: onPanic,
		places:  make(chan struct{}, workers+queue),
		tasks:   make(chan func(), workers+queue),
		stop:    make(chan struct{}),
		gone:    make(chan struct{}),
	}
	p.working.Store(int64(workers))
	for range workers {
		go p.work()
	}
	return p
}

// Submit hands the task to the pool, and blocks while the pool is full. If it returns nil, the task runs exactly once; if it returns an
// error, never. The error is that of ctx if ctx is done, and ErrShutdown if the pool is shut down, also while Submit is blocked. Submit
// panics with a message that contains "workerpool" if task is nil.
func (p *Pool) Submit(ctx context.Context, task func()) error {
	mustBeTask(task)
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case p.places <- struct{}{}:
		return p.accept(task)
	case <-ctx.Done():
		return ctx.Err()
	case <-p.stop:
		return ErrShutdown
	}
}

// TrySubmit is Submit for those who cannot wait: it reports whether the pool has accepted the task, and never blocks.
func (p *Pool) TrySubmit(task func()) bool {
	mustBeTask(task)
	select {
	case p.places <- struct{}{}:
		return p.accept(task) == nil
	default:
		return false
	}
}

func mustBeTask(task func()) {
	if task == nil {
		panic("workerpool: there is no task to submit")
	}
}

// accept queues a task that has a place. The lock makes sure that nobody sends on tasks when it is closed.
func (p *Pool) accept(task func()) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shut {
		<-p.places
		return ErrShutdown
	}
	p.tasks <- task
	return nil
}

// work is the life of a worker. A task keeps its place until it has ended.
func (p *Pool) work() {
	for task := range p.tasks { // to the end, also after Shutdown
		p.run(task)
		<-p.places
	}
	if p.working.Add(-1) == 0 {
		close(p.gone)
	}
}

// run calls the task. Its panic ends here.
func (p *Pool) run(task func()) {
	defer func() {
		if v := recover(); v != nil {
			p.onPanic(v)
		}
	}()
	task()
}

// Shutdown makes the pool refuse further tasks and releases every blocked Submit. What was accepted still runs. It waits for nobody.
// Shutting down again does nothing.
func (p *Pool) Shutdown() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shut {
		return
	}
	p.shut = true
	close(p.stop)
	close(p.tasks)
}

// AwaitTermination blocks until the pool is shut down, every accepted task has ended and all workers are gone, and returns nil; or
// until ctx is done, and returns its error.
func (p *Pool) AwaitTermination(ctx context.Context) error {
	select {
	case <-p.gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
