package safepublish_test

import (
	"context"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/safepublish"
	"scalelab/pkg/services"
)

// These tests show how the interface is used. Passing them does not mean that the lab is done: the hidden suite checks the
// rules of README.md.

const exchange, queue, key = "rides", "rides.statistics", "ride"

func TestAcceptedMessageIsInTheQueue(t *testing.T) {
	broker := services.RabbitMQ(t)
	ch := declare(t, broker)
	p := publisher(t, broker)
	pending, err := p.Publish(t.Context(), safepublish.Message{ID: "ride-1", Key: key, Body: []byte("ada, gondola")})
	require.NoError(t, err, "Publish")
	wait(t, pending)
	require.NoError(t, pending.Err(), "the message is accepted")
	d, ok, err := ch.Get(queue, true)
	require.NoError(t, err)
	require.True(t, ok, "the message is in the queue")
	require.Equal(t, "ride-1", d.MessageId, "MessageId")
	require.Equal(t, "ada, gondola", string(d.Body), "body")
}

func TestNobodyListens(t *testing.T) {
	broker := services.RabbitMQ(t)
	declare(t, broker)
	p := publisher(t, broker)
	pending, err := p.Publish(t.Context(), safepublish.Message{ID: "ride-1", Key: "no queue is bound under this key"})
	require.NoError(t, err, "Publish")
	wait(t, pending)
	require.ErrorIs(t, pending.Err(), safepublish.ErrUnroutable, "a message that no queue wants")
}

func TestConnectionIsLost(t *testing.T) {
	broker := services.RabbitMQ(t)
	declare(t, broker)
	p := publisher(t, broker)
	require.NoError(t, broker.CutBeforePublish(t.Context(), 2))
	for _, id := range []string{"ride-1", "ride-2", "ride-3"} {
		pending, err := p.Publish(t.Context(), safepublish.Message{ID: id, Key: key})
		require.NoError(t, err, "Publish of %s", id)
		wait(t, pending)
		require.NoError(t, pending.Err(), "%s is accepted, although the connection is lost at the second publish", id)
	}
}

// declare sets up the exchange and the queue, and returns a channel to look at them.
func declare(t *testing.T, broker *services.RabbitMQServer) *amqp.Channel {
	t.Helper()
	ch, err := broker.Observer().Channel()
	require.NoError(t, err)
	require.NoError(t, safepublish.Declare(ch, exchange, queue, key), "Declare")
	return ch
}

// publisher returns a publisher that is closed when the test ends.
func publisher(t *testing.T, broker *services.RabbitMQServer) *safepublish.Publisher {
	t.Helper()
	dial := func() (*amqp.Connection, error) { return amqp.Dial(broker.URL) }
	p := safepublish.NewPublisher(dial, safepublish.Options{Exchange: exchange, Window: 10, Backoff: time.Millisecond})
	t.Cleanup(func() { require.NoError(t, p.Close(context.Background()), "Close") })
	return p
}

// wait waits until the message is settled; the time is only a bound against hanging for ever.
func wait(t *testing.T, pending *safepublish.Pending) {
	t.Helper()
	select {
	case <-pending.Done():
	case <-time.After(10 * time.Second):
		require.FailNow(t, "the message is not settled")
	}
}
