package sched

import (
	"runtime"
	"time"
)

// Epoch is when virtual time begins.
var Epoch = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)

// Now is the virtual time; outside an execution it stands still at Epoch.
func Now() time.Time {
	if s := active.Load(); s != nil {
		return Epoch.Add(time.Duration(s.now))
	}
	return Epoch
}

// Timer is a timer or ticker in virtual time: it feeds a channel or calls a function.
//
// A channel's timer sends nothing by itself. Its channel can be received from once the time is there, as in Go since 1.23, so no
// stale value is ever left behind and a ticker that nobody listens to does not keep time moving.
type Timer struct {
	when    int64 // virtual nanoseconds; meaningful while armed
	period  int64
	armed   bool
	call    func()   // runs as a task of its own
	ch      *channel // or a channel to feed
	site    *Site
	clock   Clock // what happened before it was armed
	started int   // the event that armed it
}

// AfterFunc arms a timer that starts call as a task.
func (s *Scheduler) AfterFunc(d time.Duration, call func()) *Timer {
	t := &Timer{call: call}
	s.timers = append(s.timers, t)
	s.Arm(t, d, 0)
	return t
}

// NewTimer arms a timer that feeds ch, a channel made for it.
func (s *Scheduler) NewTimer(ch chan time.Time, d, period time.Duration) *Timer {
	c := s.channelOf(pointerOf(ch), 0)
	t := &Timer{ch: c}
	c.timer = t
	s.timers = append(s.timers, t)
	s.Arm(t, d, period)
	return t
}

// Arm sets t to go off after d, and then every period if that is not 0. It reports whether t was armed before, or had gone off
// unnoticed.
func (s *Scheduler) Arm(t *Timer, d, period time.Duration) bool {
	was := t.armed
	t.when, t.period, t.armed, t.site = s.now+max(int64(d), 0), int64(period), true, s.cur.site
	s.Release(&t.clock)
	t.started = s.Did(s.shown(d))
	s.fireDue()
	return was
}

// Disarm stops t and reports whether it was still to go off, or had gone off unnoticed.
func (s *Scheduler) Disarm(t *Timer) bool {
	was := t.armed
	t.armed = false
	return was
}

func (t *Timer) due(s *Scheduler) bool { return t.armed && t.when <= s.now }

// take is the value that t's channel yields now that it is due.
func (t *Timer) take(s *Scheduler) time.Time {
	at := Epoch.Add(time.Duration(t.when))
	if t.period == 0 {
		t.armed = false
		return at
	}
	t.when += t.period * (1 + (s.now-t.when)/t.period)
	return at
}

// sleeping is ready when virtual time has come to until.
type sleeping struct {
	s     *Scheduler
	until int64
}

func (w *sleeping) Ready() bool { return w.s.now >= w.until }

// Sleep blocks the running task in virtual time.
func (s *Scheduler) Sleep(d time.Duration) {
	var wait Waiter
	if d > 0 {
		wait = &sleeping{s, s.now + int64(d)}
	}
	s.Point("sleep", nil, wait)
	s.Did(s.shown(d))
}

func (s *Scheduler) shown(d time.Duration) string {
	if !s.cfg.Trace {
		return ""
	}
	return d.String()
}

// advance moves virtual time to the next moment at which something that matters happens. It returns false if there is none.
func (s *Scheduler) advance() bool {
	next := int64(-1)
	consider := func(at int64) {
		if at > s.now && (next < 0 || at < next) {
			next = at
		}
	}
	sleepers := false
	for _, t := range s.tasks {
		if t.done {
			continue
		}
		sleepers = true
		if w, ok := t.wait.(*sleeping); ok {
			consider(w.until)
		}
	}
	if !sleepers {
		return false // only timers are left, and nobody to notice them
	}
	for _, t := range s.timers {
		if t.armed && (t.call != nil || t.ch.awaited()) {
			consider(t.when)
		}
	}
	if next < 0 {
		return false
	}
	s.now = next
	s.fireDue()
	return true
}

// fireDue starts the functions of timers whose time has come, the earliest first.
func (s *Scheduler) fireDue() {
	for {
		var first *Timer
		for _, t := range s.timers {
			if t.due(s) && t.call != nil && (first == nil || t.when < first.when) {
				first = t
			}
		}
		if first == nil {
			return
		}
		first.armed = false
		t := s.spawn("", first.site, first.call)
		t.clock = append(Clock(nil), first.clock...)
		t.clock = append(t.clock, make(Clock, max(0, t.ID+1-len(t.clock)))...)
		t.clock[t.ID]++
		t.from = first.started
	}
}

// settled is never ready by itself: the scheduler wakes it when nobody else can go on.
type settled struct{ woken bool }

func (w *settled) Ready() bool { return w.woken }

// Settle blocks the running task until every other task is blocked or done, at the present virtual time.
func (s *Scheduler) Settle() {
	s.Point("settle", nil, &settled{})
	s.Did("")
}

func (s *Scheduler) wakeSettled() bool {
	for _, t := range s.tasks {
		if w, ok := t.wait.(*settled); ok && !t.done && !w.woken {
			w.woken = true
			return true
		}
	}
	return false
}

// Yield is runtime.Gosched: a scheduling point that prefers others.
func Yield() {
	s := Current()
	if s == nil {
		runtime.Gosched()
		return
	}
	s.locate()
	t := s.cur
	s.guard(t)
	t.op, t.obj = "yield", nil
	s.Did("")
	s.reschedule(t, true)
}
