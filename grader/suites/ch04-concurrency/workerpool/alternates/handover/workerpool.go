package workerpool

import (
	"container/list"
	"context"
	"sync"
)

// Pool keeps a list of the Submits that are blocked. Whoever makes room accepts the task of the first one and tells it; whoever gives up
// takes itself off the list. Workers are started when there is something to do, and go when there is not.
type Pool struct {
	workers int
	queue   int
	onPanic func(any)

	mu      sync.Mutex
	working int
	waiting list.List // of func(): accepted
	blocked list.List // of *request: not accepted
	closed  bool
	over    chan struct{} // closed when closed and nobody works
}

// request is a Submit that is blocked.
type request struct {
	task   func()
	answer chan error // has a place
}

// New starts nobody.
func New(workers, queue int, onPanic func(any)) *Pool {
	if workers < 1 || queue < 0 || onPanic == nil {
		panic("workerpool.New: invalid argument")
	}
	return &Pool{workers: workers, queue: queue, onPanic: onPanic, over: make(chan struct{})}
}

// accept takes the task if there is room. The lock must be held.
func (p *Pool) accept(task func()) bool {
	switch {
	case p.working < p.workers:
		p.working++
		go p.work(task)
	case p.waiting.Len() < p.queue:
		p.waiting.PushBack(task)
	default:
		return false
	}
	return true
}

// work runs a task, and then whatever waits.
func (p *Pool) work(task func()) {
	for ; task != nil; task = p.next() {
		p.call(task)
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

// next returns the next task for a worker, or nil if there is none: then the worker is gone.
func (p *Pool) next() func() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if first := p.blocked.Front(); first != nil {
		r := p.blocked.Remove(first).(*request)
		p.waiting.PushBack(r.task)
		r.answer <- nil
	}
	if first := p.waiting.Front(); first != nil {
		return p.waiting.Remove(first).(func())
	}
	p.working--
	p.end()
	return nil
}

// end says that it is over if it is. The lock must be held.
func (p *Pool) end() {
	if p.closed && p.working == 0 {
		close(p.over)
	}
}

// Submit waits for an answer.
func (p *Pool) Submit(ctx context.Context, task func()) error {
	if task == nil {
		panic("workerpool.Submit: nil task")
	}
	p.mu.Lock()
	if err := ctx.Err(); err != nil || p.closed || p.accept(task) {
		defer p.mu.Unlock()
		if err == nil && p.closed {
			err = ErrShutdown
		}
		return err
	}
	r := &request{task: task, answer: make(chan error, 1)}
	place := p.blocked.PushBack(r)
	p.mu.Unlock()
	select {
	case err := <-r.answer:
		return err
	case <-ctx.Done():
		return p.giveUp(ctx, r, place)
	}
}

// giveUp takes a request off the list, unless it has been answered meanwhile: that answer counts.
func (p *Pool) giveUp(ctx context.Context, r *request, place *list.Element) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case err := <-r.answer:
		return err
	default:
		p.blocked.Remove(place)
		return ctx.Err()
	}
}

// TrySubmit looks under the lock.
func (p *Pool) TrySubmit(task func()) bool {
	if task == nil {
		panic("workerpool.TrySubmit: nil task")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.closed && p.accept(task)
}

// Shutdown answers everybody who is blocked.
func (p *Pool) Shutdown() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	for place := p.blocked.Front(); place != nil; place = p.blocked.Front() {
		p.blocked.Remove(place).(*request).answer <- ErrShutdown
	}
	p.end()
}

// AwaitTermination waits until it is over.
func (p *Pool) AwaitTermination(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-p.over:
		return nil
	}
}
