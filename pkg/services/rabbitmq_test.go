package services_test

import (
	"context"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/pkg/services"
)

// queueOn opens a channel in confirm mode and declares a durable queue.
func queueOn(t *testing.T, conn *amqp.Connection) *amqp.Channel {
	t.Helper()
	ch, err := conn.Channel()
	require.NoError(t, err)
	require.NoError(t, ch.Confirm(false))
	_, err = ch.QueueDeclare("q", true, false, false, false, nil)
	require.NoError(t, err)
	return ch
}

func publish(t *testing.T, ch *amqp.Channel) *amqp.DeferredConfirmation {
	t.Helper()
	confirm, err := ch.PublishWithDeferredConfirmWithContext(t.Context(), "", "q", false, false,
		amqp.Publishing{DeliveryMode: amqp.Persistent, Body: []byte("message")})
	require.NoError(t, err)
	return confirm
}

func acked(t *testing.T, confirm *amqp.DeferredConfirmation) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	ok, err := confirm.WaitContext(ctx)
	require.NoError(t, err)
	return ok
}

func stored(t *testing.T, ch *amqp.Channel) int {
	t.Helper()
	q, err := ch.QueueDeclarePassive("q", true, false, false, false, nil)
	require.NoError(t, err)
	return q.Messages
}

func TestEmbeddedRabbitMQIsPrivate(t *testing.T) {
	one, two := services.RabbitMQ(t), services.RabbitMQ(t)
	require.True(t, acked(t, publish(t, queueOn(t, one.Dial()))))
	require.Equal(t, 1, stored(t, queueOn(t, one.Observer())))
	require.Zero(t, stored(t, queueOn(t, two.Dial())))
}

func TestEmbeddedRabbitMQStoresWhatItCannotConfirm(t *testing.T) {
	server := services.RabbitMQ(t)
	ch, eyes := queueOn(t, server.Dial()), queueOn(t, server.Observer())
	require.NoError(t, server.Mute(t.Context()))
	confirm := publish(t, ch)
	require.Eventually(t, func() bool { return stored(t, eyes) == 1 }, 20*time.Second, time.Millisecond)
	require.NoError(t, server.Heal(t.Context()))
	require.True(t, acked(t, confirm))
}

func TestEmbeddedRabbitMQObeysPolicies(t *testing.T) {
	server := services.RabbitMQ(t)
	ch := queueOn(t, server.Dial())
	require.NoError(t, server.SetPolicy(t.Context(), "limit", "^q$", map[string]any{"max-length": 1, "overflow": "reject-publish"}))
	require.True(t, acked(t, publish(t, ch)))
	require.False(t, acked(t, publish(t, ch)))
}

func TestEmbeddedRabbitMQKeepsConfirmedMessagesOverAKill(t *testing.T) {
	server := services.RabbitMQ(t)
	require.True(t, acked(t, publish(t, queueOn(t, server.Dial()))))
	require.NoError(t, server.Kill(t.Context()))
	_, err := amqp.Dial(server.URL)
	require.ErrorContains(t, err, "refused")
	require.NoError(t, server.Start(t.Context()))
	require.Equal(t, 1, stored(t, queueOn(t, server.Dial())))
}

func TestEmbeddedRabbitMQStrikesSinglePublishesAndConfirms(t *testing.T) {
	server := services.RabbitMQ(t)
	ch, eyes := queueOn(t, server.Dial()), queueOn(t, server.Observer())
	require.NoError(t, server.LoseConfirm(t.Context(), 1))
	require.NoError(t, server.DelayConfirm(t.Context(), 2, time.Hour))
	require.True(t, acked(t, publish(t, eyes)), "past the proxy nothing is counted")
	lost, delayed := publish(t, ch), publish(t, ch)
	require.True(t, acked(t, publish(t, ch)))
	require.False(t, lost.Acked() || delayed.Acked())
	require.NoError(t, server.Heal(t.Context()))
	require.True(t, acked(t, delayed))
	require.True(t, acked(t, publish(t, ch)))
	require.False(t, lost.Acked())
	require.Equal(t, 5, stored(t, eyes), "all are stored")

	closed := ch.NotifyClose(make(chan *amqp.Error, 1))
	require.NoError(t, server.CutAfterPublish(t.Context(), 1))
	publish(t, ch)
	<-closed
	require.Equal(t, 6, stored(t, eyes))
	ch = queueOn(t, server.Dial())
	closed = ch.NotifyClose(make(chan *amqp.Error, 1))
	require.NoError(t, server.CutBeforePublish(t.Context(), 1))
	publish(t, ch)
	<-closed
	require.True(t, acked(t, publish(t, queueOn(t, server.Dial()))))
	require.Equal(t, 7, stored(t, eyes), "what was cut before is not")
}
