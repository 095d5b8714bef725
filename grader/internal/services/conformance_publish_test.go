package services_test

import (
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/services"
	check "scalelab/pkg/services"
)

// asSuite is a view as a suite sees it: what services.RabbitMQ makes of the environment.
func asSuite(t *testing.T, v *view) *check.RabbitMQServer {
	t.Helper()
	for name, value := range v.env {
		t.Setenv(name, value)
	}
	return check.RabbitMQ(t)
}

// struck opens a view with a queue, for faults of single publishes and confirms.
func struck(t *testing.T, p *services.Pool) (server *check.RabbitMQServer, subject, eyes *amqp.Channel) {
	v := open(t, p, services.RabbitMQ, false)
	subject, eyes = channels(t, v)
	declare(t, subject, "q")
	return asSuite(t, v), subject, eyes
}

func rabbitLoseConfirm(t *testing.T, p *services.Pool) {
	server, subject, eyes := struck(t, p)
	require.NoError(t, server.LoseConfirm(t.Context(), 2))
	requireConfirmed(t, send(t, eyes, "q")) // past the proxy nothing is counted
	requireConfirmed(t, send(t, subject, "q"))
	lost := send(t, subject, "q")
	requireConfirmed(t, send(t, subject, "q"))
	require.False(t, isDone(lost), "a later confirm has overtaken it")
	require.Equal(t, 4, depth(t, eyes, "q"), "stored, but no answer")
	require.NoError(t, server.Heal(t.Context()))
	requireConfirmed(t, send(t, subject, "q"))
	require.False(t, isDone(lost), "what is lost does not come back")
	require.ErrorContains(t, server.LoseConfirm(t.Context(), 0), "number 0: the first publish or confirm is number 1")
}

func rabbitDelayConfirm(t *testing.T, p *services.Pool) {
	server, subject, eyes := struck(t, p)
	require.NoError(t, server.DelayConfirm(t.Context(), 1, time.Hour))
	delayed := send(t, subject, "q")
	requireConfirmed(t, send(t, subject, "q"))
	require.False(t, isDone(delayed))
	require.Equal(t, 2, depth(t, eyes, "q"))
	require.NoError(t, server.Heal(t.Context()))
	requireConfirmed(t, delayed)

	require.NoError(t, server.DelayConfirm(t.Context(), 1, time.Millisecond))
	requireConfirmed(t, send(t, subject, "q")) // in a millisecond, and without a Heal
}

func rabbitCutBeforePublish(t *testing.T, p *services.Pool) {
	server, subject, eyes := struck(t, p)
	require.NoError(t, server.CutBeforePublish(t.Context(), 2))
	requireCutAtSecond(t, subject)
	requireReconnected(t, server)
	require.Equal(t, 1, depth(t, eyes, "q"), "only the first publish is stored")
}

func rabbitCutAfterPublish(t *testing.T, p *services.Pool) {
	server, subject, eyes := struck(t, p)
	require.NoError(t, server.CutAfterPublish(t.Context(), 2))
	requireCutAtSecond(t, subject)
	requireReconnected(t, server)
	require.Equal(t, 2, depth(t, eyes, "q"), "both are stored")
}

// requireCutAtSecond publishes twice: the first is confirmed, at the second the connection ends.
func requireCutAtSecond(t *testing.T, subject *amqp.Channel) {
	t.Helper()
	closed := subject.NotifyClose(make(chan *amqp.Error, 1))
	requireConfirmed(t, send(t, subject, "q"))
	second, err := subject.PublishWithDeferredConfirmWithContext(t.Context(), "", "q", false, false,
		amqp.Publishing{DeliveryMode: amqp.Persistent})
	<-closed
	if err == nil { // it was written before the end was noticed
		require.False(t, second.Acked())
	}
}

// requireReconnected proves that the fault struck once.
func requireReconnected(t *testing.T, server *check.RabbitMQServer) {
	t.Helper()
	again := channel(t, server.URL)
	_, err := again.QueueDeclare("other", true, false, false, false, nil)
	require.NoError(t, err)
	requireConfirmed(t, send(t, again, "other"))
}

func isDone(c *amqp.DeferredConfirmation) bool {
	select {
	case <-c.Done():
		return true
	default:
		return false
	}
}
