package sched

import "github.com/petermattis/goid"

// guard notices an operation of a goroutine that is not the running task's.
func (s *Scheduler) guard(t *Task) {
	if t.goid != goid.Get() {
		s.stranger()
	}
}

func (s *Scheduler) stranger() {
	s.Fail(Failure{Kind: Unjudged, Task: -1, Site: callSite(), Message: "an operation was called from a goroutine that the scheduler does not know"})
}
