package sync

import "sync/atomic"

// Mutex is a mutual exclusion lock; the zero value is unlocked. Waiters are served in the order of their arrival.
type Mutex struct{ slot lazyChan }

// Lock locks m; it blocks until m is available.
func (m *Mutex) Lock() { m.slot.get() <- struct{}{} }

// TryLock locks m if nobody holds it, and reports whether it did.
func (m *Mutex) TryLock() bool {
	select {
	case m.slot.get() <- struct{}{}:
		return true
	default:
		return false
	}
}

// Unlock unlocks m. It is a fatal error if m is not locked.
func (m *Mutex) Unlock() {
	select {
	case <-m.slot.get():
	default:
		fatal("sync: unlock of unlocked mutex")
	}
}

// lazyChan is a channel of one slot that is made at its first use, so that the zero value works and the channel belongs to the
// bubble that uses it.
type lazyChan struct{ ch atomic.Pointer[chan struct{}] }

func (l *lazyChan) get() chan struct{} {
	if ch := l.ch.Load(); ch != nil {
		return *ch
	}
	fresh := make(chan struct{}, 1)
	if l.ch.CompareAndSwap(nil, &fresh) {
		return fresh
	}
	return *l.ch.Load()
}
