package cacheaside_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch06-caching/cacheaside"
	"scalelab/pkg/check"
)

func TestLaterCallsAreHitsForFiveMinutes(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		r := openResorts(t, cacheaside.Options{})
		r.stored(resort, 1)
		r.est.answers(edition(2), nil)
		r.next(r.service, edition(1), "a later call is a hit: it gets the stored answer")
		other := cacheaside.New(r.redis.Client(), r.est, cacheaside.Options{})
		r.next(other, edition(1), "another Service on the same Redis finds the stored answer")
		for _, at := range []time.Duration{150 * time.Second, 299 * time.Second} {
			time.Sleep(at - r.age())
			r.note("%v have passed since the answer was stored", r.age())
			r.next(r.service, edition(1), "the answer lives 300 s")
		}
		time.Sleep(301*time.Second - r.age())
		r.note("%v have passed since the answer was stored", r.age())
		r.next(r.service, edition(2), "the answer lives 300 s, however often it was read: after that a call computes")

		r.redis.Mini().Del(cacheaside.Key(resort))
		r.note("somebody deletes the key")
		r.est.answers(edition(3), nil)
		r.next(r.service, edition(3), "Redis is the only cache: when the key is gone, the next call computes")
		r.same(cacheaside.Stats{Hits: 3, Misses: 3}, r.service.Stats(), "after three hits and three misses, one after another on a healthy Redis")
		r.same(cacheaside.Stats{Hits: 1}, other.Stats(), "of the other Service, after one hit")
		r.countsTheFailed()
	})
}

// countsTheFailed makes one call whose estimator fails, of a Service of its own. What it returns is a matter of another check.
func (r *resorts) countsTheFailed() {
	r.t.Helper()
	r.newStory()
	service, name := cacheaside.New(r.redis.Client(), r.est, cacheaside.Options{}), r.fresh()
	r.est.answers(nil, errNoRides)
	c := start(func() ([]cacheaside.LiftWait, error) { return service.LiftWaits(r.t.Context(), name) })
	synctest.Wait()
	r.note("the estimator fails: the only call of a Service gets %s", c.outcome())
	r.same(int64(1), service.Stats().Misses, "Misses: a call that needed a computation counts, also if the estimator returned an error")
}

// next makes one call and lets everything come to rest.
func (r *resorts) next(service *cacheaside.Service, want []cacheaside.LiftWait, rule string) {
	r.t.Helper()
	c := start(func() ([]cacheaside.LiftWait, error) { return service.LiftWaits(r.t.Context(), resort) })
	synctest.Wait()
	r.note("a call gets %s", c.outcome())
	r.expect(c, want, "%s", rule)
}

func TestKeyIsNeverVisibleWithoutItsTTL(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := openServer(t)
		rdb := s.client(patience)
		watch := &ttlWatch{server: s, found: make(chan struct{})}
		rdb.AddHook(watch)
		s.expect(s.newService(rdb), resort, 1, "the first call returns what the estimator computes")
		watch.awaitFound()
		watch.expectNone()
		left := s.ttl(resort)
		require.True(t, left <= 300*time.Second, "the TTL is 300 s; Redis says that more are left")
		require.True(t, left > 240*time.Second, "the TTL is 300 s; Redis says that less than 240 s are left just after storing")

		s.est.answers(edition(2), nil)
		s.expect(s.newService(rdb), resort, 1, "another Service finds the answer under liftwaittimes:<resort>")
		watch.expectNone()
	})
}

func TestInvalidateRemovesTheAnswer(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := openServer(t)
		service := s.newService(s.client(patience))
		require.True(t, service.Invalidate(t.Context(), resort) == nil, "Invalidate returns nil also if nothing is stored")
		for _, name := range []string{resort, "vail"} {
			s.expect(service, name, 1, "the first call returns what the estimator computes")
			s.awaitStored(name, "")
		}

		require.True(t, service.Invalidate(t.Context(), resort) == nil, "Invalidate returns nil while Redis is well")
		require.True(t, s.stored(resort) == "", "Invalidate removes the key of this resort")
		s.est.answers(edition(2), nil)
		s.expect(service, resort, 2, "a call after Invalidate computes")
		s.expect(service, "vail", 1, "Invalidate leaves the answers of other resorts: their calls are hits")

		s.must(s.Down(t.Context()))
		require.True(t, service.Invalidate(t.Context(), resort) != nil, "Invalidate returns an error while Redis is down")
	})
}

// ttlWatch is a hook that looks at the key, through the suite's own client, after every command that the subject sends. A
// pipeline without MULTI gives no more than its commands one by one: other clients' commands may come between. So it is sent so.
type ttlWatch struct {
	server *realServer
	mu     sync.Mutex
	naked  []string      // the commands after which the key had no TTL
	found  chan struct{} // closed when a look has found the key
	once   sync.Once
}

// awaitFound waits until a look has found the key, so that the first thing that is judged is what that look has seen.
func (w *ttlWatch) awaitFound() {
	w.server.t.Helper()
	w.server.awaitStored(resort, "")
	found := func() bool { // the look follows the subject's command at once
		select {
		case <-w.found:
			return true
		default:
			return false
		}
	}
	if !within(bound, found) {
		w.server.t.Fatalf("Redis is used only through the client that New was given; the key was stored by another way")
	}
}

func (w *ttlWatch) expectNone() {
	w.server.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.naked) > 0 {
		w.server.t.Fatalf("after %s the key was in Redis without a TTL, where any other client can see it", w.naked[0])
	}
}

func (w *ttlWatch) look(cmds []redis.Cmder) {
	left := w.server.ttl(resort)
	if left == -1 {
		names := make([]string, len(cmds))
		for i, cmd := range cmds {
			names[i] = strings.ToUpper(cmd.Name())
		}
		w.mu.Lock()
		w.naked = append(w.naked, strings.Join(names, "+"))
		w.mu.Unlock()
	}
	if left != -2 { // it is there
		w.once.Do(func() { close(w.found) })
	}
}

func (w *ttlWatch) DialHook(next redis.DialHook) redis.DialHook { return next }

func (w *ttlWatch) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		w.look([]redis.Cmder{cmd})
		return err
	}
}

func (w *ttlWatch) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if len(cmds) == 0 || cmds[0].Name() == "multi" {
			err := next(ctx, cmds)
			w.look(cmds)
			return err
		}
		var first error
		for i := range cmds {
			err := next(ctx, cmds[i:i+1])
			if first == nil {
				first = err
			}
			w.look(cmds[i : i+1])
		}
		return first
	}
}
