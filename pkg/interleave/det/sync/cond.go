package sync

import (
	"fmt"

	"scalelab/pkg/interleave/sched"
)

// Cond is a condition variable. Signal wakes the goroutine that has waited longest, as Go does.
type Cond struct {
	obj     sched.Object
	L       Locker
	waiting []*wakeup
	self    *Cond
}

type wakeup struct {
	woken bool
	cause int
	clock sched.Clock
}

func (w *wakeup) Ready() bool { return w.woken }

// NewCond returns a Cond with Locker l.
func NewCond(l Locker) *Cond { return &Cond{L: l} }

func (c *Cond) in(s *sched.Scheduler) {
	if c.self == nil {
		c.self = c
	}
	if c.self != c {
		panic("sync.Cond is copied")
	}
	if c.obj.In(s, "cond") {
		c.waiting = nil
	}
}

// Wait unlocks c.L, waits to be woken and locks c.L again.
func (c *Cond) Wait() {
	s := enter()
	if s == nil {
		wouldBlock()
	}
	c.in(s)
	s.Point("wait", c.obj.Info(), nil)
	w := &wakeup{}
	c.waiting = append(c.waiting, w)
	site := s.Site()
	c.L.Unlock()
	s.Resume("wait", c.obj.Info(), site)
	s.Park(w)
	s.Acquire(w.clock)
	s.Did("woken", w.cause)
	sched.On(c, site)
	c.L.Lock()
}

// Signal wakes one waiting goroutine, if there is any.
func (c *Cond) Signal() { c.wake("signal", 1) }

// Broadcast wakes all waiting goroutines.
func (c *Cond) Broadcast() { c.wake("broadcast", -1) }

func (c *Cond) wake(op string, most int) {
	s := enter()
	if s == nil {
		return // outside an execution nobody can be waiting
	}
	c.in(s)
	s.Point(op, c.obj.Info(), nil)
	n := len(c.waiting)
	if most >= 0 {
		n = min(n, most)
	}
	woken := c.waiting[:n]
	c.waiting = c.waiting[n:]
	s.Release(&c.obj.Clock)
	detail := ""
	if s.Tracing() {
		detail = fmt.Sprintf("wakes %d of %d waiting", n, n+len(c.waiting))
	}
	event := s.Did(detail)
	for _, w := range woken {
		w.woken, w.cause = true, event
		w.clock.Set(c.obj.Clock)
	}
}
