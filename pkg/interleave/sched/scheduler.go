package sched

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// Config says how one execution is run. Two executions of the same code with equal configurations and picks are identical.
type Config struct {
	Steps       int             // more than that many steps are a livelock
	FairAfter   int             // from that step on tasks take turns, so that a livelock is never an unfair pick's fault
	YieldAt     map[string]bool // places (Site.String) whose memory accesses are scheduling points
	YieldUnlock bool            // unlocking is a scheduling point: needed as soon as somebody tries locks
	Trace       bool            // record events

	Workers *Workers // whose goroutines serve the tasks; may be nil
}

// Picker decides what is left open. A picker serves one execution.
type Picker interface {
	// Task returns an index into options, ids of tasks that can go on. current is the index of the task that ran last, or -1 if
	// it cannot go on; there may be only one option. Picking another than current is a pre-emption. preemptions counts those so far.
	Task(options []int, current, preemptions int) int
	// Choose returns a number below n: which ready case of a select, which key of a map comes next.
	Choose(n int) int
}

// Scheduler runs one execution.
type Scheduler struct {
	cfg    Config
	picker Picker
	epoch  uint64
	tasks  []*Task
	cur    *Task
	*tables
	yieldAt map[*Site]bool // what cfg.YieldAt says, by site
	maps    map[unsafe.Pointer]*insertions
	timers  []*Timer
	random  *rand.Rand
	now     int64 // virtual nanoseconds since Epoch

	steps       int
	switches    int
	preemptions int
	stamp       int
	schedule    []int32 // the task picked at each step at which the picker was asked
	choices     []int32 // the results of Choose
	options     []int
	partial     bool
	triedLock   bool

	failure   *Failure
	races     []Race
	trace     []Event
	unwinding bool
	bodyDone  bool // the main task has returned
	bodyOver  bool // or ended by Goexit
	ended     chan struct{}
	beats     atomic.Int64 // grows with every step
}

var (
	active atomic.Pointer[Scheduler]
	epochs atomic.Uint64
)

// Current returns the running execution, or nil outside one. While an execution is unwound it ends the calling goroutine: every
// task's deferred functions run, and stop at their first operation.
func Current() *Scheduler {
	s := active.Load()
	if s != nil && s.unwinding {
		runtime.Goexit()
	}
	return s
}

// Point is the scheduling point in front of an operation. It returns when the running task is picked to go on and wait, if not
// nil, is ready. obj may be nil. The site is that of the caller's caller unless the rewriter gave one with At.
func (s *Scheduler) Point(op string, obj *ObjectInfo, wait Waiter) {
	s.locate()
	s.pointAt(op, obj, wait, s.cur.site)
}

func (s *Scheduler) pointAt(op string, obj *ObjectInfo, wait Waiter, site *Site) {
	t := s.cur
	s.guard(t)
	t.op, t.obj, t.site, t.wait, t.spins = op, obj, s.seen(site), wait, 0
	if wait != nil && s.cfg.Trace && !wait.Ready() {
		s.blockedEvent(t)
	}
	s.reschedule(t, false)
}

// Park blocks the running task, whose operation has begun, until wait is ready.
func (s *Scheduler) Park(wait Waiter) {
	if wait.Ready() {
		return
	}
	t := s.cur
	t.wait = wait
	s.blockedEvent(t)
	s.reschedule(t, false)
}

// Begin starts an operation that is no scheduling point: one that can only let others go on.
func (s *Scheduler) Begin(op string, obj *ObjectInfo) {
	s.locate()
	t := s.cur
	s.guard(t)
	t.op, t.obj, t.site = op, obj, s.seen(t.site)
}

// locate finds where the running task's operation was called, unless the rewriter has said so. It takes longer than most operations, and
// only a record of the execution needs every place: without one, who needs a place asks CallSite.
func (s *Scheduler) locate() {
	if s.cur.site == nil && s.cfg.Trace {
		s.cur.site = callSite()
	}
}

// Unlocking starts an unlock. Who merely waits for a lock cannot tell when it was freed; who tries it can.
func (s *Scheduler) Unlocking(op string, obj *ObjectInfo) {
	if s.cfg.YieldUnlock {
		s.Point(op, obj, nil)
		return
	}
	s.Begin(op, obj)
}

// Trying notes that somebody tries a lock.
func (s *Scheduler) Trying() { s.triedLock = true }

// Resume goes on with an operation that has done another one on the way.
func (s *Scheduler) Resume(op string, obj *ObjectInfo, site *Site) {
	s.cur.op, s.cur.obj, s.cur.site = op, obj, s.seen(site)
}

// CallSite is the place from which a drop-in was called.
func (s *Scheduler) CallSite() *Site {
	if s.cur.site == nil {
		s.cur.site = callSite()
	}
	return s.cur.site
}

// reschedule picks who goes on after t and hands over. With turn the next in turn goes on and the picker is not asked.
func (s *Scheduler) reschedule(t *Task, turn bool) {
	next := s.next(t, turn)
	if next == nil { // the execution has ended
		if !t.done {
			runtime.Goexit()
		}
		return
	}
	next.wait = nil
	if next == t {
		return
	}
	s.switches++
	s.cur = next
	next.wake <- struct{}{}
	if t.done {
		return
	}
	<-t.wake
	if s.unwinding {
		runtime.Goexit()
	}
}

// next returns nil when the execution is over.
func (s *Scheduler) next(t *Task, turn bool) *Task {
	s.beats.Add(1)
	current := s.enabled(t)
	for len(s.options) == 0 {
		if !s.wakeSettled() && !s.advance() {
			s.stop()
			return nil
		}
		current = s.enabled(t)
	}
	if s.steps++; s.steps > s.cfg.Steps {
		s.endless(t)
		return nil
	}
	if turn || s.steps > s.cfg.FairAfter {
		s.partial = s.partial || !turn
		return s.tasks[s.inTurn(t)]
	}
	picked := s.picker.Task(s.options, current, s.preemptions)
	s.schedule = append(s.schedule, int32(s.options[picked]))
	if current >= 0 && picked != current {
		s.preemptions++
		s.preempted()
	}
	return s.tasks[s.options[picked]]
}

// enabled fills s.options and returns where in it t is.
func (s *Scheduler) enabled(t *Task) (current int) {
	s.options = s.options[:0]
	current = -1
	for _, o := range s.tasks {
		if o.done || (o.wait != nil && !o.wait.Ready()) {
			continue
		}
		if o == t {
			current = len(s.options)
		}
		s.options = append(s.options, o.ID)
	}
	return current
}

// inTurn is the first task after t, cyclically, that can go on.
func (s *Scheduler) inTurn(t *Task) int {
	for _, id := range s.options {
		if id > t.ID {
			return id
		}
	}
	return s.options[0]
}

// stop ends an execution in which nobody can go on.
func (s *Scheduler) stop() {
	list, cycle := s.blocked()
	s.recordBlocked(list)
	f := Failure{Task: -1, Blocked: list, Cycle: cycle}
	switch {
	case len(list) == 0 && s.bodyOver && !s.bodyDone:
		f.Kind, f.Message = Deadlock, "fatal error: no goroutines (main called runtime.Goexit) - deadlock!"
	case len(list) == 0:
		s.finishWell()
		return
	case s.bodyDone:
		f.Kind, f.Message = Leak, "goroutines are left blocked for ever"
	default:
		f.Kind, f.Message = Deadlock, "fatal error: all goroutines are asleep - deadlock!"
	}
	s.end(f)
}

// endless ends an execution that exceeds its steps.
func (s *Scheduler) endless(t *Task) {
	f := Failure{Kind: Livelock, Task: t.ID, Site: t.site,
		Message: fmt.Sprintf("no end after %d steps, although all goroutines took turns from step %d on", s.cfg.Steps, s.cfg.FairAfter)}
	if s.bodyDone {
		f.Kind, f.Message = Leak, fmt.Sprintf("goroutines are still running %d steps after the start, although the main goroutine has returned", s.cfg.Steps)
	}
	f.Blocked, _ = s.blocked()
	s.end(f)
}

func (s *Scheduler) end(f Failure) {
	if s.failure == nil {
		s.failure = &f
	}
	s.finishWell()
}

func (s *Scheduler) finishWell() {
	if !s.unwinding {
		s.unwinding = true
		close(s.ended)
	}
}

// Choose asks the picker for a number below n.
func (s *Scheduler) Choose(n int) int {
	if n < 2 {
		return 0
	}
	c := 0
	if s.steps <= s.cfg.FairAfter {
		c = s.picker.Choose(n)
	}
	s.choices = append(s.choices, int32(c))
	return c
}

// Site is where the running task's operation was called; nil if it is not known, see CallSite.
func (s *Scheduler) Site() *Site { return s.cur.site }

// TaskID is the id of the running task.
func (s *Scheduler) TaskID() int { return s.cur.ID }

// TaskName is the name of the running task.
func (s *Scheduler) TaskName() string { return s.cur.Name }

// Stamp returns a number greater than all it has returned before: a time stamp for histories.
func (s *Scheduler) Stamp() int { s.stamp++; return s.stamp }
