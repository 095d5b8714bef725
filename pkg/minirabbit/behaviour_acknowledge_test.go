package minirabbit_test

import (
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"
)

// getAll gets n messages without settling them.
func getAll(t *testing.T, ch *amqp.Channel, queue string, n int) []amqp.Delivery {
	t.Helper()
	var all []amqp.Delivery
	for range n {
		d, ok := get(t, ch, queue)
		require.True(t, ok)
		all = append(all, d)
	}
	return all
}

func bodies(deliveries []amqp.Delivery) []string {
	var all []string
	for _, d := range deliveries {
		all = append(all, string(d.Body))
	}
	return all
}

var acknowledgeBehaviours = []behaviour{
	{"basic.ack", "what is acknowledged does not come back", func(t *testing.T, s *server) {
		ch, other := s.channel(t), s.confirmed(t)
		declare(t, ch, "q", nil)
		publishAll(t, other, "q", "a", "b", "c", "d")
		held := getAll(t, ch, "q", 4)
		require.NoError(t, held[0].Ack(false))
		require.NoError(t, held[2].Ack(false))
		require.NoError(t, ch.Close())
		holds(t, other, "q", 2)
		require.Equal(t, []string{"b", "d"}, drain(t, other, "q"))
	}},
	{"basic.ack", "multiple acknowledges all up to the tag, and tag 0 all there are", func(t *testing.T, s *server) {
		ch, other := s.channel(t), s.confirmed(t)
		declare(t, ch, "q", nil)
		publishAll(t, other, "q", "a", "b", "c", "d")
		held := getAll(t, ch, "q", 4)
		require.NoError(t, held[2].Ack(true))
		require.NoError(t, ch.Close())
		holds(t, other, "q", 1)
		require.Equal(t, []string{"d"}, drain(t, other, "q"))
		ch = s.channel(t)
		publishAll(t, other, "q", "e", "f")
		getAll(t, ch, "q", 2)
		require.NoError(t, ch.Ack(0, true))
		require.NoError(t, ch.Ack(0, true), "all of nothing")
		require.NoError(t, ch.Close())
		require.Empty(t, drain(t, other, "q"))
	}},
	{"basic.ack", "a tag acknowledged twice, or never given, closes the channel with 406", func(t *testing.T, s *server) {
		ch, other := s.channel(t), s.confirmed(t)
		declare(t, ch, "q", nil)
		publishAll(t, other, "q", "a")
		d := getAll(t, ch, "q", 1)[0]
		require.NoError(t, d.Ack(false))
		requireError(t, channelError(t, ch, func() error { return d.Ack(false) }), 406, "PRECONDITION_FAILED - unknown delivery tag 1")
		for _, do := range []func(*amqp.Channel) error{
			func(ch *amqp.Channel) error { return ch.Ack(7, false) },
			func(ch *amqp.Channel) error { return ch.Ack(7, true) },
			func(ch *amqp.Channel) error { return ch.Nack(7, false, true) },
			func(ch *amqp.Channel) error { return ch.Reject(7, false) },
		} {
			ch := s.channel(t)
			requireError(t, channelError(t, ch, func() error { return do(ch) }), 406, "PRECONDITION_FAILED - unknown delivery tag 7")
		}
	}},
	{"basic.nack, requeue position, redelivered", "a classic queue puts a message back where it was", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		publishAll(t, ch, "q", "a", "b", "c", "d", "e")
		held := getAll(t, ch, "q", 4)
		require.NoError(t, held[2].Nack(false, true))
		require.NoError(t, held[0].Nack(false, true))
		publishAll(t, ch, "q", "f")
		require.NoError(t, held[1].Nack(false, true))
		got := getAll(t, ch, "q", 5)
		require.Equal(t, []string{"a", "b", "c", "e", "f"}, bodies(got))
		for i, want := range []bool{true, true, true, false, false} {
			require.Equal(t, want, got[i].Redelivered, "message %s", got[i].Body)
		}
	}},
	{"basic.nack", "multiple puts all up to the tag back", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		publishAll(t, ch, "q", "a", "b", "c", "d")
		held := getAll(t, ch, "q", 3)
		require.NoError(t, held[1].Nack(true, true))
		require.Equal(t, []string{"a", "b", "d"}, drain(t, ch, "q"))
	}},
	{"basic.reject", "without requeue a rejected message is gone", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		publishAll(t, ch, "q", "a", "b")
		held := getAll(t, ch, "q", 2)
		require.NoError(t, held[0].Reject(false))
		require.NoError(t, held[1].Reject(true))
		require.Equal(t, []string{"b"}, drain(t, ch, "q"))
	}},
	{"basic.reject", "a requeued message comes back to the only consumer", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		require.NoError(t, ch.Qos(1, 0, false))
		deliveries := consume(t, ch, "q", "")
		publishAll(t, ch, "q", "a")
		d := receive(t, deliveries, "a")
		require.NoError(t, d.Reject(true))
		again := receive(t, deliveries, "a again")
		require.True(t, again.Redelivered)
		require.Equal(t, d.DeliveryTag+1, again.DeliveryTag)
	}},
	{"basic.recover", "recover puts back all that the channel holds", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		publishAll(t, ch, "q", "a", "b", "c")
		getAll(t, ch, "q", 2)
		require.NoError(t, ch.Recover(true))
		got := getAll(t, ch, "q", 3)
		require.Equal(t, []string{"a", "b", "c"}, bodies(got))
		require.True(t, got[0].Redelivered)
	}},
	{"basic.recover", "recover to the same consumer is not implemented", func(t *testing.T, s *server) {
		conn := s.conn(t)
		ch := channel(t, conn)
		requireError(t, connectionError(t, conn, func() error { return ch.Recover(false) }), 540, "NOT_IMPLEMENTED - requeue=false")
	}},
	{"redelivered, channel.close", "what a dead channel held is redelivered first", func(t *testing.T, s *server) {
		ch, other := s.channel(t), s.confirmed(t)
		declare(t, ch, "q", nil)
		publishAll(t, other, "q", "a", "b", "c")
		getAll(t, ch, "q", 2)
		require.NoError(t, ch.Close())
		holds(t, other, "q", 3)
		got := getAll(t, other, "q", 3)
		require.Equal(t, []string{"a", "b", "c"}, bodies(got))
		require.Equal(t, []bool{true, true, false}, []bool{got[0].Redelivered, got[1].Redelivered, got[2].Redelivered})
	}},
}
