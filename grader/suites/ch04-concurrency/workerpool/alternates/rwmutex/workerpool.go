package workerpool

import (
	"context"
	"errors"
	"sync"
)

// Pool has its queue in a channel that Shutdown closes. Whoever sends holds the lock for reading, so the channel is closed only when
// nobody sends. So that this is soon, Shutdown first sends everybody away who is blocked.
type Pool struct {
	onPanic func(any)
	queue   chan func()
	closing chan struct{}
	over    chan struct{}

	shutdown sync.Once
	sending  sync.RWMutex
}

// New starts the workers, and one more goroutine that waits for them.
func New(workers, queue int, onPanic func(any)) *Pool {
	switch {
	case workers <= 0:
		panic(errors.New("workerpool: no workers"))
	case queue < 0:
		panic(errors.New("workerpool: negative queue"))
	case onPanic == nil:
		panic(errors.New("workerpool: onPanic is nil"))
	}
	p := &Pool{onPanic: onPanic, queue: make(chan func(), queue), closing: make(chan struct{}), over: make(chan struct{})}
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for task := range p.queue {
				p.try(task)
			}
		})
	}
	go func() {
		all.Wait()
		close(p.over)
	}()
	return p
}

func (p *Pool) try(task func()) {
	defer func() {
		if r := recover(); r != nil {
			p.onPanic(r)
		}
	}()
	task()
}

// Submit blocks with the lock held for reading.
func (p *Pool) Submit(ctx context.Context, task func()) error {
	if task == nil {
		panic("workerpool: nil task")
	}
	p.sending.RLock()
	defer p.sending.RUnlock()
	if p.isClosing() {
		return ErrShutdown
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	select {
	case p.queue <- task:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-p.closing:
		return ErrShutdown
	}
}

// TrySubmit sends if somebody or something can take the task now.
func (p *Pool) TrySubmit(task func()) bool {
	if task == nil {
		panic("workerpool: nil task")
	}
	p.sending.RLock()
	defer p.sending.RUnlock()
	if p.isClosing() {
		return false
	}
	select {
	case p.queue <- task:
		return true
	default:
		return false
	}
}

func (p *Pool) isClosing() bool {
	select {
	case <-p.closing:
		return true
	default:
		return false
	}
}

// Shutdown waits for those who send, but they no longer wait for anything.
func (p *Pool) Shutdown() {
	p.shutdown.Do(func() {
		close(p.closing)
		p.sending.Lock()
		defer p.sending.Unlock()
		close(p.queue)
	})
}

// AwaitTermination looks at the end first.
func (p *Pool) AwaitTermination(ctx context.Context) error {
	select {
	case <-p.over:
		return nil
	default:
	}
	select {
	case <-p.over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
