package cacheaside_test

import (
	"testing"
	"testing/synctest"
	"time"

	"scalelab/labs/ch06-caching/cacheaside"
	"scalelab/pkg/check"
)

func TestConcurrentMissesComputeOnce(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		r := openResorts(t, cacheaside.Options{})
		r.overtaken()
		r.stragglers()
		r.crowd("while Redis is well")

		r.must(r.redis.Stall)
		r.crowd("while Redis is stalled")
		r.must(r.redis.Heal)

		r.must(r.redis.Down)
		r.crowd("while Redis is down")
	})
}

// crowd sends ten calls for a resort that has no answer in Redis, and releases the estimator when all of them wait.
func (r *resorts) crowd(when string) {
	r.t.Helper()
	const callers = 10
	r.newStory()
	resort := r.fresh()
	r.est.answers(edition(1), nil)
	release := r.est.hold(resort)
	var calls []*call
	for range callers {
		calls = append(calls, r.ask(r.t.Context(), resort))
	}
	time.Sleep(time.Minute) // whatever they do about Redis first
	synctest.Wait()
	r.note("%d calls for one resort start %s; the estimator does not answer yet", callers, when)
	r.expectRuns(resort, 1, "computations begun by %d concurrent calls for one resort %s", callers, when)

	release()
	time.Sleep(time.Minute)
	synctest.Wait()
	r.note("the estimator answers")
	for _, c := range calls {
		r.expect(c, edition(1), "each of the %d calls gets the answer of the one computation", callers)
	}
	r.expectRuns(resort, 1, "computations begun by %d concurrent calls for one resort %s", callers, when)
}

// overtaken holds a call at each Redis operation before it joins or starts a computation, and meanwhile another call does so.
func (r *resorts) overtaken() {
	r.t.Helper()
	r.eachOperation(func(s *scene) *call {
		r.est.answers(edition(1), nil)
		release := r.est.hold(s.resort)
		defer release()
		s.arm()
		first := r.ask(r.t.Context(), s.resort)
		synctest.Wait()
		if s.held() == "" {
			return first
		}
		r.note("a call is held %s", s.held())
		second := r.ask(r.t.Context(), s.resort)
		synctest.Wait()
		r.note("a second call starts; the estimator does not answer yet")
		s.goOn()
		synctest.Wait()
		r.note("the first call goes on")
		r.expectRuns(s.resort, 1, "computations begun by two concurrent calls, of which one was slow to hear from Redis")
		release()
		synctest.Wait()
		r.note("the estimator answers")
		r.expect(first, edition(1), "both calls get the answer of the one computation")
		r.expect(second, edition(1), "both calls get the answer of the one computation")
		return first
	})
}

// stragglers start when the answer is computed, but not stored yet: at every Redis operation in between.
func (r *resorts) stragglers() {
	r.t.Helper()
	r.eachOperation(func(s *scene) *call {
		r.est.answers(edition(1), nil)
		s.arm()
		first := r.ask(r.t.Context(), s.resort)
		synctest.Wait()
		if s.held() == "" || r.est.count(s.resort) == 0 {
			return first
		}
		r.note("a call has got its answer from the estimator, and is held %s", s.held())
		second := r.ask(r.t.Context(), s.resort)
		synctest.Wait()
		r.note("a second call starts: %s", second.outcome())
		r.expectRuns(s.resort, 1, "computations begun, when a second call starts before the first computation's answer is stored")
		s.goOn()
		synctest.Wait()
		r.note("the first call goes on")
		r.expect(second, edition(1), "a call that joined a computation gets its answer")
		return first
	})
}

func TestEstimatorErrorReachesEveryJoinerAndIsNotCached(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		r := openResorts(t, cacheaside.Options{})
		r.est.answers(nil, errNoRides)
		release := r.est.hold(resort)
		calls := []*call{r.ask(t.Context(), resort)}
		synctest.Wait()
		calls = append(calls, r.ask(t.Context(), resort), r.ask(t.Context(), resort))
		synctest.Wait()
		r.note("three calls wait for one computation")
		release()
		synctest.Wait()
		r.note("the estimator fails")
		for _, c := range calls {
			r.expectError(c, errNoRides, "every call that waited for the computation returns the estimator's error")
		}

		r.est.answers(edition(2), nil)
		next := r.ask(t.Context(), resort)
		synctest.Wait()
		r.note("a fourth call starts; now the estimator answers")
		r.expect(next, edition(2), "an error is not cached: the next call computes again")
	})
}

func TestEmptyAnswerIsCached(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		r := openResorts(t, cacheaside.Options{})
		for _, waits := range [][]cacheaside.LiftWait{{}, nil} {
			r.newStory()
			name := r.fresh()
			r.est.answers(waits, nil)
			for n := range 3 {
				c := r.ask(t.Context(), name)
				synctest.Wait()
				r.note("call %d", n+1)
				r.expect(c, waits, "no lift is open, so the answer is empty")
			}
			r.expectRuns(name, 1, "computations begun by three calls one after another: an empty answer is cached")
		}
	})
}

func TestResortsDoNotWaitForEachOther(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		r := openResorts(t, cacheaside.Options{})
		release := r.est.hold(resort)
		r.ask(t.Context(), resort)
		synctest.Wait()
		r.note("a call for one resort waits for the estimator")
		r.othersGoOn()
		release()
		synctest.Wait()

		r.othersGoOnDuring("a call of LiftWaits", func(resort string) *call { return r.ask(t.Context(), resort) })
		r.othersGoOnDuring("an Invalidate", r.invalidate)
	})
}

// othersGoOnDuring holds what act does for one resort at each of its Redis operations.
func (r *resorts) othersGoOnDuring(what string, act func(resort string) *call) {
	r.t.Helper()
	r.eachOperation(func(s *scene) *call {
		s.arm()
		c := act(s.resort)
		synctest.Wait()
		if s.held() != "" {
			r.note("%s for one resort is held %s", what, s.held())
			r.othersGoOn()
		}
		return c
	})
}

// othersGoOn asks for and invalidates another resort.
func (r *resorts) othersGoOn() {
	r.t.Helper()
	other := r.fresh()
	c := r.ask(r.t.Context(), other)
	synctest.Wait()
	r.note("a call for another resort starts")
	r.expect(c, edition(1), "a call for one resort does not wait for another resort")
	i := r.invalidate(other)
	synctest.Wait()
	r.note("the other resort is invalidated")
	r.expectInvalidated(i, "Invalidate of one resort does not wait for another resort")
}
