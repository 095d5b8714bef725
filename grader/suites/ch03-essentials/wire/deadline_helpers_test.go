package wire_test

import (
	"sync"
	"time"
)

// deadline is a moment that may be moved as long as it has not come.
type deadline struct {
	mu    sync.Mutex
	timer *time.Timer
	past  chan struct{}
}

func newDeadline() *deadline { return &deadline{past: make(chan struct{})} }

// late is by how much a deadline is late. A context that ends at the same moment has then ended for certain.
const late = time.Microsecond

func (d *deadline) set(at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	if isClosed(d.past) {
		d.past = make(chan struct{})
	}
	past := d.past
	switch left := time.Until(at); {
	case at.IsZero():
	case left <= 0:
		close(past)
	default:
		d.timer = time.AfterFunc(left+late, func() { d.pass(past) })
	}
}

func (d *deadline) pass(past chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !isClosed(past) {
		close(past)
	}
}

// passed is closed when the moment has come.
func (d *deadline) passed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.past
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
