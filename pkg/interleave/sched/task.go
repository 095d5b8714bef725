package sched

import (
	"fmt"
	"runtime"
	"slices"

	"github.com/petermattis/goid"
)

// Waiter is what a blocked task waits for. Ready is asked at every scheduling point and must have no effect.
type Waiter interface{ Ready() bool }

// Task is one goroutine of the program under control.
type Task struct {
	ID    int
	Name  string
	Start *Site // of its go statement; nil for the main task

	clock  Clock
	wait   Waiter // nil: can go on
	op     string // what it is about to do or waits in
	obj    *ObjectInfo
	site   *Site
	spins  int
	goid   int64
	done   bool
	exits  bool // left by Goexit
	wake   chan struct{}
	exited chan struct{}
	worker *worker // whose goroutine it is
	lived  bool    // its goroutine has come back, and can serve another task
	body   func()
	from   int // the event that made it, +1
}

func (t *Task) runnable() bool { return !t.done && (t.wait == nil || t.wait.Ready()) }

// maxTasks bounds the goroutines of one execution.
const maxTasks = 2000

// spawn makes a task that starts when it is first picked. What its creator did so far happens before its first step.
func (s *Scheduler) spawn(name string, site *Site, body func()) *Task {
	if len(s.tasks) >= maxTasks {
		s.Fail(Failure{Kind: ResourceLimit, Message: fmt.Sprintf("more than %d goroutines", maxTasks), Site: site})
	}
	t := &Task{ID: len(s.tasks), Name: name, Start: site, site: site, op: "start", body: body, exited: make(chan struct{})}
	t.Name = s.unused(t)
	if s.cur != nil {
		s.Release(&t.clock)
	}
	t.tick()
	s.tasks = append(s.tasks, t)
	t.worker = s.cfg.Workers.take()
	t.wake = t.worker.wake
	t.worker.next <- life{s, t}
	return t
}

// unused is a name for t that no other task has.
func (s *Scheduler) unused(t *Task) string {
	if t.Name == "" {
		return fmt.Sprintf("goroutine %d", t.ID)
	}
	name := t.Name
	for n := 2; slices.ContainsFunc(s.tasks, func(o *Task) bool { return o.Name == name }); n++ {
		name = fmt.Sprintf("%s %d", t.Name, n)
	}
	return name
}

// live is the whole life of a task. It may end in Goexit, and its goroutine with it.
func (s *Scheduler) live(t *Task) {
	<-t.wake
	if s.unwinding {
		return
	}
	returned := false
	defer func() {
		value := recover()
		switch {
		case s.unwinding: // also a panic of a deferred function that is being unwound
		case value != nil:
			s.crash(t, value)
		default:
			t.exits = !returned
			s.finish(t)
		}
	}()
	t.goid = goid.Get()
	s.begun(t)
	t.body()
	returned = true
}

// crash ends the execution with an unrecovered panic, as Go ends the process.
func (s *Scheduler) crash(t *Task, value any) {
	site := panicSite()
	if site == nil {
		site = t.site
	}
	text := PanicText(value)
	s.event("panic", nil, site, text)
	s.end(Failure{Kind: Panic, Message: "panic: " + text, Task: t.ID, Site: site})
}

// finish marks t as done and hands the baton on.
func (s *Scheduler) finish(t *Task) {
	if t.ID == 0 {
		s.bodyDone = !t.exits
		s.bodyOver = true
	}
	t.done = true
	s.event("exit", nil, nil, "")
	s.reschedule(t, false)
}

// panicSite finds where in rewritten code the panic that is being recovered began.
func panicSite() *Site {
	var pcs [64]uintptr
	n := runtime.Callers(3, pcs[:])
	for _, pc := range pcs[:n] {
		if site := resolve(pc); site != nil {
			return site
		}
	}
	return nil
}

// begun records the first step of a task that another one started.
func (s *Scheduler) begun(t *Task) {
	if t.from > 0 {
		s.causedBy(s.event("start", nil, t.Start, ""), t.from)
	}
	t.site = nil
}
