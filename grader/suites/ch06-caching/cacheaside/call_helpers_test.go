package cacheaside_test

import (
	"context"
	"fmt"
	"strings"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch06-caching/cacheaside"
	"scalelab/pkg/check"
	"scalelab/pkg/services"
)

const resort = "whistler"

// waitForRedis is how long a call may spend on Redis in all: README, The contract, 7.
const waitForRedis = 5 * cacheaside.DefaultOpTimeout

// call is a call of LiftWaits or Invalidate in a goroutine of its own.
type call struct {
	done  chan struct{}
	took  time.Duration // virtual
	waits []cacheaside.LiftWait
	err   error
}

func start(do func() ([]cacheaside.LiftWait, error)) *call {
	c := &call{done: make(chan struct{})}
	began := time.Now()
	go func() {
		defer close(c.done)
		c.waits, c.err = do()
		c.took = time.Since(began)
	}()
	return c
}

func (c *call) returned() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

func (c *call) outcome() string {
	if !c.returned() {
		return "nothing yet: the call has not returned"
	}
	return describe(c.waits, c.err)
}

// resorts is a service in a bubble, with everything that a check may hold, break or ask.
type resorts struct {
	t       *check.T
	redis   *services.BubbleRedisServer
	gate    *gate
	est     *estimator
	service *cacheaside.Service
	began   time.Time
	names   int      // resorts used up by fresh
	story   []string // the steps so far, shown if the check fails
}

// openResorts makes a service on a Redis of its own in the caller's bubble. When the check ends, everything that is still held
// is released and Redis is healthy, so that right code leaves no goroutine behind.
func openResorts(t *check.T, opts cacheaside.Options) *resorts {
	r := &resorts{t: t, redis: services.BubbleRedis(t), gate: newGate(), est: newEstimator(), began: time.Now()}
	rdb := r.redis.Client()
	rdb.AddHook(r.gate)
	r.service = cacheaside.New(rdb, r.est, opts)
	t.Cleanup(func() {
		_ = r.redis.Heal(context.Background())
		r.gate.releaseAll()
		r.est.releaseAll()
		synctest.Wait()
	})
	return r
}

func (r *resorts) ask(ctx context.Context, resort string) *call {
	return start(func() ([]cacheaside.LiftWait, error) { return r.service.LiftWaits(ctx, resort) })
}

func (r *resorts) invalidate(resort string) *call {
	return start(func() ([]cacheaside.LiftWait, error) { return nil, r.service.Invalidate(r.t.Context(), resort) })
}

// stored lets one call compute and store edition n.
func (r *resorts) stored(resort string, n int) {
	r.t.Helper()
	r.est.answers(edition(n), nil)
	c := r.ask(r.t.Context(), resort)
	synctest.Wait()
	r.note("a call computes and stores edition %d: it gets %s", n, c.outcome())
	r.expect(c, edition(n), "a call on a healthy Redis that holds no answer gets the computed one")
}

// note adds a step to what is shown if the check fails. Its words depend on the subject's code alone.
func (r *resorts) note(format string, args ...any) {
	r.story = append(r.story, fmt.Sprintf(format, args...))
}

// newStory forgets the steps of the scene before.
func (r *resorts) newStory() { r.story = nil }

// expect fails unless c has returned want. rule says what was promised.
func (r *resorts) expect(c *call, want []cacheaside.LiftWait, rule string, args ...any) {
	r.t.Helper()
	r.same(describe(want, nil), c.outcome(), rule, args...)
}

// expectError fails unless c has returned want.
func (r *resorts) expectError(c *call, want error, rule string, args ...any) {
	r.t.Helper()
	r.same(describe(nil, want), c.outcome(), rule, args...)
}

// expectInvalidated fails unless the call of Invalidate has returned nil.
func (r *resorts) expectInvalidated(c *call, rule string) {
	r.t.Helper()
	r.same("returned nil", invalidated(c), "%s", rule)
}

func invalidated(c *call) string {
	switch {
	case !c.returned():
		return "has not returned yet"
	case c.err == nil:
		return "returned nil"
	default:
		return "returned an error"
	}
}

// age is the virtual time since the check began; no time passes while a healthy Redis and a free estimator work.
func (r *resorts) age() time.Duration { return time.Since(r.began) }

// must does something to Redis that cannot fail in a bubble.
func (r *resorts) must(do func(context.Context) error) {
	r.t.Helper()
	if err := do(r.t.Context()); err != nil {
		check.Unjudged(r.t, err.Error())
	}
}

// expectRuns fails unless n computations for resort have begun so far.
func (r *resorts) expectRuns(resort string, n int, rule string, args ...any) {
	r.t.Helper()
	r.same(n, r.est.count(resort), rule, args...)
}

// same is require.Equal that shows the story of a failure.
func (r *resorts) same(want, got any, rule string, args ...any) {
	r.t.Helper()
	if want != got {
		var text strings.Builder
		for i, step := range r.story {
			fmt.Fprintf(&text, "%2d  %s\n", i+1, step)
		}
		check.Show(r.t, check.Evidence{Kind: "steps", Title: "What happened", Text: text.String()})
	}
	require.Equal(r.t, want, got, fmt.Sprintf(rule, args...))
}
