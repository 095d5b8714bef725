package minirabbit

import (
	"slices"
	"sync"
	"time"
)

// ManualClock stands still until Advance moves it. For tests that cannot run inside a synctest bubble.
type ManualClock struct {
	mu     sync.Mutex
	now    time.Time
	timers []*manualTimer
}

type manualTimer struct {
	clock *ManualClock
	due   time.Time
	call  func()
}

// NewManualClock starts at the given time.
func NewManualClock(start time.Time) *ManualClock { return &ManualClock{now: start} }

// Now is the time that Advance last arrived at.
func (c *ManualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc calls f from within the Advance that reaches d from now.
func (c *ManualClock) AfterFunc(d time.Duration, f func()) Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &manualTimer{clock: c, due: c.now.Add(d), call: f}
	c.timers = append(c.timers, t)
	return t
}

// Advance moves the time by d and makes every call that falls due, in their order; the calls have returned when
// Advance does. A call may set further timers.
func (c *ManualClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	end := c.now.Add(d)
	for {
		next := c.earliest(end)
		if next == nil {
			c.now = end
			return
		}
		c.remove(next)
		if next.due.After(c.now) {
			c.now = next.due
		}
		c.mu.Unlock()
		next.call()
		c.mu.Lock()
	}
}

func (c *ManualClock) earliest(end time.Time) *manualTimer {
	var first *manualTimer
	for _, t := range c.timers {
		if !t.due.After(end) && (first == nil || t.due.Before(first.due)) {
			first = t
		}
	}
	return first
}

func (c *ManualClock) remove(t *manualTimer) bool {
	i := slices.Index(c.timers, t)
	if i < 0 {
		return false
	}
	c.timers = slices.Delete(c.timers, i, i+1)
	return true
}

// Stop reports whether it prevented the call.
func (t *manualTimer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	return t.clock.remove(t)
}
