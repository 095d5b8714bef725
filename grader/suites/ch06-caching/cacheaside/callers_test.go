package cacheaside_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"scalelab/labs/ch06-caching/cacheaside"
	"scalelab/pkg/check"
)

func TestComputationIgnoresItsCallersCancellation(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		r := openResorts(t, cacheaside.Options{})
		for _, joiners := range []int{1, 0} {
			r.firstCallerLeaves(joiners, func() (context.Context, context.CancelFunc) {
				return context.WithCancel(t.Context())
			})
			r.firstCallerLeaves(joiners, func() (context.Context, context.CancelFunc) {
				return context.WithTimeout(t.Context(), time.Second)
			})
		}
	})
}

// firstCallerLeaves ends the context of the caller who started a computation; others have joined it, or nobody has.
func (r *resorts) firstCallerLeaves(joiners int, newContext func() (context.Context, context.CancelFunc)) {
	r.t.Helper()
	r.newStory()
	name := r.fresh()
	r.est.answers(edition(1), nil)
	release := r.est.hold(name)
	ctx, cancel := newContext()
	defer cancel()
	r.ask(ctx, name)
	synctest.Wait()
	r.note("a call starts a computation")
	var joined []*call
	for range joiners {
		joined = append(joined, r.ask(r.t.Context(), name))
		synctest.Wait()
		r.note("another call joins it")
	}
	if _, timed := ctx.Deadline(); timed {
		time.Sleep(2 * time.Second)
	}
	cancel()
	synctest.Wait()
	r.note("the context of the first call ends")
	r.same(0, r.est.interruptions(), "computations whose context ended when a caller left")
	time.Sleep(time.Minute)
	synctest.Wait()
	r.note("a minute passes")
	r.same(0, r.est.interruptions(), "computations whose context ended because they took a minute")
	release()
	synctest.Wait()
	r.note("the estimator answers")
	for _, c := range joined {
		r.expect(c, edition(1), "a call that joined still gets the answer when the first caller has left")
	}
	r.est.answers(edition(2), nil)
	later := r.ask(r.t.Context(), name)
	synctest.Wait()
	r.note("a later call starts: %s", later.outcome())
	r.expect(later, edition(1), "the answer of the computation is stored, although the caller who started it has left: a later call is a hit")
}

func TestCallerLeavesAtOnce(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		r := openResorts(t, cacheaside.Options{})
		r.joinersLeave()
		r.starterLeaves()
	})
}

// joinersLeave ends the contexts of two callers who joined a computation; the others stay.
func (r *resorts) joinersLeave() {
	r.t.Helper()
	name := r.fresh()
	release := r.est.hold(name)
	starter := r.ask(r.t.Context(), name)
	synctest.Wait()
	r.note("a call starts a computation")
	ctx, cancel := context.WithCancel(r.t.Context())
	defer cancel()
	const limit = 100 * time.Millisecond
	timed, stop := context.WithTimeout(r.t.Context(), limit)
	defer stop()
	cancelled, late, patient := r.ask(ctx, name), r.ask(timed, name), r.ask(r.t.Context(), name)
	synctest.Wait()
	r.note("three more calls join it: one that will be cancelled, one with a deadline %v from now, one that stays", limit)

	cancel()
	synctest.Wait()
	r.note("the one is cancelled: %s", cancelled.outcome())
	r.expectError(cancelled, context.Canceled, "a caller who joined a computation leaves at once when its context ends")
	time.Sleep(limit)
	synctest.Wait()
	r.note("the deadline passes: %s", late.outcome())
	r.expectError(late, context.DeadlineExceeded, "a caller leaves when its deadline passes, neither later nor earlier")
	r.same(limit, late.took, "how long the call with the deadline took, in virtual time")

	release()
	synctest.Wait()
	r.note("the estimator answers")
	r.expect(starter, edition(1), "the caller who started the computation gets the answer although others have left")
	r.expect(patient, edition(1), "a caller who stayed gets the answer although others have left")
}

// starterLeaves ends the context of the caller who started a computation.
func (r *resorts) starterLeaves() {
	r.t.Helper()
	r.newStory()
	name := r.fresh()
	defer r.est.hold(name)()
	ctx, cancel := context.WithCancel(r.t.Context())
	defer cancel()
	starter := r.ask(ctx, name)
	synctest.Wait()
	r.note("a call starts a computation")
	cancel()
	synctest.Wait()
	r.note("it is cancelled: %s", starter.outcome())
	r.expectError(starter, context.Canceled, "the caller who started a computation leaves at once when its context ends")
}
