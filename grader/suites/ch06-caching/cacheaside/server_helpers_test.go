package cacheaside_test

import (
	"errors"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch06-caching/cacheaside"
	"scalelab/pkg/check"
	"scalelab/pkg/services"
)

// patience is the timeout of everything that must work on a healthy server, however busy the machine is.
const patience = time.Minute

// realServer is a view of a Redis server and the suite's own eyes on it.
type realServer struct {
	*services.RedisServer
	t   *check.T
	eye *redis.Client
	est *estimator
}

func openServer(t *check.T) *realServer {
	server := services.Redis(t)
	return &realServer{RedisServer: server, t: t, eye: server.Observer(), est: newEstimator()}
}

// client is a client for the subject whose own time-outs are long: a busy machine must not make Redis look broken.
func (s *realServer) client(timeout time.Duration) *redis.Client {
	s.t.Helper()
	return s.ClientWith(func(o *redis.Options) { o.DialTimeout, o.ReadTimeout, o.WriteTimeout = timeout, timeout, timeout })
}

// newService returns a service that waits long enough for a healthy server on a busy machine.
func (s *realServer) newService(rdb *redis.Client) *cacheaside.Service {
	return cacheaside.New(rdb, s.est, cacheaside.Options{OpTimeout: patience})
}

// expect calls LiftWaits and fails unless it returns edition n.
func (s *realServer) expect(service *cacheaside.Service, resort string, n int, rule string) {
	s.t.Helper()
	waits, err := service.LiftWaits(s.t.Context(), resort)
	require.Equal(s.t, describe(edition(n), nil), describe(waits, err), rule)
}

// awaitStored waits until Redis holds something other than unlike under the key of resort: the subject may store after it returned.
func (s *realServer) awaitStored(resort, unlike string) {
	s.t.Helper()
	stored := func() bool { now := s.stored(resort); return now != "" && now != unlike }
	if !within(bound, stored) {
		s.t.Fatalf("after a miss the answer is stored under %q; nothing new has come to this key in Redis", "liftwaittimes:"+resort)
	}
}

// bound is how long only wrong code waits.
const bound = 5 * time.Second

// looks are how often it looks at least, however slow the machine is.
const looks = 1000

// within waits for a condition, and says whether it came.
func within(d time.Duration, condition func() bool) bool {
	deadline := time.Now().Add(d)
	for n := 0; !condition(); n++ {
		if n >= looks && time.Now().After(deadline) {
			return false
		}
		time.Sleep(time.Millisecond)
	}
	return true
}

// awaitErrors waits until a call that has met an error has counted it; it may do so when it has returned.
func (s *realServer) awaitErrors(service *cacheaside.Service) {
	s.t.Helper()
	within(bound, func() bool { return service.Stats().Errors > 0 })
	require.Positive(s.t, service.Stats().Errors, "Errors has grown after Redis was down")
}

// stored returns type and text of what Redis holds for resort, "" for nothing.
func (s *realServer) stored(resort string) string {
	s.t.Helper()
	key := "liftwaittimes:" + resort
	kind := s.seen(s.eye.Type(s.t.Context(), key).Result())
	switch kind {
	case "none":
		return ""
	case "string":
		text, err := s.eye.Get(s.t.Context(), key).Result()
		switch {
		case errors.Is(err, redis.Nil):
			return ""
		case err != nil && strings.HasPrefix(err.Error(), "WRONGTYPE"): // it has become something else in between
			return s.stored(resort)
		}
		return "string " + s.seen(text, err)
	default:
		return kind
	}
}

// seen is the value, unless the suite's own look at the server failed: then nothing can be judged.
func (s *realServer) seen(value string, err error) string {
	s.t.Helper()
	if err != nil {
		check.Unjudged(s.t, "look at Redis: "+err.Error())
	}
	return value
}

// ttl returns the key's remaining time; -1 if it has none, -2 if there is no key.
func (s *realServer) ttl(resort string) time.Duration {
	s.t.Helper()
	left, err := s.eye.PTTL(s.t.Context(), "liftwaittimes:"+resort).Result()
	s.seen("", err)
	return left
}

// must does something to the server; if that fails, nothing can be judged.
func (s *realServer) must(err error) {
	s.t.Helper()
	s.seen("", err)
}

// awaitAnswer waits until the subject's own client reaches the server again.
func (s *realServer) awaitAnswer(rdb *redis.Client) {
	s.t.Helper()
	if !within(patience/2, func() bool { return rdb.Ping(s.t.Context()).Err() == nil }) {
		check.Unjudged(s.t, "Redis does not answer after the fault is over")
	}
}
