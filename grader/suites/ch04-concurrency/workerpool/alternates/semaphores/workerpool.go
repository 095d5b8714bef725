package workerpool

import (
	"context"
	"sync"
)

// Pool starts a goroutine for each task that it has accepted. Two semaphores bound them: how many there are, and how many run. Nobody is
// idle, as there is nobody without a task.
type Pool struct {
	accepted semaphore
	running  semaphore
	onPanic  func(any)

	mu    sync.Mutex // guards what follows, and that no task is added after the shutdown
	shut  bool
	tasks sync.WaitGroup
	down  chan struct{}
}

type semaphore chan struct{}

func (s semaphore) release() { <-s }

// New only writes down how many.
func New(workers, queue int, onPanic func(any)) *Pool {
	if workers < 1 || queue < 0 || onPanic == nil {
		panic("workerpool: bad arguments")
	}
	return &Pool{
		accepted: make(semaphore, workers+queue),
		running:  make(semaphore, workers),
		onPanic:  onPanic,
		down:     make(chan struct{}),
	}
}

// Submit waits until one more may be accepted.
func (p *Pool) Submit(ctx context.Context, task func()) error {
	p.check(task)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	select {
	case p.accepted <- struct{}{}:
		if !p.start(task) {
			return ErrShutdown
		}
		return nil
	case <-p.down:
		return ErrShutdown
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TrySubmit does not wait.
func (p *Pool) TrySubmit(task func()) bool {
	p.check(task)
	select {
	case p.accepted <- struct{}{}:
		return p.start(task)
	default:
		return false
	}
}

func (p *Pool) check(task func()) {
	if task == nil {
		panic("workerpool: nothing to do")
	}
}

// start starts an accepted task unless the pool is shut down.
func (p *Pool) start(task func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shut {
		p.accepted.release()
		return false
	}
	p.tasks.Add(1)
	go p.run(task)
	return true
}

// run waits for its turn. What is deferred last is done first: the panic is reported while the task still counts.
func (p *Pool) run(task func()) {
	defer p.tasks.Done()
	defer p.accepted.release()
	p.running <- struct{}{}
	defer p.running.release()
	defer func() {
		if v := recover(); v != nil {
			p.onPanic(v)
		}
	}()
	task()
}

// Shutdown lets nobody start anything.
func (p *Pool) Shutdown() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.shut {
		p.shut = true
		close(p.down)
	}
}

// AwaitTermination waits in another goroutine, which cannot give up but comes to its end with the pool.
func (p *Pool) AwaitTermination(ctx context.Context) error {
	over := make(chan struct{})
	go func() {
		<-p.down
		p.tasks.Wait()
		close(over)
	}()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
