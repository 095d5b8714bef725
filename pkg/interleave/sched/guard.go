package sched

import (
	"bytes"
	"runtime"
	"strconv"
)

// guard notices an operation of a goroutine that is not the running task's, where the configuration asks it to look.
func (s *Scheduler) guard(t *Task) {
	if s.cfg.CheckGoroutine && t.goid != goroutineID() {
		s.stranger()
	}
}

func (s *Scheduler) stranger() {
	s.Fail(Failure{Kind: Unjudged, Task: -1, Site: callSite(), Message: "an operation was called from a goroutine that the scheduler does not know"})
}

// goroutineID reads the number from the first line of the stack: there is no other way, and it is slow.
func goroutineID() uint64 {
	var buf [64]byte
	line := buf[:runtime.Stack(buf[:], false)]
	line = bytes.TrimPrefix(line, []byte("goroutine "))
	id, _ := strconv.ParseUint(string(line[:max(bytes.IndexByte(line, ' '), 0)]), 10, 64)
	return id
}
