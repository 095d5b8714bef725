package cacheaside_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"scalelab/labs/ch06-caching/cacheaside"
	"scalelab/pkg/check"
)

func TestStalledRedisHoldsNobodyUp(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		r := openResorts(t, cacheaside.Options{})
		r.returnsDuring(r.redis.Stall, "is stalled")
		r.returnsDuring(r.redis.Mute, "hears, but does not answer")
		r.leavesDuringStall()
		r.leavesDuringInvalidate()
		r.waitsOutShortStall(150 * time.Millisecond)
		openResorts(t, cacheaside.Options{OpTimeout: 2 * time.Second}).waitsOutShortStall(1500 * time.Millisecond)
	})
}

// returnsDuring asks and invalidates during a fault that does not end by itself.
func (r *resorts) returnsDuring(fault func(context.Context) error, what string) {
	r.t.Helper()
	r.newStory()
	stored := r.fresh()
	r.stored(stored, 1)
	r.must(fault)
	r.note("Redis %s", what)
	r.est.answers(edition(2), nil)
	c := r.ask(r.t.Context(), stored)
	time.Sleep(waitForRedis)
	synctest.Wait()
	r.note("a call starts: %s", c.outcome())
	r.expect(c, edition(2), "while Redis %s, a call computes, and returns within %v", what, waitForRedis)

	inv := r.invalidate(stored)
	time.Sleep(waitForRedis)
	synctest.Wait()
	r.note("Invalidate: %s", invalidated(inv))
	r.same("returned an error", invalidated(inv), "while Redis %s, Invalidate returns an error within %v", what, waitForRedis)
	r.must(r.redis.Heal)
	synctest.Wait()
}

// leavesDuringStall cancels a call that waits for Redis.
func (r *resorts) leavesDuringStall() {
	r.t.Helper()
	r.newStory()
	stored := r.fresh()
	r.stored(stored, 1)
	r.must(r.redis.Stall)
	r.note("Redis is stalled")
	ctx, cancel := context.WithCancel(r.t.Context())
	defer cancel()
	c := r.ask(ctx, stored)
	synctest.Wait()
	r.note("a call starts: %s", c.outcome())
	cancel()
	synctest.Wait()
	r.note("its context is cancelled: %s", c.outcome())
	r.expectError(c, context.Canceled, "a caller whose context ends leaves at once, also while its call waits for Redis")
	r.must(r.redis.Heal)
	synctest.Wait()
}

// leavesDuringInvalidate cancels a call that starts while an Invalidate of its resort waits for Redis.
func (r *resorts) leavesDuringInvalidate() {
	r.t.Helper()
	r.newStory()
	stored := r.fresh()
	r.stored(stored, 1)
	r.must(r.redis.Stall)
	r.note("Redis is stalled")
	inv := r.invalidate(stored)
	synctest.Wait()
	r.note("Invalidate starts: %s", invalidated(inv))
	ctx, cancel := context.WithCancel(r.t.Context())
	defer cancel()
	c := r.ask(ctx, stored)
	synctest.Wait()
	r.note("a call starts: %s", c.outcome())
	cancel()
	synctest.Wait()
	r.note("its context is cancelled: %s", c.outcome())
	r.expectError(c, context.Canceled, "a caller whose context ends leaves at once, also while an Invalidate waits for Redis")
	r.must(r.redis.Heal)
	time.Sleep(waitForRedis)
	synctest.Wait()
}

// waitsOutShortStall stalls Redis for less than the timeout of an operation, so that the stored answer still counts.
func (r *resorts) waitsOutShortStall(stall time.Duration) {
	r.t.Helper()
	r.newStory()
	stored := r.fresh()
	r.stored(stored, 1)
	r.est.answers(edition(2), nil)
	r.must(r.redis.Stall)
	c := r.ask(r.t.Context(), stored)
	time.Sleep(stall)
	synctest.Wait()
	r.note("a call starts while Redis is stalled: after %v: %s", stall, c.outcome())
	r.must(r.redis.Heal)
	synctest.Wait()
	r.note("Redis answers: %s", c.outcome())
	r.expect(c, edition(1), "an operation that answers within OpTimeout counts: the call gets the stored answer")
}

func TestRedisFailureIsAMiss(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := openServer(t)
		rdb := s.client(patience)
		s.replacesGarbage(rdb)
		service := s.newService(rdb)

		s.must(s.Down(t.Context()))
		s.est.answers(edition(3), nil)
		s.expect(service, resort, 3, "while Redis is down, a call computes")
		s.awaitErrors(service)
		s.must(s.Heal(t.Context()))
		s.awaitAnswer(rdb)

		s.usedAgain(service, "vail", "after Redis was down")

		s.must(s.Stall(t.Context()))
		s.est.answers(edition(7), nil)
		hasty := cacheaside.New(s.client(time.Second), s.est, cacheaside.Options{OpTimeout: 200 * time.Millisecond})
		s.expect(hasty, "stowe", 7, "while Redis is stalled, a call computes, and returns before Redis goes on")
		s.must(s.Heal(t.Context()))
		s.usedAgain(service, "aspen", "after Redis was stalled")
	})
}

// replacesGarbage puts under the key what the subject cannot have written: text, then a type of Redis that nobody would choose.
func (s *realServer) replacesGarbage(rdb *redis.Client) {
	s.t.Helper()
	key := "liftwaittimes:" + resort
	s.must(s.eye.Set(s.t.Context(), key, "\xff\x00{[garbage", time.Hour).Err())
	s.replaces(rdb, "garbage under the key")
	s.must(s.eye.Del(s.t.Context(), key).Err())
	s.must(s.eye.XAdd(s.t.Context(), &redis.XAddArgs{Stream: key, Values: []string{"garbage", "1"}}).Err())
	s.replaces(rdb, "garbage of another Redis type under the key")
}

// replaces calls a fresh Service, which has nothing to join, and then another one.
func (s *realServer) replaces(rdb *redis.Client, what string) {
	s.t.Helper()
	garbage := s.stored(resort)
	s.est.answers(edition(1), nil)
	s.expect(s.newService(rdb), resort, 1, what+" is a miss: the call computes")
	s.awaitStored(resort, garbage)
	s.est.answers(edition(2), nil)
	s.expect(s.newService(rdb), resort, 1, what+" is replaced by the answer: the next call is a hit")
}

// usedAgain stores and finds an answer after a fault.
func (s *realServer) usedAgain(service *cacheaside.Service, resort, when string) {
	s.t.Helper()
	s.est.answers(edition(5), nil)
	s.expect(service, resort, 5, when+", a miss computes")
	s.awaitStored(resort, "")
	s.est.answers(edition(6), nil)
	s.expect(service, resort, 5, when+", the answer is stored and found again")
}
