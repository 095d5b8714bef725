package services

import (
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"scalelab/pkg/services/faults"
)

// RedisServer is one test's private view of a Redis server. It persists nothing: a restart empties it.
type RedisServer struct {
	URL    string // redis://…, through the fault proxy: for the subject
	Direct string // redis://…, past the proxy: for the suite's own eyes
	Faults

	t testing.TB
}

// Redis returns an empty view, removed when the test ends.
func Redis(t testing.TB) *RedisServer {
	t.Helper()
	if url, direct, ok := given(t, KindRedis, EnvRedisURL, EnvRedisDirect); ok {
		return &RedisServer{URL: url, Direct: direct, Faults: faults.Dial(os.Getenv(EnvFaults), KindRedis), t: t}
	}
	return ownRedis(t)
}

// Client returns a client that goes through the fault proxy; it is closed when the test ends.
func (s *RedisServer) Client() *redis.Client {
	s.t.Helper()
	return s.client(s.URL, func(*redis.Options) {})
}

// ClientWith is Client with options of the caller's own: a longer patience, or a dialer that watches the wire. (The options of a client
// that exists are no pattern for another: go-redis has put other numbers in place of those that were given, 0 retries for -1, which would
// be taken for 3.)
func (s *RedisServer) ClientWith(change func(*redis.Options)) *redis.Client {
	s.t.Helper()
	client := newClient(s.t, s.URL, change)
	s.t.Cleanup(func() { _ = client.Close() }) // what the caller's dialer has broken cannot be closed well
	return client
}

// Observer returns a client that goes past the fault proxy, and has the patience that a busy machine asks for; it is closed when the test ends.
func (s *RedisServer) Observer() *redis.Client {
	s.t.Helper()
	return s.client(s.Direct, func(o *redis.Options) {
		o.DialTimeout, o.ReadTimeout, o.WriteTimeout = time.Minute, time.Minute, time.Minute
	})
}

func (s *RedisServer) client(url string, change func(*redis.Options)) *redis.Client {
	s.t.Helper()
	client := newClient(s.t, url, change)
	cleanup(s.t, client.Close)
	return client
}

func newClient(t testing.TB, url string, change func(*redis.Options)) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatalf("services: redis URL: %v", err)
	}
	change(plain(options))
	return redis.NewClient(options)
}

// plain makes one command one attempt that ends with its context, and the pool independent of the machine's cores.
func plain(o *redis.Options) *redis.Options {
	o.ContextTimeoutEnabled = true
	o.MaxRetries = -1
	o.DialerRetries = 1
	o.DialerRetryTimeout = time.Millisecond // after the one attempt, too
	o.PoolSize = 100
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return o
}
