// Package barrier_test is the hidden suite of the lab barrier. The rules stand in the lab's lab.yaml.
//
//	latch_test.go    the latch: it opens once
//	passing_test.go  the barrier, as long as nothing goes wrong
//	broken_test.go   contexts that end, actions that panic, and Reset
//	waiting_test.go  how those wait who wait, and what stays behind
//
// Each check plays scenes with a few guests, at a latch, or parties, at a barrier, in every order that matters (package interleave).
package barrier_test

import (
	"strings"
	"testing"

	"scalelab/labs/ch04-concurrency/barrier"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestMain(m *testing.M) { check.Main(m) }

func TestRefusesWhatMakesNoSense(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, few, func(s *scene) {
			mustRefuse(s.x, "NewLatch(0)", func() { barrier.NewLatch(0) })
			mustRefuse(s.x, "NewLatch(-1)", func() { barrier.NewLatch(-1) })
			mustRefuse(s.x, "NewBarrier(0, action)", func() { barrier.NewBarrier(0, nothing) })
			mustRefuse(s.x, "NewBarrier(-1, action)", func() { barrier.NewBarrier(-1, nothing) })
			mustRefuse(s.x, "NewBarrier(2, nil)", func() { barrier.NewBarrier(2, nil) })
		})
	})
}

func mustRefuse(x *interleave.Run, what string, f func()) {
	switch message, panicked := check.PanicOf(f); {
	case !panicked:
		x.Errorf("%s returned; it must panic", what)
	case !strings.Contains(message, "barrier"):
		x.Errorf("%s panicked with %q; the message must contain \"barrier\"", what, message)
	}
}
