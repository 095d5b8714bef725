package minirabbit_test

import (
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"
)

var connectionBehaviours = []behaviour{
	{"connection.start-ok", "PLAIN and AMQPLAIN let the right password in", func(t *testing.T, s *server) {
		u, err := amqp.ParseURI(s.url)
		require.NoError(t, err)
		for _, auth := range []amqp.Authentication{u.PlainAuth(), u.AMQPlainAuth()} {
			conn, err := amqp.DialConfig(s.url, amqp.Config{SASL: []amqp.Authentication{auth}})
			require.NoError(t, err, auth.Mechanism())
			require.NoError(t, conn.Close())
		}
	}},
	{"connection.start-ok", "a wrong password is refused: with a reason for a client that understands it", func(t *testing.T, s *server) {
		u, err := amqp.ParseURI(s.url)
		require.NoError(t, err)
		u.Password = "wrong"
		_, err = amqp.Dial(u.String())
		require.ErrorIs(t, err, amqp.ErrCredentials)
		_, err = amqp.DialConfig(u.String(), amqp.Config{Properties: amqp.Table{
			"capabilities": amqp.Table{"authentication_failure_close": true}}})
		require.ErrorIs(t, err, amqp.ErrCredentials, "the client makes the same of the reason")
	}},
	{"connection.open", "a virtual host that is not there is refused with 530", func(t *testing.T, s *server) {
		u, err := amqp.ParseURI(s.url)
		require.NoError(t, err)
		u.Vhost = "nowhere"
		_, err = amqp.Dial(u.String())
		requireError(t, asError(t, err), 530, "NOT_ALLOWED - vhost nowhere not found")
	}},
	{"connection.open, permissions", "a virtual host without permission is refused with 530", func(t *testing.T, s *server) {
		u, err := amqp.ParseURI(s.url)
		require.NoError(t, err)
		u.Vhost = "/"
		_, err = amqp.Dial(u.String())
		requireError(t, asError(t, err), 530, "NOT_ALLOWED - access to vhost '/' refused for user '"+s.user+"'")
	}},
	{"connection.tune-ok", "the limits are RabbitMQ's, and a client may lower them", func(t *testing.T, s *server) {
		conn := s.conn(t)
		require.EqualValues(t, 2047, conn.Config.ChannelMax)
		require.Equal(t, 131072, conn.Config.FrameSize)
		low, err := amqp.DialConfig(s.url, amqp.Config{ChannelMax: 3, FrameSize: 4096, Heartbeat: 7e9})
		require.NoError(t, err)
		defer low.Close()
		require.EqualValues(t, 3, low.Config.ChannelMax)
		ch := channel(t, low)
		body := make([]byte, 3*4096)
		q := declare(t, ch, "small frames", nil)
		publishRaw(t, ch, q.Name, body)
		require.Equal(t, body, getSoon(t, ch, q.Name).Body)
	}},
	{"connection.close", "closing a connection requeues what its channels held", func(t *testing.T, s *server) {
		other := s.confirmed(t)
		q := declare(t, other, "held", nil)
		publishAll(t, other, q.Name, "a", "b")
		conn := s.conn(t)
		_, ok := get(t, channel(t, conn), q.Name)
		require.True(t, ok)
		require.NoError(t, conn.Close())
		holds(t, other, q.Name, 2)
		require.Equal(t, "a", string(getSoon(t, other, q.Name).Body))
	}},
	{"connection error", "an error of the connection closes all its channels and no other connection", func(t *testing.T, s *server) {
		conn, other := s.conn(t), s.channel(t)
		first, second := channel(t, conn), channel(t, conn)
		closed := second.NotifyClose(make(chan *amqp.Error, 1))
		err := connectionError(t, conn, func() error {
			return first.ExchangeDeclare("x", "no-such-type", true, false, false, false, nil)
		})
		requireError(t, err, 503, "COMMAND_INVALID - unknown exchange type 'no-such-type'")
		require.Equal(t, 503, receive(t, closed, "close of the second channel").Code)
		declare(t, other, "alive", nil)
	}},
}

func asError(t *testing.T, err error) *amqp.Error {
	t.Helper()
	var amqpError *amqp.Error
	require.ErrorAs(t, err, &amqpError)
	return amqpError
}

// publishRaw publishes raw bodies without confirms.
func publishRaw(t *testing.T, ch *amqp.Channel, queue string, bodies ...[]byte) {
	t.Helper()
	for _, body := range bodies {
		require.NoError(t, ch.Publish("", queue, false, false, amqp.Publishing{Body: body}))
	}
}

var channelBehaviours = []behaviour{
	{"channel.open", "many channels share a connection", func(t *testing.T, s *server) {
		conn := s.conn(t)
		for range 50 {
			declare(t, channel(t, conn), "shared", nil)
		}
	}},
	{"channel.close", "closing a channel requeues what it held and ends its consumers", func(t *testing.T, s *server) {
		conn := s.conn(t)
		ch, other := channel(t, conn), s.confirmed(t)
		q := declare(t, ch, "q", nil)
		publishAll(t, other, q.Name, "a", "b")
		deliveries := consume(t, ch, q.Name, "c")
		receive(t, deliveries, "a")
		receive(t, deliveries, "b")
		require.NoError(t, ch.Close())
		holds(t, other, q.Name, 2)
		require.Equal(t, []string{"a", "b"}, drain(t, other, q.Name))
		q, err := other.QueueDeclarePassive(q.Name, true, false, false, false, nil)
		require.NoError(t, err)
		require.Zero(t, q.Consumers)
	}},
	{"channel error", "an error of a channel leaves the connection and its other channels alone", func(t *testing.T, s *server) {
		conn := s.conn(t)
		broken, other := channel(t, conn), channel(t, conn)
		err := channelError(t, broken, func() error {
			_, err := broken.QueueDeclarePassive("missing", true, false, false, false, nil)
			return err
		})
		requireError(t, err, 404, "NOT_FOUND - no queue 'missing' in vhost '"+s.vhost+"'")
		declare(t, other, "alive", nil)
		declare(t, channel(t, conn), "alive", nil) // the closed channel's number can be used again
	}},
	{"channel.flow", "flow on is accepted, flow off is not implemented", func(t *testing.T, s *server) {
		require.NoError(t, s.channel(t).Flow(true))
		conn := s.conn(t)
		ch := channel(t, conn)
		requireError(t, connectionError(t, conn, func() error { return ch.Flow(false) }), 540, "NOT_IMPLEMENTED - active=false")
	}},
}
