package sched

// Workers are goroutines that serve task after task, of one execution after the other: a new goroutine has a small stack, and to let it grow
// takes longer than most tasks. Close ends them. A nil *Workers starts a new goroutine for each task.
type Workers struct{ idle []*worker }

type worker struct {
	next chan life
	wake chan struct{}
	once bool
}

// life is what a worker does next.
type life struct {
	s *Scheduler
	t *Task
}

// take returns a worker that waits for a task.
func (w *Workers) take() *worker {
	if w != nil && len(w.idle) > 0 {
		last := len(w.idle) - 1
		taken := w.idle[last]
		w.idle = w.idle[:last]
		return taken
	}
	made := &worker{next: make(chan life, 1), wake: make(chan struct{}, 1), once: w == nil}
	go made.work()
	return made
}

// giveBack takes a worker whose task is over.
func (w *Workers) giveBack(free *worker) {
	select {
	case <-free.wake: // it was woken when it had already ended
	default:
	}
	w.idle = append(w.idle, free)
}

// Close ends the workers that are idle.
func (w *Workers) Close() {
	for _, idle := range w.idle {
		close(idle.next)
	}
	w.idle = nil
}

func (w *worker) work() {
	for l := range w.next {
		l.serve()
		if w.once {
			return
		}
	}
}

// serve lives the task's life and notes that the goroutine has outlived it, unless Goexit ends both.
func (l life) serve() {
	defer close(l.t.exited)
	l.s.live(l.t)
	l.t.lived = true
}
