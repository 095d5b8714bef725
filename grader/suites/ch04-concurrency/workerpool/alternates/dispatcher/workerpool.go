package workerpool

import "context"

// Pool has no lock: everything that changes belongs to one goroutine, the dispatcher, and the others talk to it.
type Pool struct {
	submitted chan func()   // to the dispatcher, which listens while there is room
	assigned  chan func()   // from the dispatcher to a worker
	finished  chan struct{} // from a worker to the dispatcher
	shutdowns chan struct{} // a place for one: whoever takes it may close closed
	closed    chan struct{}
	done      chan struct{} // closed when all workers are gone
}

// New starts the dispatcher and the workers.
func New(workers, queue int, onPanic func(any)) *Pool {
	if workers < 1 {
		panic("workerpool: at least one worker")
	}
	if queue < 0 {
		panic("workerpool: at least no queue")
	}
	if onPanic == nil {
		panic("workerpool: who is told about panics?")
	}
	p := &Pool{
		submitted: make(chan func()),
		assigned:  make(chan func()),
		finished:  make(chan struct{}),
		shutdowns: make(chan struct{}, 1),
		closed:    make(chan struct{}),
		done:      make(chan struct{}),
	}
	for range workers {
		go p.worker(onPanic)
	}
	go p.dispatch(workers, workers+queue)
	return p
}

// dispatch listens only to what it can deal with now: a case with a nil channel is never ready.
func (p *Pool) dispatch(workers, limit int) {
	var waiting []func()
	running, closed := 0, p.closed
	for closed != nil || running+len(waiting) > 0 {
		submitted, assigned := p.submitted, p.assigned
		if closed == nil || running+len(waiting) == limit {
			submitted = nil
		}
		var next func()
		if len(waiting) > 0 {
			next = waiting[0]
		} else {
			assigned = nil
		}
		select {
		case task := <-submitted:
			waiting = append(waiting, task)
		case assigned <- next:
			waiting = waiting[1:]
			running++
		case <-p.finished:
			running--
		case <-closed:
			closed = nil
		}
	}
	close(p.assigned)
	for range workers {
		<-p.finished
	}
	close(p.done)
}

// worker says once more that it has finished when it goes.
func (p *Pool) worker(onPanic func(any)) {
	for task := range p.assigned {
		guarded(task, onPanic)
		p.finished <- struct{}{}
	}
	p.finished <- struct{}{}
}

func guarded(task func(), onPanic func(any)) {
	defer func() {
		if problem := recover(); problem != nil {
			onPanic(problem)
		}
	}()
	task()
}

// Submit talks to the dispatcher as soon as that listens.
func (p *Pool) Submit(ctx context.Context, task func()) error {
	if task == nil {
		panic("workerpool: Submit without a task")
	}
	select {
	case <-p.closed:
		return ErrShutdown
	case <-ctx.Done():
		return ctx.Err()
	default:
	}
	select {
	case p.submitted <- task:
		return nil
	case <-p.closed:
		return ErrShutdown
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TrySubmit talks to the dispatcher if that listens.
func (p *Pool) TrySubmit(task func()) bool {
	if task == nil {
		panic("workerpool: TrySubmit without a task")
	}
	select {
	case <-p.closed:
		return false
	default:
	}
	select {
	case p.submitted <- task:
		return true
	default:
		return false
	}
}

// Shutdown closes a channel that everybody listens to.
func (p *Pool) Shutdown() {
	select {
	case p.shutdowns <- struct{}{}:
		close(p.closed)
	default:
		<-p.closed // somebody else is about to close it
	}
}

// AwaitTermination waits for the dispatcher's last act.
func (p *Pool) AwaitTermination(ctx context.Context) error {
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
