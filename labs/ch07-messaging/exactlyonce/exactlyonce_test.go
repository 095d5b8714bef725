package exactlyonce_test

import (
	"context"
	"errors"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/exactlyonce"
	"scalelab/pkg/services"
)

// These tests show how the interface is used. Passing them does not mean that the lab is done: the hidden suite checks the
// rules of README.md.

func TestARideCountsOnce(t *testing.T) {
	r := open(t)
	ended := r.run(t, func(ctx context.Context, tx redis.Pipeliner, d amqp.Delivery) error {
		tx.HIncrBy(ctx, "metres", "ada", 520)
		return nil
	})
	r.publish(t, "r-1")
	r.publish(t, "r-1") // the gate got no confirm
	r.publish(t, "r-2")
	require.Eventually(t, func() bool { return r.rdb.Exists(t.Context(), exactlyonce.Key("r-2")).Val() == 1 },
		10*time.Second, time.Millisecond, "the key of the last ride is in Redis")
	require.Equal(t, "1040", r.rdb.HGet(t.Context(), "metres", "ada").Val(), "metres after two rides, one of which came twice")
	r.stop()
	require.NoError(t, <-ended, "Run after its context has ended")
}

func TestAHandlerThatFailsIsCalledAgain(t *testing.T) {
	r := open(t)
	calls := 0
	ended := r.run(t, func(ctx context.Context, tx redis.Pipeliner, d amqp.Delivery) error {
		tx.HIncrBy(ctx, "metres", "ada", 520)
		if calls++; calls == 1 {
			return errors.New("who is Ada?")
		}
		return nil
	})
	r.publish(t, "r-1")
	require.Eventually(t, func() bool { return r.rdb.Exists(t.Context(), exactlyonce.Key("r-1")).Val() == 1 },
		10*time.Second, time.Millisecond, "the key of the ride is in Redis")
	require.Equal(t, "520", r.rdb.HGet(t.Context(), "metres", "ada").Val(), "metres after the handler failed and then succeeded")
	r.stop()
	require.NoError(t, <-ended, "Run after its context has ended")
}

// resort is a broker with the queue "rides", and a Redis.
type resort struct {
	conn *amqp.Connection
	ch   *amqp.Channel
	rdb  *redis.Client
	stop context.CancelFunc
}

func open(t *testing.T) *resort {
	t.Helper()
	r := &resort{conn: services.RabbitMQ(t).Dial(), rdb: services.Redis(t).Client()}
	ch, err := r.conn.Channel()
	require.NoError(t, err)
	_, err = ch.QueueDeclare("rides", true, false, false, false, nil)
	require.NoError(t, err)
	r.ch = ch
	return r
}

// run runs a consumer until stop; what Run returns comes over the channel.
func (r *resort) run(t *testing.T, handler exactlyonce.Handler) <-chan error {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r.stop = stop
	consumer := exactlyonce.New(r.conn, r.rdb, exactlyonce.Options{Queue: "rides", KeyTTL: time.Hour})
	ended := make(chan error, 1)
	go func() { ended <- consumer.Run(ctx, handler) }()
	return ended
}

func (r *resort) publish(t *testing.T, id string) {
	t.Helper()
	err := r.ch.PublishWithContext(t.Context(), "", "rides", true, false,
		amqp.Publishing{DeliveryMode: amqp.Persistent, MessageId: id, Body: []byte(`{"skier":"ada","metres":520}`)})
	require.NoError(t, err, "publish")
}
