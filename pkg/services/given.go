package services

import (
	"os"
	"testing"
)

// The environment through which the grader gives a check its view of the servers.
const (
	EnvRedisURL           = "SCALELAB_REDIS_URL"           // redis://…, through the check's fault proxy
	EnvRedisDirect        = "SCALELAB_REDIS_DIRECT"        // redis://…, past it
	EnvRabbitMQURL        = "SCALELAB_RABBITMQ_URL"        // amqp://user:password@host:port/vhost, through the proxy
	EnvRabbitMQDirect     = "SCALELAB_RABBITMQ_DIRECT"     // amqp://…, past it
	EnvRabbitMQManagement = "SCALELAB_RABBITMQ_MANAGEMENT" // http://user:password@host:port/vhost
	EnvFaults             = "SCALELAB_FAULTS"              // path of the fault-control unix socket
)

// The names under which the fault-control socket knows the servers.
const (
	KindRedis    = "redis"
	KindRabbitMQ = "rabbitmq"
)

// given returns a view's URL and Direct from the environment, and whether there are any. A process that was given
// some server but not this one has a lab.yaml that does not ask for it: the test ends there, because starting an
// embedded server silently would grade something else than what was asked for.
func given(t testing.TB, kind, url, direct string) (string, string, bool) {
	t.Helper()
	if u := os.Getenv(url); u != "" {
		return u, os.Getenv(direct), true
	}
	for _, other := range []string{EnvRedisURL, EnvRabbitMQURL, EnvFaults} {
		if os.Getenv(other) != "" {
			t.Skipf("no %s here: %s is set but %s is not; does lab.yaml list %s under services?", kind, other, url, kind)
		}
	}
	return "", "", false
}

// cleanup closes something when the test ends, and lets the test fail if that fails.
func cleanup(t testing.TB, closeIt func() error) {
	t.Helper()
	t.Cleanup(func() {
		if err := closeIt(); err != nil {
			t.Errorf("services: close: %v", err)
		}
	})
}
