package poison_test

import (
	"context"
	"errors"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/poison"
	"scalelab/pkg/services"
)

// These tests show how the interface is used. Passing them does not mean that the lab is done: the hidden suite checks the
// rules of README.md.

func TestPoisonEndsInTheDeadLetterQueue(t *testing.T) {
	r := open(t)
	r.publish(t, "r-1")
	starts := 0
	ended := r.run(t, func(context.Context, amqp.Delivery) error {
		starts++
		return errors.New("the ride ends before it began")
	})
	require.Equal(t, poison.Dead{MessageID: "r-1", Reason: "the ride ends before it began", Attempts: 3}, receive(t, r.alerts))
	r.stop()
	require.NoError(t, receive(t, ended), "Run after its context has ended")
	require.Equal(t, 3, starts, "starts of the handler")
	d, found, err := r.ch.Get(r.opts.DeadQueue(), true)
	require.NoError(t, err)
	require.True(t, found, "the message is in the dead-letter queue")
	require.Equal(t, "r-1", d.MessageId)
	require.Equal(t, "the ride ends before it began", d.Headers[poison.HeaderReason])
}

func TestReplay(t *testing.T) {
	r := open(t)
	err := r.ch.PublishWithContext(t.Context(), "", r.opts.DeadQueue(), true, false, amqp.Publishing{MessageId: "r-1",
		Headers: amqp.Table{poison.HeaderAttempts: int32(3), poison.HeaderErrors: []any{"a", "b", "c"}, poison.HeaderReason: "c"}})
	require.NoError(t, err, "publish")
	_, err = r.ch.QueueDeclarePassive(r.opts.DeadQueue(), true, false, false, false, nil) // when this is answered, the message is there
	require.NoError(t, err, "the dead-letter queue")
	moved, err := poison.New(r.dial, r.opts).Replay(t.Context(), 10)
	require.NoError(t, err, "Replay")
	require.Equal(t, 1, moved, "messages that were moved")
	handled := make(chan string, 1)
	ended := r.run(t, func(_ context.Context, d amqp.Delivery) error {
		handled <- d.MessageId
		return nil
	})
	require.Equal(t, "r-1", receive(t, handled))
	r.stop()
	require.NoError(t, receive(t, ended), "Run after its context has ended")
}

// resort is a broker with the queues of rides.
type resort struct {
	dial   func() (*amqp.Connection, error)
	ch     *amqp.Channel
	opts   poison.Options
	alerts chan poison.Dead
	stop   context.CancelFunc
}

func open(t *testing.T) *resort {
	t.Helper()
	broker := services.RabbitMQ(t)
	r := &resort{alerts: make(chan poison.Dead, 10), dial: func() (*amqp.Connection, error) { return amqp.Dial(broker.URL) }}
	r.opts = poison.Options{Queue: "rides", MaxAttempts: 3, Backoff: 10 * time.Millisecond, Alert: func(d poison.Dead) { r.alerts <- d }}
	ch, err := broker.Observer().Channel()
	require.NoError(t, err)
	require.NoError(t, poison.Declare(ch, r.opts, "quorum"))
	r.ch = ch
	return r
}

// run runs a consumer until stop; what Run returns comes over the channel.
func (r *resort) run(t *testing.T, handler poison.Handler) <-chan error {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r.stop = stop
	ended := make(chan error, 1)
	go func() { ended <- poison.New(r.dial, r.opts).Run(ctx, handler) }()
	return ended
}

func (r *resort) publish(t *testing.T, id string) {
	t.Helper()
	err := r.ch.PublishWithContext(t.Context(), "", "rides", true, false, amqp.Publishing{DeliveryMode: amqp.Persistent, MessageId: id})
	require.NoError(t, err, "publish")
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
