package minirabbit_test

import (
	"fmt"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"
)

// settled makes sure that the broker has acted on all that ch sent, and that what it sent before has arrived.
func settled(t *testing.T, ch *amqp.Channel) {
	t.Helper()
	require.NoError(t, ch.Flow(true))
}

var consumeBehaviours = []behaviour{
	{"basic.consume", "a consumer gets what is there and what comes, in order", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		publishAll(t, ch, "q", "a", "b")
		deliveries := consume(t, ch, "q", "me")
		publishAll(t, ch, "q", "c")
		for i, want := range []string{"a", "b", "c"} {
			d := receive(t, deliveries, want)
			require.Equal(t, want, string(d.Body))
			require.Equal(t, "me", d.ConsumerTag)
			require.EqualValues(t, i+1, d.DeliveryTag)
			require.False(t, d.Redelivered)
			require.Equal(t, "q", d.RoutingKey)
		}
	}},
	{"basic.consume", "with auto-ack a message is gone once it is sent", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		publishAll(t, ch, "q", "a")
		deliveries, err := ch.Consume("q", "", true, false, false, false, nil)
		require.NoError(t, err)
		receive(t, deliveries, "a")
		require.NoError(t, ch.Close())
		require.Empty(t, drain(t, s.channel(t), "q"))
	}},
	{"basic.consume", "a queue that is not there is refused with 404", func(t *testing.T, s *server) {
		ch := s.channel(t)
		err := channelError(t, ch, func() error {
			_, err := ch.Consume("missing", "", false, false, false, false, nil)
			return err
		})
		requireError(t, err, 404, "NOT_FOUND - no queue 'missing' in vhost '"+s.vhost+"'")
	}},
	{"basic.consume", "a consumer tag is used once on a channel", func(t *testing.T, s *server) {
		conn := s.conn(t)
		ch := channel(t, conn)
		declare(t, ch, "q", nil)
		consume(t, ch, "q", "me")
		consume(t, channel(t, conn), "q", "me")
		err := connectionError(t, conn, func() error {
			_, err := ch.Consume("q", "me", false, false, false, false, nil)
			return err
		})
		requireError(t, err, 530, "NOT_ALLOWED - attempt to reuse consumer tag 'me'")
	}},
	{"basic.consume, exclusive", "an exclusive consumer is the only one", func(t *testing.T, s *server) {
		ch := s.channel(t)
		declare(t, ch, "q", nil)
		_, err := ch.Consume("q", "only", false, true, false, false, nil)
		require.NoError(t, err)
		want := "ACCESS_REFUSED - queue 'q' in vhost '" + s.vhost + "' in exclusive use"
		for _, exclusive := range []bool{false, true} {
			other := s.channel(t)
			refused := channelError(t, other, func() error {
				_, err := other.Consume("q", "", false, exclusive, false, false, nil)
				return err
			})
			requireError(t, refused, 403, want)
		}
		require.NoError(t, ch.Cancel("only", false))
		consume(t, ch, "q", "shared")
		other := s.channel(t)
		refused := channelError(t, other, func() error { _, err := other.Consume("q", "", false, true, false, false, nil); return err })
		requireError(t, refused, 403, want)
	}},
	{"basic.cancel", "after a cancel nothing is delivered, and what is held can be acknowledged", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		deliveries := consume(t, ch, "q", "me")
		publishAll(t, ch, "q", "a")
		d := receive(t, deliveries, "a")
		require.NoError(t, ch.Cancel("me", false))
		publishAll(t, ch, "q", "b")
		require.NoError(t, d.Ack(false))
		require.Equal(t, []string{"b"}, drain(t, ch, "q"))
		require.NoError(t, ch.Cancel("unknown", false))
	}},
	{"basic.get", "a get tells how many are left, and of an empty queue that it is empty", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		publishAll(t, ch, "q", "a", "b")
		d, ok := get(t, ch, "q")
		require.True(t, ok)
		require.EqualValues(t, 1, d.MessageCount)
		require.EqualValues(t, 1, d.DeliveryTag)
		require.Equal(t, []string{"b"}, drain(t, ch, "q"))
	}},
	{"round robin", "consumers with room take turns", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		conn := s.conn(t)
		var consumers []<-chan amqp.Delivery
		for i := range 3 {
			consumers = append(consumers, consume(t, channel(t, conn), "q", fmt.Sprint(i)))
		}
		publishAll(t, ch, "q", strings.Split("abcdefghi", "")...)
		for i, deliveries := range consumers {
			for round := range 3 {
				want := string("abcdefghi"[3*round+i])
				require.Equal(t, want, string(receive(t, deliveries, want).Body), "consumer %d", i)
			}
		}
	}},
	{"basic.qos, prefetch", "a consumer holds at most prefetch messages, and an ack makes room", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		require.NoError(t, ch.Qos(2, 0, false))
		publishAll(t, ch, "q", "a", "b", "c", "d")
		deliveries := consume(t, ch, "q", "")
		a := receive(t, deliveries, "a")
		receive(t, deliveries, "b")
		settled(t, ch)
		requireNone(t, deliveries)
		require.NoError(t, a.Ack(false))
		require.Equal(t, "c", string(receive(t, deliveries, "c").Body))
		settled(t, ch)
		requireNone(t, deliveries)
	}},
	{"basic.qos, prefetch", "the prefetch is each new consumer's own", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		require.NoError(t, ch.Qos(1, 0, false))
		one := consume(t, ch, "q", "one")
		require.NoError(t, ch.Qos(2, 0, false))
		two := consume(t, ch, "q", "two")
		publishAll(t, ch, "q", "a", "b", "c", "d", "e")
		receive(t, one, "first of one")
		receive(t, two, "first of two")
		receive(t, two, "second of two")
		settled(t, ch)
		requireNone(t, one)
		requireNone(t, two)
	}},
	{"basic.qos, shared prefetch", "with global the consumers of a channel share the prefetch", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		require.NoError(t, ch.Qos(2, 0, true))
		one, two := consume(t, ch, "q", "one"), consume(t, ch, "q", "two")
		publishAll(t, ch, "q", "a", "b", "c")
		d := receive(t, one, "a")
		receive(t, two, "b")
		settled(t, ch)
		requireNone(t, one)
		requireNone(t, two)
		require.NoError(t, d.Ack(false))
		select {
		case d = <-one:
		case d = <-two:
		}
		require.Equal(t, "c", string(d.Body))
	}},
	{"basic.qos, prefetch", "auto-ack knows no prefetch", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		require.NoError(t, ch.Qos(1, 0, false))
		publishAll(t, ch, "q", "a", "b")
		deliveries, err := ch.Consume("q", "", true, false, false, false, nil)
		require.NoError(t, err)
		receive(t, deliveries, "a")
		receive(t, deliveries, "b")
	}},
	{"basic.qos", "a prefetch in bytes is not implemented", func(t *testing.T, s *server) {
		conn := s.conn(t)
		ch := channel(t, conn)
		requireError(t, connectionError(t, conn, func() error { return ch.Qos(0, 1, false) }), 540,
			"NOT_IMPLEMENTED - prefetch_size!=0 (1)")
	}},
	{"prefetch, basic.consume", "a consumer that is full is passed over", func(t *testing.T, s *server) {
		ch, other := s.confirmed(t), s.channel(t)
		declare(t, ch, "q", nil)
		require.NoError(t, ch.Qos(1, 0, false))
		slow, fast := consume(t, ch, "q", "slow"), consume(t, other, "q", "fast")
		publishAll(t, ch, "q", "a", "b", "c", "d")
		require.Equal(t, "a", string(receive(t, slow, "a").Body))
		for _, want := range []string{"b", "c", "d"} {
			require.Equal(t, want, string(receive(t, fast, want).Body))
		}
	}},
}
