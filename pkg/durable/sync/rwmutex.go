package sync

// RWMutex is a reader/writer lock; the zero value is unlocked. As in the standard library a waiting writer holds up new readers.
type RWMutex struct {
	writers Mutex // held by the writer, and by one that waits for readers to leave
	state   Mutex // guards readers; never held while blocking
	readers int
	left    lazyChan // the last reader's message to the waiting writer
	waiting bool
	writing bool
}

// RLock locks rw for reading; it blocks while a writer holds rw or waits for it.
func (rw *RWMutex) RLock() {
	rw.writers.Lock()
	rw.enter()
	rw.writers.Unlock()
}

// TryRLock locks rw for reading if no writer is in the way, and reports whether it did.
func (rw *RWMutex) TryRLock() bool {
	if !rw.writers.TryLock() {
		return false
	}
	rw.enter()
	rw.writers.Unlock()
	return true
}

func (rw *RWMutex) enter() {
	rw.state.Lock()
	rw.readers++
	rw.state.Unlock()
}

// RUnlock undoes one RLock. It is a fatal error if rw is not locked for reading.
func (rw *RWMutex) RUnlock() {
	rw.state.Lock()
	if rw.readers == 0 {
		fatal("sync: RUnlock of unlocked RWMutex")
	}
	rw.readers--
	wake := rw.readers == 0 && rw.waiting
	if wake {
		rw.waiting = false
	}
	rw.state.Unlock()
	if wake {
		rw.left.get() <- struct{}{}
	}
}

// Lock locks rw for writing; it blocks until every reader and writer has left.
func (rw *RWMutex) Lock() {
	rw.writers.Lock()
	rw.state.Lock()
	rw.waiting = rw.readers > 0
	wait := rw.waiting
	rw.state.Unlock()
	if wait {
		<-rw.left.get()
	}
	rw.state.Lock()
	rw.writing = true
	rw.state.Unlock()
}

// TryLock locks rw for writing if nobody holds it, and reports whether it did.
func (rw *RWMutex) TryLock() bool {
	if !rw.writers.TryLock() {
		return false
	}
	rw.state.Lock()
	free := rw.readers == 0
	rw.writing = free
	rw.state.Unlock()
	if !free {
		rw.writers.Unlock()
	}
	return free
}

// Unlock unlocks rw for writing. It is a fatal error if rw is not locked for writing.
func (rw *RWMutex) Unlock() {
	rw.state.Lock()
	if !rw.writing {
		fatal("sync: Unlock of unlocked RWMutex")
	}
	rw.writing = false
	rw.state.Unlock()
	rw.writers.Unlock()
}

// RLocker returns a Locker whose Lock and Unlock are RLock and RUnlock.
func (rw *RWMutex) RLocker() Locker { return (*reader)(rw) }

type reader RWMutex

func (r *reader) Lock()   { (*RWMutex)(r).RLock() }
func (r *reader) Unlock() { (*RWMutex)(r).RUnlock() }
