// Package runtime stands in for the parts of the standard library's runtime that a program about goroutines may use.
package runtime

import (
	"runtime"

	"scalelab/pkg/interleave/sched"
)

// Error is the standard library's.
type Error = runtime.Error

// PanicNilError is the standard library's.
type PanicNilError = runtime.PanicNilError

// Gosched lets another goroutine go on.
func Gosched() { sched.Yield() }

// Goexit ends the calling goroutine after running its deferred functions.
func Goexit() { runtime.Goexit() }

// NumGoroutine counts the goroutines of the execution.
func NumGoroutine() int {
	if s := sched.Current(); s != nil {
		return s.NumTasks()
	}
	return runtime.NumGoroutine()
}

// GC does nothing that a program could depend on.
func GC() {}

// KeepAlive is the standard library's.
func KeepAlive(x any) { runtime.KeepAlive(x) }

// NumCPU is 2 everywhere, so that no program behaves differently on another machine.
func NumCPU() int { return 2 }

// GOMAXPROCS is 2 and cannot be changed.
func GOMAXPROCS(int) int { return 2 }
