package faultproxy_test

import (
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/pkg/minirabbit"
	"scalelab/pkg/services/faultproxy"
)

// startAMQP is a broker and a proxy before it.
func startAMQP(t *testing.T) (*minirabbit.Broker, *faultproxy.AMQP) {
	t.Helper()
	broker := minirabbit.Run(t)
	proxy, err := faultproxy.StartAMQP(broker.Addr(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, proxy.Close()) })
	return broker, proxy
}

// connect returns a connection through the proxy and a queue's channel on it.
func connect(t *testing.T, proxy *faultproxy.AMQP) (*amqp.Connection, *amqp.Channel) {
	t.Helper()
	conn, err := amqp.Dial("amqp://guest:guest@" + proxy.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	ch, err := conn.Channel()
	require.NoError(t, err)
	_, err = ch.QueueDeclare("q", true, false, false, false, nil)
	require.NoError(t, err)
	return conn, ch
}

// TestCutEndsTheConnectionBehindAsWell: the broker learns of it, and gives back what the client held.
func TestCutEndsTheConnectionBehindAsWell(t *testing.T) {
	broker, proxy := startAMQP(t)
	conn, ch := connect(t, proxy)
	require.NoError(t, ch.PublishWithContext(t.Context(), "", "q", false, false, amqp.Publishing{}))
	require.NoError(t, ch.Confirm(false)) // answered after the publish: it is stored
	_, ok, err := ch.Get("q", false)
	require.NoError(t, err)
	require.True(t, ok)
	closed := conn.NotifyClose(make(chan *amqp.Error, 1))
	require.NoError(t, proxy.Cut(t.Context()))
	<-closed
	require.Eventually(t, func() bool { return len(broker.Connections()) == 0 }, 20*time.Second, time.Millisecond)
	_, ch = connect(t, proxy)
	again, ok, err := ch.Get("q", true)
	require.NoError(t, err)
	require.True(t, ok && again.Redelivered)
}

// TestCutSparesWhoConnectsAgain: a client that connects again at once, in the middle of the cut, is a new one.
func TestCutSparesWhoConnectsAgain(t *testing.T) {
	_, proxy := startAMQP(t)
	conn, _ := connect(t, proxy)
	for range 50 {
		closed := conn.NotifyClose(make(chan *amqp.Error, 1))
		again := make(chan *amqp.Connection, 1)
		go func() {
			<-closed
			next, err := amqp.Dial("amqp://guest:guest@" + proxy.Addr())
			if err != nil {
				t.Errorf("connect again: %v", err)
			}
			again <- next
		}()
		require.NoError(t, proxy.Cut(t.Context()))
		conn = <-again
		require.NotNil(t, conn)
		_, err := conn.Channel()
		require.NoError(t, err)
	}
	require.NoError(t, conn.Close())
}
