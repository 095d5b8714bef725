// Package sync stands in for the standard library's sync in code under control: the same names, the same rules, the same words on
// misuse, but whoever has to wait waits in the scheduler, and every operation is a scheduling point.
//
// Order of waiters: any goroutine that waits for a Mutex may get it; a Cond wakes in the order of waiting; a waiting writer of an
// RWMutex holds up new readers, and the readers that waited for a writer come in together when it leaves. All as in Go.
package sync

import (
	"sync"

	"scalelab/pkg/interleave/sched"
)

// Locker is the standard library's.
type Locker = sync.Locker

// enter is the running execution, or nil outside one, where an operation acts at once.
func enter() *sched.Scheduler { return sched.Current() }

// fatal ends the program on misuse; it cannot be recovered.
func fatal(s *sched.Scheduler, text string) {
	if s == nil {
		panic("fatal error: " + text)
	}
	s.Fatal(text)
}

// wouldBlock is called outside an execution, where nobody could ever wake the caller.
func wouldBlock() { panic("interleave: a lock operation outside Explore would block") }
