//go:build !graded

package services

import (
	"context"
	"testing"

	"scalelab/pkg/services/embedded"
	"scalelab/pkg/services/faultproxy"
)

// ownRedis starts a server in this process, for a test to which none is given.
func ownRedis(t testing.TB) *RedisServer {
	t.Helper()
	server, err := embedded.StartRedis(context.Background())
	if err != nil {
		t.Fatalf("services: %v", err)
	}
	cleanup(t, server.Close)
	proxy, err := faultproxy.Start(server.Addr())
	if err != nil {
		t.Fatalf("services: %v", err)
	}
	cleanup(t, proxy.Close)
	return &RedisServer{
		URL:    "redis://" + proxy.Addr() + "/0",
		Direct: "redis://" + server.Addr() + "/0",
		Faults: faultproxy.Of(proxy, server),
		t:      t,
	}
}

// ownRabbitMQ starts a broker in this process, for a test to which none is given.
func ownRabbitMQ(t testing.TB) *RabbitMQServer {
	t.Helper()
	broker, err := embedded.StartRabbitMQ(context.Background())
	if err != nil {
		t.Fatalf("services: %v", err)
	}
	cleanup(t, broker.Close)
	proxy, err := faultproxy.StartAMQP(broker.Addr(), broker)
	if err != nil {
		t.Fatalf("services: %v", err)
	}
	cleanup(t, proxy.Close)
	return &RabbitMQServer{
		URL: broker.URL(proxy.Addr()), Direct: broker.URL(broker.Addr()),
		AMQPFaults: proxy,
		t:          t,
		policies:   broker,
	}
}
