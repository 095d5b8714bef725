//go:build graded

package services

import "testing"

// The grader builds suites with the tag "graded": it gives every check its servers, so those of our own are left out, and with them the
// larger half of the binary.

func ownRedis(t testing.TB) *RedisServer {
	t.Helper()
	none(t, KindRedis)
	return nil
}

func ownRabbitMQ(t testing.TB) *RabbitMQServer {
	t.Helper()
	none(t, KindRabbitMQ)
	return nil
}

func none(t testing.TB, kind string) {
	t.Helper()
	t.Skipf("no %s here: the grader has given none; does lab.yaml list %s under services?", kind, kind)
}
