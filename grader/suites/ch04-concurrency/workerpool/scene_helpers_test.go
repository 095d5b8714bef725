package workerpool_test

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch04-concurrency/workerpool"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

// Both leave it to TestLeavesNoGoroutine to judge what is left behind.
var (
	many = interleave.Options{Leftovers: true, Random: 150, Schedules: 250}
	few  = interleave.Options{Leftovers: true, Random: 100, Preemptions: -1} // where one goroutine does everything
)

// scene is one pool in one execution, and those who use it.
type scene struct {
	*workerpool.Pool
	x       *interleave.Run
	workers int
	queue   int
	others  sync.WaitGroup // those whom start has started
	running sync.WaitGroup // the tasks that are going to run
	gate    chan struct{}  // at which tasks wait

	tasks    []*task
	inside   interleave.Note[int] // so many tasks are running
	reported interleave.Note[[]string]
}

// task is a task and what becomes of it.
type task struct {
	name     string
	run      func()
	runs     interleave.Note[int]
	ended    interleave.Note[bool]
	accepted interleave.Note[bool]
	refused  interleave.Note[bool]
}

// explore plays a scene with a new pool in many orders.
func explore(t *check.T, o interleave.Options, workers, queue int, play func(s *scene)) {
	t.Helper()
	interleave.Explore(t, o, func(x *interleave.Run) {
		s := &scene{x: x, workers: workers, queue: queue, gate: make(chan struct{})}
		x.Name(s.gate, "the gate")
		x.Name(&s.running, "the end of all accepted tasks")
		x.Name(&s.others, "the others")
		s.Pool = workerpool.New(workers, queue, func(v any) {
			s.reported.Update(func(all []string) []string { return append(all, shown(v)) })
		})
		play(s)
	})
}

// task makes a task that does something. It is counted among those that are going to run when it is accepted.
func (s *scene) task(does func()) *task {
	k := &task{name: fmt.Sprint("task ", len(s.tasks)+1)}
	s.tasks = append(s.tasks, k)
	s.running.Add(1)
	k.run = func() {
		if k.runs.Update(func(n int) int { return n + 1 }); k.runs.Get() > 1 {
			s.x.Errorf("%s runs for the second time", k.name)
		}
		if k.refused.Get() {
			s.x.Errorf("%s runs, but the pool has refused it: tasks that are not accepted never run", k.name)
		}
		s.inside.Update(func(n int) int { return n + 1 })
		defer func() {
			s.inside.Update(func(n int) int { return n - 1 })
			k.ended.Set(true)
			s.running.Done()
		}()
		does()
	}
	return k
}

// gated makes a task that ends when it is let through the gate.
func (s *scene) gated() *task { return s.task(func() { <-s.gate }) }

// start lets somebody act at the same time as everybody else.
func (s *scene) start(name string, act func()) {
	s.others.Add(1)
	s.x.Go(name, func() {
		defer s.others.Done()
		act()
	})
}

// submit submits a task and notes whether it was accepted.
func (s *scene) submit(ctx context.Context, k *task) error {
	err := s.Submit(ctx, k.run)
	s.note(k, err == nil)
	return err
}

func (s *scene) trySubmit(k *task) bool {
	accepted := s.TrySubmit(k.run)
	s.note(k, accepted)
	return accepted
}

func (s *scene) note(k *task, accepted bool) {
	k.accepted.Set(accepted)
	k.refused.Set(!accepted)
	if accepted {
		return
	}
	if k.runs.Get() > 0 {
		s.x.Errorf("the pool has refused %s, but it has run: tasks that are not accepted never run", k.name)
	}
	s.running.Done()
}

// submits submits tasks, each of which must be accepted.
func (s *scene) submits(tasks ...*task) {
	for _, k := range tasks {
		require.Equal(s.x, "nil", name(s.submit(context.Background(), k)), "what Submit returned for %s", k.name)
	}
}

// fill submits as many tasks as the pool can have. They wait at the gate.
func (s *scene) fill() {
	for range s.workers + s.queue {
		s.submits(s.gated())
	}
}

// tasksEnd waits for the tasks that were accepted.
func (s *scene) tasksEnd() { s.running.Wait() }

// errTooBright is an error that a task panics with.
var errTooBright = errors.New("too bright")

// shown is what reports say of a value that a task panicked with: our tasks panic with strings and with errTooBright.
func shown(v any) string {
	if v == errTooBright {
		return "the error of the panic, too bright"
	}
	switch v := v.(type) {
	case nil:
		return "nil"
	case string:
		return v
	}
	return fmt.Sprintf("a %T, %v", v, v)
}

// name is what an error must be recognised as.
func name(err error) string {
	switch {
	case err == nil:
		return "nil"
	case errors.Is(err, workerpool.ErrShutdown):
		return "ErrShutdown"
	case errors.Is(err, context.Canceled):
		return "context.Canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return "context.DeadlineExceeded"
	}
	return "another error"
}
