package join_test

import (
	"context"
	"fmt"
	"sync"

	"scalelab/labs/ch04-concurrency/join"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

// options leave it to TestLeavesNoGoroutine to judge what is left behind. No right All needs nearly as many steps.
var options = interleave.Options{Leftovers: true, Steps: 2500, Random: 200, Schedules: 600}

// explore plays a scene in many orders.
func explore(t *check.T, play func(s *scene)) {
	t.Helper()
	interleave.Explore(t, options, func(x *interleave.Run) { play(&scene{x: x}) })
}

// scene is one call of All in one execution.
type scene struct {
	x        *interleave.Run
	tasks    []*task
	call     sync.WaitGroup        // the manager who calls All in a goroutine of her own
	returned interleave.Note[bool] // her call
}

// task is one task, and what is known about it. The scheduler does not see the notes.
type task struct {
	number       int
	began, ended interleave.Note[int] // how often
}

func (t *task) runs() bool { return t.began.Get() > t.ended.Get() }

// work is what tasks do; number tells which one it is.
type work func(ctx context.Context, number int) (string, error)

// all calls All with so many tasks, which all do the same.
func (s *scene) all(ctx context.Context, limit, tasks int, does work) ([]string, error) {
	return s.askAll(ctx, limit, s.list(tasks, does))
}

// askAll calls All in such a way that a picture shows it.
func (s *scene) askAll(ctx context.Context, limit int, list []func(context.Context) (string, error)) ([]string, error) {
	what := fmt.Sprintf("All(ctx, %d, %d tasks)", limit, len(list))
	a := interleave.Call(s.x, len(list), what, func() answer {
		results, err := join.All(ctx, limit, list...)
		return answer{results, err}
	})
	return a.results, a.err
}

// answer is what All returns, as a picture shows it.
type answer struct {
	results []string
	err     error
}

func (a answer) String() string {
	if a.err != nil {
		return fmt.Sprintf("error %q", a.err)
	}
	return fmt.Sprintf("%q", a.results)
}

// start lets a manager call All, so that main can look on.
func (s *scene) start(limit, tasks int, does work) {
	list := s.list(tasks, does)
	s.x.Name(&s.call, "the manager")
	s.call.Add(1)
	s.x.Go("manager", func() {
		s.askAll(context.Background(), limit, list)
		s.returned.Set(true)
		s.call.Done()
	})
}

// list makes so many tasks, which all do the same.
func (s *scene) list(tasks int, does work) []func(context.Context) (string, error) {
	list := make([]func(context.Context) (string, error), tasks)
	for number := range list {
		t := &task{number: number}
		s.tasks = append(s.tasks, t)
		list[number] = func(ctx context.Context) (string, error) { return s.run(ctx, t, does) }
	}
	return list
}

// run is the task itself. Once it has begun, anything may happen to the others before it goes on.
func (s *scene) run(ctx context.Context, t *task, does work) (string, error) {
	add(&t.began, 1)
	defer add(&t.ended, 1)
	o := interleave.Call(s.x, t.number, fmt.Sprint("task ", t.number), func() outcome {
		result, err := does(ctx, t.number)
		return outcome{result, err}
	})
	return o.result, o.err
}

func add(n *interleave.Note[int], more int) { n.Update(func(n int) int { return n + more }) }

// outcome is what a task returns, as a picture shows it.
type outcome struct {
	result string
	err    error
}

func (o outcome) String() string {
	if o.err != nil {
		return fmt.Sprintf("error %q", o.err)
	}
	return fmt.Sprintf("%q", o.result)
}

// running is how many tasks are running, started how many have ever been started.
func (s *scene) running() (n int) {
	for _, t := range s.tasks {
		if t.runs() {
			n++
		}
	}
	return n
}

func (s *scene) started() (n int) {
	for _, t := range s.tasks {
		n += t.began.Get()
	}
	return n
}

// nobodyIsOut demands that no task is running any more.
func (s *scene) nobodyIsOut(why string) {
	for _, t := range s.tasks {
		if t.runs() {
			s.x.Errorf("%s All has returned, but task %d is still running", why, t.number)
		}
	}
}
