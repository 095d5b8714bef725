package workerpool

import (
	"context"
	"fmt"
	"sync"
)

// Pool closes its channel when nobody sends any more: whoever sends is counted, and after Shutdown nobody begins to.
type Pool struct {
	tasks   chan func()
	quit    chan struct{}
	stopped chan struct{}

	mu      sync.Mutex
	closed  bool
	senders sync.WaitGroup
}

// New starts the workers. Each task is called by a function that survives its panic.
func New(workers, queue int, onPanic func(any)) *Pool {
	if workers < 1 || queue < 0 {
		panic(fmt.Sprintf("workerpool: %d workers with a queue of %d", workers, queue))
	}
	if onPanic == nil {
		panic("workerpool: onPanic must not be nil")
	}
	p := &Pool{tasks: make(chan func(), queue), quit: make(chan struct{}), stopped: make(chan struct{})}
	var wg sync.WaitGroup
	wg.Add(workers)
	for i := 0; i < workers; i++ {
		go func() {
			defer wg.Done()
			for task := range p.tasks {
				func() {
					defer func() {
						if r := recover(); r != nil {
							onPanic(r)
						}
					}()
					task()
				}()
			}
		}()
	}
	go func() {
		wg.Wait()
		close(p.stopped)
	}()
	return p
}

// enter counts somebody who is going to send, unless it is too late for that.
func (p *Pool) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.senders.Add(1)
	return true
}

// Submit counts as sending while it is blocked.
func (p *Pool) Submit(ctx context.Context, task func()) error {
	if task == nil {
		panic("workerpool: Submit(nil)")
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("workerpool: submit: %w", err)
	}
	if !p.enter() {
		return ErrShutdown
	}
	defer p.senders.Done()
	select {
	case p.tasks <- task:
		return nil
	case <-p.quit:
		return ErrShutdown
	case <-ctx.Done():
		return fmt.Errorf("workerpool: submit: %w", ctx.Err())
	}
}

// TrySubmit counts as sending for a moment.
func (p *Pool) TrySubmit(task func()) bool {
	if task == nil {
		panic("workerpool: TrySubmit(nil)")
	}
	if !p.enter() {
		return false
	}
	defer p.senders.Done()
	select {
	case p.tasks <- task:
		return true
	default:
		return false
	}
}

// Shutdown leaves the waiting to a goroutine.
func (p *Pool) Shutdown() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	close(p.quit)
	go func() {
		p.senders.Wait()
		close(p.tasks)
	}()
}

// AwaitTermination waits for the last worker.
func (p *Pool) AwaitTermination(ctx context.Context) error {
	select {
	case <-p.stopped:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
