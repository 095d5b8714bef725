// Package time stands in for the standard library's time in code under control. Time is virtual: it begins at midnight UTC on the
// first of January 2000 and moves only when every goroutine is blocked, and then straight to the next moment at which something
// happens. Computing takes no time.
package time

import "scalelab/pkg/interleave/sched"

// Now returns the virtual time.
func Now() Time { return sched.Now() }

// Since returns the virtual time passed since t.
func Since(t Time) Duration { return Now().Sub(t) }

// Until returns the virtual time to pass until t.
func Until(t Time) Duration { return t.Sub(Now()) }

// Sleep blocks in virtual time.
func Sleep(d Duration) {
	if s := sched.Current(); s != nil {
		s.Sleep(d)
	}
}

// Timer is a single event.
type Timer struct {
	C <-chan Time

	obj sched.Object
	t   *sched.Timer
}

// Ticker is a repeated event.
type Ticker struct {
	C <-chan Time

	obj sched.Object
	t   *sched.Timer
}

func begin(op string) *sched.Scheduler {
	s := sched.Current()
	if s == nil {
		panic("interleave: a timer outside Explore")
	}
	s.Begin(op, nil)
	return s
}

// NewTimer makes a Timer that sends the time on its channel after d.
func NewTimer(d Duration) *Timer {
	s := begin("new timer")
	ch := sched.Made(make(chan Time))
	return &Timer{C: ch, t: s.NewTimer(ch, d, 0)}
}

// AfterFunc waits for d and then calls f in its own goroutine.
func AfterFunc(d Duration, f func()) *Timer {
	s := begin("after func")
	return &Timer{t: s.AfterFunc(d, f)}
}

// After is NewTimer(d).C.
func After(d Duration) <-chan Time { return NewTimer(d).C }

// Stop prevents the Timer from firing; it reports whether it did.
func (t *Timer) Stop() bool {
	if t.t == nil {
		panic("time: Stop called on uninitialized Timer")
	}
	return stop(&t.obj, t.t)
}

// Reset makes the Timer fire after d; it reports whether it was still to fire.
func (t *Timer) Reset(d Duration) bool {
	if t.t == nil {
		panic("time: Reset called on uninitialized Timer")
	}
	return reset(&t.obj, t.t, d, 0)
}

// NewTicker makes a Ticker with period d.
func NewTicker(d Duration) *Ticker {
	if d <= 0 {
		panic("non-positive interval for NewTicker")
	}
	s := begin("new ticker")
	ch := sched.Made(make(chan Time))
	return &Ticker{C: ch, t: s.NewTimer(ch, d, d)}
}

// Tick is NewTicker(d).C, or nil if d is not positive.
func Tick(d Duration) <-chan Time {
	if d <= 0 {
		return nil
	}
	return NewTicker(d).C
}

// Stop turns the Ticker off. Its channel stays open.
func (t *Ticker) Stop() {
	if t.t != nil {
		stop(&t.obj, t.t)
	}
}

// Reset gives the Ticker a new period.
func (t *Ticker) Reset(d Duration) {
	switch {
	case d <= 0:
		panic("non-positive interval for Ticker.Reset")
	case t.t == nil:
		panic("time: Reset called on uninitialized Ticker")
	}
	reset(&t.obj, t.t, d, d)
}

func stop(o *sched.Object, t *sched.Timer) bool {
	s := at("stop timer", o)
	was := s.Disarm(t)
	s.Did("")
	return was
}

func reset(o *sched.Object, t *sched.Timer, d, period Duration) bool {
	return at("reset timer", o).Arm(t, d, period)
}

func at(op string, o *sched.Object) *sched.Scheduler {
	s := sched.Current()
	if s == nil {
		panic("interleave: a timer outside Explore")
	}
	o.In(s, "timer")
	s.Point(op, o.Info(), nil)
	return s
}
