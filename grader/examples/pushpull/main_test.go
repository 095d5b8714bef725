package main

import (
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/pkg/minirabbit"
)

func TestPullWaitsForEachMessageAndPushOnce(t *testing.T) {
	for _, way := range []struct {
		name    string
		consume func(*amqp.Channel) (int, error)
		waits   int
	}{{"pull", pull, messages + 1}, {"push", push, 2}} {
		t.Run(way.name, func(t *testing.T) {
			counts, n, err := measure(minirabbit.Run(t), way.consume)
			require.NoError(t, err)
			require.Equal(t, messages, n)
			require.Equal(t, way.waits, counts.waits())
			require.Equal(t, messages, counts[basicAck])
		})
	}
}
