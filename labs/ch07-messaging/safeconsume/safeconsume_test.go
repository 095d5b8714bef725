package safeconsume_test

import (
	"context"
	"errors"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/safeconsume"
	"scalelab/pkg/services"
)

// These tests show how the interface is used. Passing them does not mean that the lab is done: the hidden suite checks the
// rules of README.md.

func TestMessagesAreHandled(t *testing.T) {
	broker := passes(t, "ada", "grace")
	handled := make(chan string, 10)
	run(t, broker, func(_ context.Context, m safeconsume.Message) error {
		handled <- m.ID + ": " + string(m.Body)
		return nil
	})
	require.ElementsMatch(t, []string{"ada: a season pass", "grace: a season pass"}, []string{receive(t, handled), receive(t, handled)})
}

func TestFailedMessageComesAgain(t *testing.T) {
	broker := passes(t, "ada")
	handled := make(chan bool, 10)
	run(t, broker, func(_ context.Context, m safeconsume.Message) error {
		handled <- m.Redelivered
		if !m.Redelivered {
			return errors.New("the printer is jammed")
		}
		return nil
	})
	require.False(t, receive(t, handled), "the first delivery is no redelivery")
	require.True(t, receive(t, handled), "the second delivery, after the handler's error, is one")
}

func TestLostConnectionIsReplaced(t *testing.T) {
	broker := passes(t, "ada")
	handled := make(chan string, 10)
	release := make(chan struct{})
	run(t, broker, func(_ context.Context, m safeconsume.Message) error {
		handled <- m.ID
		<-release
		return nil
	})
	require.Equal(t, "ada", receive(t, handled), "the first delivery")
	require.NoError(t, broker.Cut(t.Context()))
	require.Equal(t, "ada", receive(t, handled), "the second delivery: the first was not acknowledged when the connection was lost")
	close(release)
}

func TestRunReturnsWhenTheContextEnds(t *testing.T) {
	broker := passes(t, "ada")
	handled := make(chan string, 10)
	stop, ended := run(t, broker, func(_ context.Context, m safeconsume.Message) error {
		handled <- m.ID
		return nil
	})
	receive(t, handled)
	stop()
	require.NoError(t, receive(t, ended), "Run after its context has ended")
}

// passes returns a broker with the orders of these skiers in its queue.
func passes(t *testing.T, skiers ...string) *services.RabbitMQServer {
	t.Helper()
	broker := services.RabbitMQ(t)
	ch, err := broker.Observer().Channel()
	require.NoError(t, err)
	_, err = ch.QueueDeclare("passes", true, false, false, false, nil)
	require.NoError(t, err)
	for _, skier := range skiers {
		require.NoError(t, ch.PublishWithContext(t.Context(), "", "passes", true, false, amqp.Publishing{
			DeliveryMode: amqp.Persistent, MessageId: skier, Body: []byte("a season pass"),
		}))
	}
	return broker
}

// run starts a consumer, which is stopped when the test ends at the latest.
func run(t *testing.T, broker *services.RabbitMQServer, handler safeconsume.Handler) (stop func(), ended <-chan error) {
	t.Helper()
	consumer := safeconsume.NewConsumer(
		func(context.Context) (*amqp.Connection, error) { return amqp.Dial(broker.URL) },
		safeconsume.Options{Queue: "passes", Prefetch: 2, Backoff: safeconsume.Doubling(time.Millisecond, time.Second)},
	)
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	returned := make(chan error, 1)
	go func() { returned <- consumer.Run(ctx, handler) }()
	return stop, returned
}

// receive waits for a value; the time is only a bound against hanging for ever.
func receive[T any](t *testing.T, values <-chan T) T {
	t.Helper()
	select {
	case v := <-values:
		return v
	case <-time.After(10 * time.Second):
		require.FailNow(t, "nothing came")
		panic("unreachable")
	}
}
