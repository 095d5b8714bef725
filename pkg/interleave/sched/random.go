package sched

import "math/rand/v2"

// Random is the generator of the running execution: all executions draw the same numbers.
func Random() *rand.Rand {
	s := active.Load()
	if s == nil {
		return fresh()
	}
	if s.random == nil {
		s.random = fresh()
	}
	return s.random
}

func fresh() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// NumTasks counts the tasks that have not ended.
func (s *Scheduler) NumTasks() int {
	n := 0
	for _, t := range s.tasks {
		if !t.done {
			n++
		}
	}
	return n
}
