package sync

import "scalelab/pkg/interleave/sched"

// Once calls a function once; the zero value is ready.
type Once struct {
	obj     sched.Object
	done    bool
	running bool
}

type onceWait Once

func (w *onceWait) Ready() bool { return !w.running }

func (o *Once) in(s *sched.Scheduler) {
	if o.obj.In(s, "once") {
		o.done, o.running = false, false
	}
}

// Do calls f if it is the first call. Every call returns when that f has returned, also when f panicked.
func (o *Once) Do(f func()) {
	s := enter()
	if s == nil {
		if !o.done {
			defer func() { o.done = true }()
			f()
		}
		return
	}
	o.in(s)
	s.Point("once", o.obj.Info(), (*onceWait)(o))
	if o.done {
		s.Acquired(&o.obj, "already done")
		return
	}
	o.running = true
	o.obj.Hold(s)
	site := s.Site()
	s.Did("first")
	defer o.finish(site)
	f()
}

func (o *Once) finish(site *sched.Site) {
	s := enter()
	o.done, o.running = true, false
	o.obj.Drop()
	sched.On(o, site)
	s.Begin("once done", o.obj.Info())
	s.Released(&o.obj, "")
}

// OnceFunc returns a function that calls f once. If f panics, every call panics with the same value.
func OnceFunc(f func()) func() {
	call := OnceValue(func() struct{} { f(); return struct{}{} })
	return func() { call() }
}

// OnceValue returns a function that calls f once and returns its value. If f panics, every call panics with the same value.
func OnceValue[T any](f func() T) func() T {
	call := OnceValues(func() (T, struct{}) { return f(), struct{}{} })
	return func() T { v, _ := call(); return v }
}

// OnceValues is OnceValue for two values.
func OnceValues[T1, T2 any](f func() (T1, T2)) func() (T1, T2) {
	var (
		once     Once
		returned bool
		panicked any
		v1       T1
		v2       T2
	)
	return func() (T1, T2) {
		once.Do(func() {
			defer func() {
				if !returned {
					panicked = recover()
					panic(panicked)
				}
			}()
			v1, v2 = f()
			returned = true
		})
		if !returned {
			panic(panicked)
		}
		return v1, v2
	}
}
