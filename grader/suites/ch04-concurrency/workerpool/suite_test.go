// Package workerpool_test is the hidden suite of the lab workerpool. The rules stand in the lab's lab.yaml.
//
//	tasks_test.go     what becomes of tasks, and who runs them
//	submit_test.go    full pools and contexts
//	shutdown_test.go  what Shutdown ends, what it leaves, and when the end is
//	waiting_test.go   how those wait who wait, and what stays behind
//
// Each check plays scenes with a small pool in every order that matters (package interleave). Photo points submit tasks. Tasks that
// must not end yet wait at a gate.
package workerpool_test

import (
	"context"
	"strings"
	"testing"

	"scalelab/labs/ch04-concurrency/workerpool"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestMain(m *testing.M) { check.Main(m) }

func TestRefusesWhatMakesNoSense(t *testing.T) {
	check.Run(t, func(t *check.T) {
		ignore := func(any) {}
		interleave.Explore(t, few, func(x *interleave.Run) {
			mustRefuse(x, "New(0, 1, onPanic)", func() { workerpool.New(0, 1, ignore) })
			mustRefuse(x, "New(-1, 1, onPanic)", func() { workerpool.New(-1, 1, ignore) })
			mustRefuse(x, "New(1, -1, onPanic)", func() { workerpool.New(1, -1, ignore) })
			mustRefuse(x, "New(1, 1, nil)", func() { workerpool.New(1, 1, nil) })
		})
		explore(t, few, 1, 0, func(s *scene) {
			mustRefuse(s.x, "Submit(ctx, nil)", func() { s.Submit(context.Background(), nil) })
			mustRefuse(s.x, "TrySubmit(nil)", func() { s.TrySubmit(nil) })
			s.submits(s.task(func() {})) // nothing else has changed
			s.tasksEnd()
		})
	})
}

func mustRefuse(x *interleave.Run, what string, f func()) {
	switch message, panicked := check.PanicOf(f); {
	case !panicked:
		x.Errorf("%s returned; it must panic", what)
	case !strings.Contains(message, "workerpool"):
		x.Errorf("%s panicked with %q; the message must contain \"workerpool\"", what, message)
	}
}
