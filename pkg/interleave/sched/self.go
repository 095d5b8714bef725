//go:build amd64 || arm64

package sched

// self tells running goroutines apart: it is where the runtime keeps what it knows of the calling one, which stays where it is as long as
// the goroutine runs. Go does not say it; its number is in runtime.Stack only, which takes longer than an operation of the scheduler.
func self() uintptr
