package services_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/services"
	check "scalelab/pkg/services"
	"scalelab/pkg/services/faults"
)

var onlyRabbit = []services.Kind{services.RabbitMQ}

var rabbitRules = []rule{
	{"rabbitmq is private", "a view is empty, and nobody enters another's virtual host", onlyRabbit, false, rabbitIsPrivate},
	{"rabbitmq is removed", "virtual host and user are gone when the view is closed", onlyRabbit, false, rabbitIsRemoved},
	{"rabbitmq policies", "a policy set through the management API takes effect", onlyRabbit, false, rabbitPolicies},
	{"rabbitmq cut", "Cut closes connections, and a new one is accepted", onlyRabbit, false, rabbitCut},
	{"rabbitmq stall", "in a stall no publish arrives; it arrives when it heals", onlyRabbit, false, rabbitStall},
	{"rabbitmq mute", "a muted broker stores what is published and cannot confirm it", onlyRabbit, false, rabbitMute},
	{"rabbitmq down", "Down refuses connections; past the proxy all is well", onlyRabbit, false, rabbitDown},
	{"rabbitmq lose confirm", "the message is stored, its answer never comes, later ones do", onlyRabbit, false, rabbitLoseConfirm},
	{"rabbitmq delay confirm", "later answers overtake it, and it comes when it heals", onlyRabbit, false, rabbitDelayConfirm},
	{"rabbitmq cut before publish", "the message is not stored, and the connection ends", onlyRabbit, false, rabbitCutBeforePublish},
	{"rabbitmq cut after publish", "the message is stored, and the connection ends without its answer", onlyRabbit, false, rabbitCutAfterPublish},
	{"rabbitmq many", "many checks side by side do not meet", onlyRabbit, false, rabbitMany},
	{"rabbitmq shared", "a view that is not exclusive cannot restart its broker", onlyRabbit, false, rabbitShared},
	{"rabbitmq restart", "a restart keeps durable queues with their persistent messages, confirmed or not", onlyRabbit, true, rabbitRestart},
	{"rabbitmq kill", "a killed broker refuses until it is started, and keeps what it confirmed", onlyRabbit, true, rabbitKill},
	{"rabbitmq alone", "an exclusive view waits for the others, and they for it", onlyRabbit, true, rabbitAlone},
	{"rabbitmq left dead", "a broker that a check left in the middle of a restart is there for the next one", onlyRabbit, true, rabbitLeftDead},
}

// channel opens a channel in confirm mode on a connection of its own.
func channel(t *testing.T, url string) *amqp.Channel {
	t.Helper()
	conn, err := amqp.Dial(url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.CloseDeadline(time.Now().Add(time.Second)) }) // a test may have cut it
	ch, err := conn.Channel()
	require.NoError(t, err)
	require.NoError(t, ch.Confirm(false))
	return ch
}

// channels are the subject's and the suite's.
func channels(t *testing.T, v *view) (subject, eyes *amqp.Channel) {
	t.Helper()
	return channel(t, v.env[check.EnvRabbitMQURL]), channel(t, v.env[check.EnvRabbitMQDirect])
}

func declare(t *testing.T, ch *amqp.Channel, queue string) {
	t.Helper()
	_, err := ch.QueueDeclare(queue, true, false, false, false, nil)
	require.NoError(t, err)
}

// send publishes a persistent message and does not wait for its confirm.
func send(t *testing.T, ch *amqp.Channel, queue string) *amqp.DeferredConfirmation {
	t.Helper()
	confirm, err := ch.PublishWithDeferredConfirmWithContext(t.Context(), "", queue, false, false,
		amqp.Publishing{DeliveryMode: amqp.Persistent, Body: []byte("message")})
	require.NoError(t, err)
	return confirm
}

func depth(t *testing.T, ch *amqp.Channel, queue string) int {
	t.Helper()
	q, err := ch.QueueDeclarePassive(queue, true, false, false, false, nil)
	require.NoError(t, err)
	return q.Messages
}

func requireDepth(t *testing.T, ch *amqp.Channel, queue string, want int) {
	t.Helper()
	require.Eventually(t, func() bool { return depth(t, ch, queue) == want }, 20*time.Second, time.Millisecond)
}

func requireConfirmed(t *testing.T, c *amqp.DeferredConfirmation) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	acked, err := c.WaitContext(ctx)
	require.NoError(t, err)
	require.True(t, acked)
}

func rabbitIsPrivate(t *testing.T, p *services.Pool) {
	one, two := open(t, p, services.RabbitMQ, false), open(t, p, services.RabbitMQ, false)
	subject, eyes := channels(t, one)
	declare(t, subject, "q")
	requireConfirmed(t, send(t, subject, "q"))
	require.Equal(t, 1, depth(t, eyes, "q"), "both addresses lead to the same virtual host")

	other, _ := channels(t, two)
	_, err := other.QueueDeclarePassive("q", true, false, false, false, nil)
	require.ErrorContains(t, err, "404")

	trespass, err := url.Parse(one.env[check.EnvRabbitMQDirect])
	require.NoError(t, err)
	intruder, err := url.Parse(two.env[check.EnvRabbitMQDirect])
	require.NoError(t, err)
	if intruder.Host != trespass.Host { // a broker for each check needs no borders
		return
	}
	trespass.User = intruder.User
	_, err = amqp.Dial(trespass.String())
	require.Error(t, err, "another check's virtual host is closed to this user")
}

func rabbitIsRemoved(t *testing.T, p *services.Pool) {
	v := open(t, p, services.RabbitMQ, false)
	subject, _ := channels(t, v)
	closed := subject.NotifyClose(make(chan *amqp.Error, 1))
	require.NoError(t, v.Close(t.Context()))
	<-closed
	requireRefused(t, v.env[check.EnvRabbitMQURL])
	_, err := amqp.Dial(v.env[check.EnvRabbitMQDirect])
	require.Error(t, err)
}

func rabbitPolicies(t *testing.T, p *services.Pool) {
	v := open(t, p, services.RabbitMQ, false)
	for name, value := range v.env {
		t.Setenv(name, value)
	}
	subject, _ := channels(t, v)
	declare(t, subject, "small")
	server := check.RabbitMQ(t)
	require.NoError(t, server.SetPolicy(t.Context(), "limit", "^small$", map[string]any{"max-length": 1, "overflow": "reject-publish"}))
	require.Eventually(t, func() bool {
		acked, err := send(t, subject, "small").WaitContext(t.Context())
		return err == nil && !acked
	}, 20*time.Second, time.Millisecond, "the second message is refused once the policy is in force")
	require.Error(t, server.SetPolicy(t.Context(), "bad", "(", map[string]any{"max-length": 1}))
}

func rabbitCut(t *testing.T, p *services.Pool) {
	v := open(t, p, services.RabbitMQ, false)
	subject, eyes := channels(t, v)
	closed := subject.NotifyClose(make(chan *amqp.Error, 1))
	require.NoError(t, v.faults.Cut(t.Context()))
	<-closed
	declare(t, channel(t, v.env[check.EnvRabbitMQURL]), "new")
	require.Zero(t, depth(t, eyes, "new"), "connections past the proxy are not cut")
}

func rabbitStall(t *testing.T, p *services.Pool) {
	v := open(t, p, services.RabbitMQ, false)
	subject, eyes := channels(t, v)
	declare(t, subject, "q")
	require.NoError(t, v.faults.Stall(t.Context()))
	confirm := send(t, subject, "q")
	_, err := confirm.WaitContext(brief(t))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Zero(t, depth(t, eyes, "q"))
	require.NoError(t, v.faults.Heal(t.Context()))
	requireConfirmed(t, confirm)
	require.Equal(t, 1, depth(t, eyes, "q"))
}

func rabbitMute(t *testing.T, p *services.Pool) {
	v := open(t, p, services.RabbitMQ, false)
	subject, eyes := channels(t, v)
	declare(t, subject, "q")
	require.NoError(t, v.faults.Mute(t.Context()))
	confirm := send(t, subject, "q")
	requireDepth(t, eyes, "q", 1)
	require.False(t, confirm.Acked(), "stored, but no answer")
	require.NoError(t, v.faults.Heal(t.Context()))
	requireConfirmed(t, confirm)
}

func rabbitDown(t *testing.T, p *services.Pool) {
	v := open(t, p, services.RabbitMQ, false)
	subject, eyes := channels(t, v)
	closed := subject.NotifyClose(make(chan *amqp.Error, 1))
	require.NoError(t, v.faults.Down(t.Context()))
	<-closed
	requireRefused(t, v.env[check.EnvRabbitMQURL])
	declare(t, eyes, "q")
	require.NoError(t, v.Health(t.Context()), "the broker is well, only the way is closed")
	require.NoError(t, v.faults.Heal(t.Context()))
	require.Zero(t, depth(t, channel(t, v.env[check.EnvRabbitMQURL]), "q"))
}

func rabbitMany(t *testing.T, p *services.Pool) {
	many(t, p, services.RabbitMQ, func(_ context.Context, url string) error {
		conn, err := amqp.Dial(url)
		if err != nil {
			return err
		}
		ch, err := conn.Channel()
		if err == nil {
			// Exclusive: a second declaration from elsewhere would be refused.
			_, err = ch.QueueDeclare("mine", false, false, true, false, nil)
		}
		return errors.Join(err, conn.Close())
	})
}

func rabbitShared(t *testing.T, p *services.Pool) {
	v := open(t, p, services.RabbitMQ, false)
	require.ErrorIs(t, v.faults.Restart(t.Context()), faults.ErrNotExclusive)
	require.ErrorIs(t, v.faults.Kill(t.Context()), faults.ErrNotExclusive)
	require.ErrorIs(t, v.faults.Start(t.Context()), faults.ErrNotExclusive)
}

func rabbitRestart(t *testing.T, p *services.Pool) {
	v := open(t, p, services.RabbitMQ, true)
	subject, eyes := channels(t, v)
	declare(t, subject, "q")
	const many = 500
	for range many {
		send(t, subject, "q")
	}
	requireDepth(t, eyes, "q", many)
	require.NoError(t, v.faults.Restart(t.Context()))
	subject, eyes = channels(t, v)
	requireDepth(t, eyes, "q", many)
	requireConfirmed(t, send(t, subject, "q"))
	require.NoError(t, v.Health(t.Context()), "the check did it itself")
}

func rabbitKill(t *testing.T, p *services.Pool) {
	v := open(t, p, services.RabbitMQ, true)
	subject, _ := channels(t, v)
	declare(t, subject, "q")
	requireConfirmed(t, send(t, subject, "q"))
	closed := subject.NotifyClose(make(chan *amqp.Error, 1))
	require.NoError(t, v.faults.Kill(t.Context()))
	<-closed
	requireRefused(t, v.env[check.EnvRabbitMQURL])
	requireRefused(t, v.env[check.EnvRabbitMQDirect])
	require.NoError(t, v.Health(t.Context()), "the check did it itself")
	require.NoError(t, v.faults.Start(t.Context()))
	_, eyes := channels(t, v)
	requireDepth(t, eyes, "q", 1)
	require.NoError(t, v.Health(t.Context()))
}

func rabbitAlone(t *testing.T, p *services.Pool) { alone(t, p, services.RabbitMQ) }

func rabbitLeftDead(t *testing.T, p *services.Pool) {
	v := open(t, p, services.RabbitMQ, true)
	restarted := make(chan error, 1)
	go func() { restarted <- v.faults.Restart(context.Background()) }()
	address, err := url.Parse(v.env[check.EnvRabbitMQURL])
	require.NoError(t, err)
	require.Eventually(t, func() bool { // it is under way, or over already
		conn, err := net.Dial("tcp", address.Host)
		if err == nil {
			conn.Close()
		}
		return err != nil || len(restarted) > 0
	}, 20*time.Second, time.Millisecond)
	require.NoError(t, v.Close(t.Context()))
	<-restarted // cut short, or just in time
	subject, _ := channels(t, open(t, p, services.RabbitMQ, false))
	declare(t, subject, "q")
}
