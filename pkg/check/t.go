package check

import (
	"fmt"
	"runtime"
	"testing"

	"scalelab/pkg/check/record"
)

// TB is what the functions of this package need of a test; *T and *testing.T have it.
type TB interface {
	Helper()
	Name() string
	FailNow()
}

// T is a test whose failures reach the scorecard. It embeds *testing.T, so require and t.Context work as usual.
//
// When the check is over, with its clean-up, a failure is no news any more: a goroutine that finds one then, because it was left behind, is
// not heard, and is ended where it wants to end the test. Package testing would panic, now and then.
type T struct{ *testing.T }

// Errorf records the message as a failure of the check and goes on.
func (t *T) Errorf(format string, args ...any) {
	t.Helper()
	if !judged.listens() {
		return
	}
	defer judged.listened()
	judged.failed(t.Name(), fmt.Sprintf(format, args...))
	t.T.Errorf(format, args...)
}

// Error records the message as a failure of the check and goes on.
func (t *T) Error(args ...any) {
	t.Helper()
	if !judged.listens() {
		return
	}
	defer judged.listened()
	judged.failed(t.Name(), fmt.Sprintln(args...))
	t.T.Error(args...)
}

// Fatalf records the message as a failure of the check and ends it.
func (t *T) Fatalf(format string, args ...any) {
	t.Helper()
	if !judged.listens() {
		runtime.Goexit()
	}
	defer judged.listened()
	judged.failed(t.Name(), fmt.Sprintf(format, args...))
	t.T.Fatalf(format, args...)
}

// Fatal records the message as a failure of the check and ends it.
func (t *T) Fatal(args ...any) {
	t.Helper()
	if !judged.listens() {
		runtime.Goexit()
	}
	defer judged.listened()
	judged.failed(t.Name(), fmt.Sprintln(args...))
	t.T.Fatal(args...)
}

// FailNow ends the check, which fails.
func (t *T) FailNow() {
	t.Helper()
	if !judged.listens() {
		runtime.Goexit()
	}
	defer judged.listened()
	t.T.FailNow()
}

// Skip and its relatives mean that the check could not judge: there is no skipping in a graded suite.
func (t *T) Skip(args ...any) { t.Helper(); Unjudged(t, fmt.Sprint(args...)) }

// Skipf is Skip with a format.
func (t *T) Skipf(format string, args ...any) { t.Helper(); Unjudged(t, fmt.Sprintf(format, args...)) }

// SkipNow is Skip without a reason.
func (t *T) SkipNow() { t.Helper(); Unjudged(t, "the check skipped itself") }

// Run runs a sub-test that belongs to the same check. It cannot be used inside Bubble.
func (t *T) Run(name string, body func(t *T)) bool {
	t.Helper()
	return t.T.Run(name, func(t *testing.T) { guard(&T{T: t}, body) })
}

// Evidence shows a failure. Text has at most 100 columns and reads without colour; SVG is self-contained or empty.
type Evidence = record.Evidence

// The causes that a suite may know better than the harness.
const (
	WrongResult   = record.WrongResult
	DataRace      = record.DataRace
	Deadlock      = record.Deadlock
	GoroutineLeak = record.GoroutineLeak
	Livelock      = record.Livelock
	Timeout       = record.Timeout
	Panicked      = record.Panic
	ResourceLimit = record.ResourceLimit
)

// Show attaches evidence to the check's result. It is kept only if the check fails.
func Show(t TB, e Evidence) {
	t.Helper()
	judged.show(t.Name(), e)
}

// Cause says why the check fails, if it does. Without it a failed assertion is a wrong result.
func Cause(t TB, cause record.Cause) {
	t.Helper()
	judged.because(t.Name(), cause)
}

// At says where in the student's files the failure shows, if the check fails. File is a base name.
func At(t TB, file string, line int) {
	t.Helper()
	judged.at(t.Name(), record.Location{File: file, Line: line})
}

// Unjudged ends the check without a verdict: why tells what the kit, the machine or a service lacked. A check that has failed already
// stays failed, and when the check is over only the calling goroutine is ended.
func Unjudged(t TB, why string) {
	t.Helper()
	if judged.unjudged(t.Name(), why) {
		runtime.Goexit()
	}
	t.FailNow()
}
