package workerpool_test

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/check"
)

func TestEveryTaskRunsOnce(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, size := range []struct{ workers, queue int }{{1, 0}, {2, 1}} {
			explore(t, many, size.workers, size.queue, func(s *scene) {
				for point := range 2 {
					first, second := s.task(func() {}), s.task(func() {})
					s.start(fmt.Sprint("photo point ", point+1), func() { s.submits(first, second) })
				}
				s.others.Wait()
				s.tasksEnd()
			})
		}
	})
}

func TestNeverMoreThanWorkersAtOnce(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, workers := range []int{1, 2} {
			explore(t, many, workers, 2, func(s *scene) {
				for range workers + 2 {
					s.submits(s.task(func() {
						runtime.Gosched() // the others may be faster
						if n := s.inside.Get(); n > workers {
							s.x.Errorf("%d tasks are running at the same time in a pool of %d", n, workers)
						}
					}))
				}
				s.tasksEnd()
			})
		}
	})
}

func TestAllWorkersAreUsed(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, queue := range []int{0, 2} {
			explore(t, many, 2, queue, func(s *scene) {
				s.meet()
				s.meet()
			})
		}
		explore(t, many, 2, 2, func(s *scene) {
			var quick sync.WaitGroup
			s.x.Name(&quick, "the tasks that need not wait for the gate")
			quick.Add(2)
			s.submits(s.gated(), s.task(quick.Done), s.task(quick.Done))
			quick.Wait() // one worker waits at the gate, the other one runs everything else
			close(s.gate)
			s.tasksEnd()
		})
	})
}

// meet submits as many tasks as there are workers. Each ends when all of them are running.
func (s *scene) meet() {
	var all sync.WaitGroup
	s.x.Name(&all, "the other task to run beside it")
	all.Add(s.workers)
	for range s.workers {
		s.submits(s.task(func() { all.Done(); all.Wait() }))
	}
	s.tasksEnd()
}

func TestPanicCostsNoWorker(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, many, 1, 1, func(s *scene) {
			s.submits(s.task(func() { panic("too dark") }), s.task(func() { panic(errTooBright) }), s.task(func() {}))
			s.tasksEnd()
			s.x.Settle()
			require.Equal(s.x, []string{shown(errTooBright), "too dark"}, slices.Sorted(slices.Values(s.reported.Get())), "what onPanic was called with")
		})
		explore(t, many, 2, 1, func(s *scene) {
			s.submits(s.task(func() { panic("too dark") }), s.task(func() { panic("too bright") }))
			s.meet()
		})
	})
}
