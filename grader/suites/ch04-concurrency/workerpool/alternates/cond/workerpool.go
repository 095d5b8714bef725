package workerpool

import (
	"context"
	"fmt"
	"sync"
)

// Pool is a slice of tasks, three numbers, a lock, and one condition on which everybody waits.
type Pool struct {
	mu      sync.Mutex
	changed *sync.Cond

	waiting  []func()
	running  int
	limit    int // of waiting and running together
	alive    int // workers
	shutDown bool
	onPanic  func(any)
}

// New starts the workers.
func New(workers, queue int, onPanic func(any)) *Pool {
	if workers < 1 || queue < 0 || onPanic == nil {
		panic("New of workerpool called with arguments that make no sense")
	}
	p := &Pool{limit: workers + queue, alive: workers, onPanic: onPanic}
	p.changed = sync.NewCond(&p.mu)
	for range workers {
		go p.worker()
	}
	return p
}

// worker holds the lock except while it runs a task.
func (p *Pool) worker() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		for len(p.waiting) == 0 && !p.shutDown {
			p.changed.Wait()
		}
		if len(p.waiting) == 0 {
			p.alive--
			p.changed.Broadcast()
			return
		}
		task := p.waiting[0]
		p.waiting = p.waiting[1:]
		p.running++
		p.mu.Unlock()
		p.call(task)
		p.mu.Lock()
		p.running--
		p.changed.Broadcast()
	}
}

func (p *Pool) call(task func()) {
	defer func() {
		if v := recover(); v != nil {
			p.onPanic(v)
		}
	}()
	task()
}

// full tells whether there is no room. The lock must be held.
func (p *Pool) full() bool { return len(p.waiting)+p.running == p.limit }

// Submit waits for room.
func (p *Pool) Submit(ctx context.Context, task func()) error {
	if task == nil {
		panic("Submit of workerpool called without a task")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	err := p.waitUntil(ctx, func() bool { return p.shutDown || !p.full() })
	switch {
	case err != nil:
		return fmt.Errorf("submit: %w", err)
	case p.shutDown:
		return fmt.Errorf("submit: %w", ErrShutdown)
	}
	p.waiting = append(p.waiting, task)
	p.changed.Broadcast()
	return nil
}

// TrySubmit looks for room.
func (p *Pool) TrySubmit(task func()) bool {
	if task == nil {
		panic("TrySubmit of workerpool called without a task")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shutDown || p.full() {
		return false
	}
	p.waiting = append(p.waiting, task)
	p.changed.Broadcast()
	return true
}

// Shutdown wakes everybody.
func (p *Pool) Shutdown() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shutDown = true
	p.changed.Broadcast()
}

// AwaitTermination waits until no worker is alive.
func (p *Pool) AwaitTermination(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waitUntil(ctx, func() bool { return p.alive == 0 })
}

// waitUntil waits for a condition, with the lock held, and returns the context's error if that is done, even if the condition holds.
func (p *Pool) waitUntil(ctx context.Context, holds func() bool) error {
	stop := context.AfterFunc(ctx, func() {
		p.mu.Lock() // so that nobody is between looking and waiting
		defer p.mu.Unlock()
		p.changed.Broadcast()
	})
	defer stop()
	for ctx.Err() == nil && !holds() {
		p.changed.Wait()
	}
	return ctx.Err()
}
