package minirabbit_test

import (
	"bytes"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"
)

var publishBehaviours = []behaviour{
	{"basic.publish", "publishing to an exchange that is not there closes the channel", func(t *testing.T, s *server) {
		ch := s.channel(t)
		err := channelError(t, ch, func() error { return ch.Publish("missing", "k", false, false, amqp.Publishing{}) })
		requireError(t, err, 404, "NOT_FOUND - no exchange 'missing' in vhost '"+s.vhost+"'")
	}},
	{"basic.publish", "immediate is not implemented", func(t *testing.T, s *server) {
		conn := s.conn(t)
		ch := channel(t, conn)
		declare(t, ch, "q", nil)
		err := connectionError(t, conn, func() error { return ch.Publish("", "q", false, true, amqp.Publishing{}) })
		requireError(t, err, 540, "NOT_IMPLEMENTED - immediate=true")
	}},
	{"basic.publish", "the user id must be the publisher's own", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		require.True(t, publish(t, ch, "", "q", amqp.Publishing{UserId: s.user}))
		err := channelError(t, ch, func() error { return ch.Publish("", "q", false, false, amqp.Publishing{UserId: "somebody"}) })
		requireError(t, err, 406, "PRECONDITION_FAILED - user_id property set to 'somebody' but authenticated user was '"+s.user+"'")
	}},
	{"basic.publish, field tables", "all properties and field types come out as they went in", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		now := time.Unix(1_700_000_000, 0)
		sent := amqp.Publishing{
			Headers: amqp.Table{"t": true, "b": int8(-2), "B": uint8(3), "s": int16(-4), "I": int32(-5), "l": int64(-6),
				"f": float32(1.5), "d": 2.5, "D": amqp.Decimal{Scale: 2, Value: 314}, "S": "text", "x": []byte{0, 1}, "T": now,
				"V": nil, "A": []any{int32(1), "two", []any{nil}, amqp.Table{"three": int64(3)}}, "F": amqp.Table{"inner": amqp.Table{}}},
			ContentType: "text/plain", ContentEncoding: "gzip", DeliveryMode: 2, Priority: 7, CorrelationId: "c", ReplyTo: "r",
			Expiration: "60000", MessageId: "m", Timestamp: now, Type: "ty", UserId: s.user, AppId: "app", Body: []byte("body")}
		require.True(t, publish(t, ch, "", "q", sent))
		d, ok := get(t, ch, "q")
		require.True(t, ok)
		got := amqp.Publishing{Headers: d.Headers, ContentType: d.ContentType, ContentEncoding: d.ContentEncoding,
			DeliveryMode: d.DeliveryMode, Priority: d.Priority, CorrelationId: d.CorrelationId, ReplyTo: d.ReplyTo,
			Expiration: d.Expiration, MessageId: d.MessageId, Timestamp: d.Timestamp, Type: d.Type, UserId: d.UserId,
			AppId: d.AppId, Body: d.Body}
		require.Equal(t, sent, got)
	}},
	{"basic.publish, large content", "a body of many frames arrives whole, an empty one empty", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		for _, size := range []int{0, 1, 131064, 131065, 1 << 20} {
			body := bytes.Repeat([]byte{0xCE}, size)
			require.True(t, publish(t, ch, "", "q", amqp.Publishing{Body: body}))
			d, ok := get(t, ch, "q")
			require.True(t, ok)
			require.True(t, bytes.Equal(body, d.Body), "%d bytes", size)
		}
	}},
	{"basic.publish, sender-selected distribution", "CC and BCC add routing keys; BCC is not shown", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		for _, q := range []string{"to", "cc", "bcc"} {
			declare(t, ch, q, nil)
		}
		require.True(t, publish(t, ch, "", "to", amqp.Publishing{Headers: amqp.Table{"CC": []any{"cc"}, "BCC": []any{"bcc", "to"}}}))
		for _, q := range []string{"to", "cc", "bcc"} {
			d, ok := get(t, ch, q)
			require.True(t, ok, q)
			require.Equal(t, amqp.Table{"CC": []any{"cc"}}, d.Headers)
			require.Equal(t, "to", d.RoutingKey)
			_, again := get(t, ch, q)
			require.False(t, again)
		}
	}},
	{"mandatory, basic.publish", "without a queue a mandatory message is returned", func(t *testing.T, s *server) {
		ch := s.channel(t)
		returns := ch.NotifyReturn(make(chan amqp.Return, 1))
		require.NoError(t, ch.Publish("amq.direct", "nobody", true, false, amqp.Publishing{MessageId: "m", Body: []byte("back")}))
		r := receive(t, returns, "return")
		require.EqualValues(t, 312, r.ReplyCode)
		require.Equal(t, "NO_ROUTE", r.ReplyText)
		require.Equal(t, "amq.direct", r.Exchange)
		require.Equal(t, "nobody", r.RoutingKey)
		require.Equal(t, "m", r.MessageId)
		require.Equal(t, "back", string(r.Body))
	}},
	{"confirms, mandatory, confirm.select", "an unroutable message is returned, then acked", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		order := make(chan string, 2)
		returns, confirms := ch.NotifyReturn(make(chan amqp.Return)), ch.NotifyPublish(make(chan amqp.Confirmation))
		require.NoError(t, ch.Publish("amq.direct", "nobody", true, false, amqp.Publishing{}))
		for range 2 { // both channels are unbuffered: the client hands over in the order of arrival
			select {
			case <-returns:
				order <- "returned"
			case c := <-confirms:
				require.True(t, c.Ack)
				order <- "acked"
			case <-time.After(patience):
				require.FailNow(t, "waiting for return and confirm")
			}
		}
		require.Equal(t, "returned", <-order)
		require.Equal(t, "acked", <-order)
	}},
	{"confirms", "an unroutable message that is not mandatory is acked and lost", func(t *testing.T, s *server) {
		require.True(t, publish(t, s.confirmed(t), "amq.direct", "nobody", amqp.Publishing{}))
	}},
	{"confirms", "every publish of a pipeline is confirmed, and stored in its order", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		const n = 500
		confirms := ch.NotifyPublish(make(chan amqp.Confirmation, n))
		for i := range n {
			require.NoError(t, ch.Publish("", "q", false, false, amqp.Publishing{Body: []byte{byte(i), byte(i >> 8)}}))
		}
		seen := map[uint64]bool{}
		for range n {
			c := receive(t, confirms, "confirm")
			require.True(t, c.Ack)
			seen[c.DeliveryTag] = true
		}
		require.Len(t, seen, n)
		for i, body := range drain(t, ch, "q") {
			require.Equal(t, []byte{byte(i), byte(i >> 8)}, []byte(body))
		}
	}},
	{"confirms, fanout", "one publish to many queues is one confirm", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		for _, q := range []string{"a", "b", "c"} {
			declare(t, ch, q, nil)
			require.NoError(t, ch.QueueBind(q, "", "amq.fanout", false, nil))
		}
		require.True(t, publish(t, ch, "amq.fanout", "", amqp.Publishing{Body: []byte("m")}))
		for _, q := range []string{"a", "b", "c"} {
			require.Equal(t, []string{"m"}, drain(t, ch, q))
		}
	}},
	{"confirm.select", "selecting twice changes nothing", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		require.NoError(t, ch.Confirm(false))
		require.True(t, publish(t, ch, "", "nobody", amqp.Publishing{}))
	}},
}
