package cacheaside_test

import (
	"testing"
	"testing/synctest"

	"scalelab/labs/ch06-caching/cacheaside"
	"scalelab/pkg/check"
)

func TestNothingOlderAfterInvalidate(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		r := openResorts(t, cacheaside.Options{})
		r.invalidateDuringComputation()
		for _, stored := range []bool{false, true} {
			r.invalidateDuringOperation(stored)
		}
		r.readDuringInvalidate()
	})
}

// invalidateDuringComputation invalidates while the estimator still computes edition 1.
func (r *resorts) invalidateDuringComputation() {
	r.t.Helper()
	r.est.answers(edition(1), nil)
	releaseOld := r.est.hold(resort)
	old := r.ask(r.t.Context(), resort)
	synctest.Wait()
	r.note("call A starts the computation of edition 1")

	inv := r.invalidate(resort)
	synctest.Wait()
	r.note("Invalidate: %s", invalidated(inv))
	r.expectInvalidated(inv, "Invalidate waits for Redis at most, not for the estimator")

	r.est.answers(edition(2), nil)
	releaseNew := r.est.hold(resort)
	calls := []*call{r.ask(r.t.Context(), resort)}
	synctest.Wait()
	r.note("call B starts")
	r.expectRuns(resort, 2, "computations begun: a call after Invalidate neither joins nor waits for the computation from before")

	releaseOld()
	synctest.Wait()
	r.note("the old computation ends; A gets %s", old.outcome())
	calls = append(calls, r.ask(r.t.Context(), resort))
	synctest.Wait()
	r.note("call C starts: %s", calls[1].outcome())
	r.expectRuns(resort, 2, "computations begun: calls after Invalidate share the new computation, also when the old one has ended")

	releaseNew()
	synctest.Wait()
	r.note("the new computation ends")
	for _, c := range calls {
		r.expect(c, edition(2), "a call that starts after Invalidate returned gets the new answer")
	}
	r.est.answers(edition(3), nil)
	last := r.ask(r.t.Context(), resort)
	synctest.Wait()
	r.note("call D starts")
	r.expect(last, edition(2), "the new answer is stored, and stays when an old computation ends")
}

// invalidateDuringOperation invalidates while a call is held at one of its Redis operations, at each in turn.
func (r *resorts) invalidateDuringOperation(stored bool) {
	r.t.Helper()
	r.eachOperation(func(s *scene) *call {
		r.note("what is computed before Invalidate is edition 1, afterwards edition 2")
		if stored {
			r.stored(s.resort, 1)
		}
		r.est.answers(edition(1), nil)
		s.arm()
		old := r.ask(r.t.Context(), s.resort)
		synctest.Wait()
		if s.held() == "" {
			return old
		}
		r.note("call A starts, and is held %s", s.held())
		r.est.answers(edition(2), nil)
		inv := r.invalidate(s.resort)
		synctest.Wait()
		r.note("Invalidate: %s", invalidated(inv))
		if !inv.returned() { // it may wait for the operation
			s.goOn()
			synctest.Wait()
			r.note("A goes on and gets %s; Invalidate: %s", old.outcome(), invalidated(inv))
		}
		r.expectInvalidated(inv, "Invalidate returns nil while Redis is well")
		r.newOnly(s.resort, s.goOn)
		return old
	})
}

// readDuringInvalidate holds Invalidate at each of its operations, and meanwhile a call that may have read the old answer.
func (r *resorts) readDuringInvalidate() {
	r.t.Helper()
	r.eachOperation(func(s *scene) *call {
		r.note("what is computed before Invalidate is edition 1, afterwards edition 2")
		r.stored(s.resort, 1)
		r.est.answers(edition(2), nil)
		s.arm()
		inv := r.invalidate(s.resort)
		synctest.Wait()
		if s.held() == "" {
			return inv
		}
		r.note("Invalidate is held %s", s.held())
		reading := r.gate.hold(s.resort, 1, after)
		read := r.ask(r.t.Context(), s.resort)
		synctest.Wait()
		r.note("call A starts%s: %s", heldAt(r.gate.reached(reading)), read.outcome())
		s.goOn()
		synctest.Wait()
		r.note("Invalidate goes on: %s", invalidated(inv))
		if !inv.returned() { // it may wait for A's operation
			r.gate.release(reading)
			synctest.Wait()
			r.note("A goes on and gets %s; Invalidate: %s", read.outcome(), invalidated(inv))
		}
		r.expectInvalidated(inv, "Invalidate returns nil while Redis is well")
		r.newOnly(s.resort, func() { r.gate.release(reading) })
		return inv
	})
}

func heldAt(operation string) string {
	if operation == "" {
		return ""
	}
	return ", and is held " + operation
}

// newOnly asks twice for a resort that has been invalidated: before and after an older call goes on.
func (r *resorts) newOnly(resort string, goOn func()) {
	r.t.Helper()
	first := r.ask(r.t.Context(), resort)
	synctest.Wait()
	r.note("call B starts: %s", first.outcome())
	goOn()
	synctest.Wait()
	r.note("all operations go on")
	r.expect(first, edition(2), "call B started after Invalidate returned nil, so it gets a new answer")
	second := r.ask(r.t.Context(), resort)
	synctest.Wait()
	r.note("call C starts: %s", second.outcome())
	r.expect(second, edition(2), "call C started after Invalidate returned nil, so it gets a new answer")
}
