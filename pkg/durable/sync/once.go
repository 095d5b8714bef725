package sync

import "sync/atomic"

// Once calls a function once; the zero value is ready.
type Once struct {
	mu   Mutex
	done atomic.Bool
}

// Do calls f if it is the first call. Every call returns when that f has returned, also when f panicked.
func (o *Once) Do(f func()) {
	if o.done.Load() {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.done.Load() {
		return
	}
	defer o.done.Store(true)
	f()
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
