package sync

import "scalelab/pkg/interleave/sched"

// Mutex is a mutual exclusion lock; the zero value is unlocked.
type Mutex struct {
	obj    sched.Object
	locked bool
}

type mutexWait Mutex

func (w *mutexWait) Ready() bool { return !w.locked }

func (m *Mutex) in(s *sched.Scheduler) {
	if m.obj.In(s, "mutex") {
		m.locked = false
	}
}

// Lock locks m; it blocks until m is available.
func (m *Mutex) Lock() {
	s := enter()
	if s == nil {
		if m.locked {
			wouldBlock()
		}
		m.locked = true
		return
	}
	m.in(s)
	s.Point("lock", m.obj.Info(), (*mutexWait)(m))
	m.take(s)
}

func (m *Mutex) take(s *sched.Scheduler) {
	m.locked = true
	m.obj.Hold(s)
	s.Acquired(&m.obj, "")
}

// TryLock locks m if nobody holds it, and reports whether it did.
func (m *Mutex) TryLock() bool {
	s := enter()
	if s == nil {
		was := m.locked
		m.locked = true
		return !was
	}
	m.in(s)
	s.Trying()
	s.Point("try lock", m.obj.Info(), nil)
	if m.locked {
		s.Did("failed")
		return false
	}
	m.take(s)
	return true
}

// Unlock unlocks m. It is a fatal error if m is not locked.
func (m *Mutex) Unlock() {
	s := enter()
	if s != nil {
		m.in(s)
		s.Unlocking("unlock", m.obj.Info())
	}
	if !m.locked {
		fatal(s, "sync: unlock of unlocked mutex")
	}
	m.locked = false
	if s != nil {
		m.obj.Drop()
		s.Released(&m.obj, "")
	}
}
