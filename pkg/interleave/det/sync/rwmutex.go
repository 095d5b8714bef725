package sync

import "scalelab/pkg/interleave/sched"

// RWMutex is a reader/writer lock; the zero value is unlocked. A writer that waits holds up new readers.
type RWMutex struct {
	obj     sched.Object // its clock: what the last writer did
	left    sched.Object // its clock: what readers did
	readers int
	claimed bool // a writer holds it or waits for readers to leave
	holdups []*admission
}

// admission is a reader that waits for a writer; the writer lets it in when it leaves.
type admission struct{ in bool }

func (a *admission) Ready() bool { return a.in }

type writerWait RWMutex

func (w *writerWait) Ready() bool { return !w.claimed }

type readersLeft RWMutex

func (w *readersLeft) Ready() bool { return w.readers == 0 }

func (rw *RWMutex) in(s *sched.Scheduler) {
	if rw.obj.In(s, "rwmutex") {
		rw.readers, rw.claimed, rw.holdups = 0, false, nil
	}
	rw.left.In(s, "readers")
}

// RLock locks rw for reading.
func (rw *RWMutex) RLock() {
	s := enter()
	if s == nil {
		if rw.claimed {
			wouldBlock()
		}
		rw.readers++
		return
	}
	rw.in(s)
	s.Point("read-lock", rw.obj.Info(), nil)
	if rw.claimed {
		a := &admission{}
		rw.holdups = append(rw.holdups, a)
		s.Park(a)
	} else {
		rw.readers++
	}
	s.Acquired(&rw.obj, "")
}

// TryRLock locks rw for reading if no writer is in the way, and reports whether it did.
func (rw *RWMutex) TryRLock() bool {
	s := enter()
	if s != nil {
		rw.in(s)
		s.Trying()
		s.Point("try read-lock", rw.obj.Info(), nil)
	}
	if rw.claimed {
		if s != nil {
			s.Did("failed")
		}
		return false
	}
	rw.readers++
	if s != nil {
		s.Acquired(&rw.obj, "")
	}
	return true
}

// RUnlock undoes one RLock. It is a fatal error if rw is not locked for reading.
func (rw *RWMutex) RUnlock() {
	s := enter()
	if s != nil {
		rw.in(s)
		s.Unlocking("read-unlock", rw.obj.Info())
	}
	if rw.readers == 0 {
		fatal(s, "sync: RUnlock of unlocked RWMutex")
	}
	rw.readers--
	if s != nil {
		s.Released(&rw.left, "")
	}
}

// Lock locks rw for writing.
func (rw *RWMutex) Lock() {
	s := enter()
	if s == nil {
		if rw.claimed || rw.readers > 0 {
			wouldBlock()
		}
		rw.claimed = true
		return
	}
	rw.in(s)
	s.Point("lock", rw.obj.Info(), (*writerWait)(rw))
	rw.claimed = true
	s.Park((*readersLeft)(rw))
	rw.own(s)
}

func (rw *RWMutex) own(s *sched.Scheduler) {
	rw.obj.Hold(s)
	s.Acquire(rw.left.Clock)
	s.Acquired(&rw.obj, "", rw.left.Last())
}

// TryLock locks rw for writing if nobody holds it, and reports whether it did.
func (rw *RWMutex) TryLock() bool {
	s := enter()
	if s != nil {
		rw.in(s)
		s.Trying()
		s.Point("try lock", rw.obj.Info(), nil)
	}
	if rw.claimed || rw.readers > 0 {
		if s != nil {
			s.Did("failed")
		}
		return false
	}
	rw.claimed = true
	if s != nil {
		rw.own(s)
	}
	return true
}

// Unlock unlocks rw for writing. It is a fatal error if rw is not locked for writing.
func (rw *RWMutex) Unlock() {
	s := enter()
	if s != nil {
		rw.in(s)
		s.Unlocking("unlock", rw.obj.Info())
	}
	if !rw.claimed || rw.readers > 0 {
		fatal(s, "sync: Unlock of unlocked RWMutex")
	}
	rw.claimed = false
	for _, a := range rw.holdups {
		a.in = true
		rw.readers++
	}
	rw.holdups = nil
	if s != nil {
		rw.obj.Drop()
		s.Released(&rw.obj, "")
	}
}

// RLocker returns a Locker whose methods are rw's RLock and RUnlock.
func (rw *RWMutex) RLocker() Locker { return (*readLocker)(rw) }

type readLocker RWMutex

func (r *readLocker) Lock()   { (*RWMutex)(r).RLock() }
func (r *readLocker) Unlock() { (*RWMutex)(r).RUnlock() }
