package minirabbit_test

import (
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"
)

var overflowBehaviours = []behaviour{
	{"max-length drop-head", "a full queue drops its oldest message", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", amqp.Table{"x-max-length": int32(2)})
		publishAll(t, ch, "q", "a", "b", "c", "d")
		require.Equal(t, []string{"c", "d"}, drain(t, ch, "q"))
	}},
	{"max-length drop-head", "only ready messages count", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", amqp.Table{"x-max-length": int32(2)})
		publishAll(t, ch, "q", "a", "b")
		held := getAll(t, ch, "q", 2)
		publishAll(t, ch, "q", "c", "d")
		require.Equal(t, []string{"c", "d"}, drain(t, ch, "q"))
		require.NoError(t, held[1].Ack(true))
	}},
	{"max-length drop-head", "a limit in bytes counts the bodies", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", amqp.Table{"x-max-length-bytes": int32(5)})
		publishAll(t, ch, "q", "aa", "bb", "cc")
		require.Equal(t, []string{"bb", "cc"}, drain(t, ch, "q"))
	}},
	{"max-length drop-head, dead letter", "what is dropped dies of maxlen", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		deadLetters(t, ch, amqp.Table{"x-max-length": int32(1)})
		publishAll(t, ch, "q", "a", "b")
		d := getSoon(t, ch, "dead")
		require.Equal(t, "a", string(d.Body))
		require.Equal(t, "maxlen", deaths(t, d)[0]["reason"])
	}},
	{"max-length reject-publish, confirms", "a full queue nacks and keeps what it has", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", amqp.Table{"x-max-length": int32(2), "x-overflow": "reject-publish"})
		publishAll(t, ch, "q", "a", "b")
		require.False(t, publish(t, ch, "", "q", amqp.Publishing{Body: []byte("c")}))
		held := getAll(t, ch, "q", 1)
		require.True(t, publish(t, ch, "", "q", amqp.Publishing{Body: []byte("d")}))
		require.NoError(t, held[0].Ack(false))
		require.Equal(t, []string{"b", "d"}, drain(t, ch, "q"))
	}},
	{"max-length reject-publish, fanout", "one full queue of many nacks, the others keep the message", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "full", amqp.Table{"x-max-length": int32(0), "x-overflow": "reject-publish"})
		declare(t, ch, "roomy", nil)
		for _, q := range []string{"full", "roomy"} {
			require.NoError(t, ch.QueueBind(q, "", "amq.fanout", false, nil))
		}
		require.False(t, publish(t, ch, "amq.fanout", "", amqp.Publishing{Body: []byte("m")}))
		require.Equal(t, []string{"m"}, drain(t, ch, "roomy"))
		require.Empty(t, drain(t, ch, "full"))
	}},
	{"max-length reject-publish, dead letter", "reject-publish-dlx nacks and dead-letters", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		deadLetters(t, ch, amqp.Table{"x-max-length": int32(1), "x-overflow": "reject-publish-dlx"})
		publishAll(t, ch, "q", "a")
		require.False(t, publish(t, ch, "", "q", amqp.Publishing{Body: []byte("b")}))
		d := getSoon(t, ch, "dead")
		require.Equal(t, "b", string(d.Body))
		require.Equal(t, "maxlen", deaths(t, d)[0]["reason"])
		require.Equal(t, []string{"a"}, drain(t, ch, "q"))
	}},
}

func declareQuorum(t *testing.T, ch *amqp.Channel, name string, args amqp.Table) {
	t.Helper()
	full := amqp.Table{"x-queue-type": "quorum"}
	for name, value := range args {
		full[name] = value
	}
	declare(t, ch, name, full)
}

var quorumBehaviours = []behaviour{
	{"quorum, confirms", "a quorum queue stores and confirms in order", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declareQuorum(t, ch, "q", nil)
		publishAll(t, ch, "q", "a", "b", "c")
		for _, want := range []string{"a", "b", "c"} {
			d := getSoon(t, ch, "q")
			require.Equal(t, want, string(d.Body))
			require.NoError(t, d.Ack(false))
		}
	}},
	{"quorum, delivery count", "before it came back a message tells a get of no return, and a consumer nothing", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declareQuorum(t, ch, "q", nil)
		publishAll(t, ch, "q", "got", "consumed")
		require.Equal(t, int64(0), getSoon(t, ch, "q").Headers["x-delivery-count"])
		d := receive(t, consume(t, ch, "q", ""), "delivery")
		require.NotContains(t, d.Headers, "x-delivery-count")
	}},
	{"quorum, delivery count", "every return counts, told in x-delivery-count", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declareQuorum(t, ch, "q", nil)
		publishAll(t, ch, "q", "m")
		d := getSoon(t, ch, "q")
		require.NoError(t, d.Nack(false, true))
		d = getSoon(t, ch, "q")
		require.Equal(t, int64(1), d.Headers["x-delivery-count"])
		require.True(t, d.Redelivered)
		require.NoError(t, d.Reject(true))
		d = getSoon(t, ch, "q")
		require.Equal(t, int64(2), d.Headers["x-delivery-count"])
	}},
	{"quorum, delivery count, channel.close", "a dead channel's messages count as returned", func(t *testing.T, s *server) {
		ch, other := s.channel(t), s.confirmed(t)
		declareQuorum(t, ch, "q", nil)
		publishAll(t, other, "q", "held by the handler", "prefetched")
		deliveries := consume(t, ch, "q", "")
		receive(t, deliveries, "first")
		receive(t, deliveries, "second")
		require.NoError(t, ch.Close())
		for range 2 {
			require.Equal(t, int64(1), getSoon(t, other, "q").Headers["x-delivery-count"])
		}
	}},
	{"quorum, delivery limit, dead letter", "a limit of L means L + 1 deliveries", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declareExchange(t, ch, "dlx", "fanout", nil)
		declare(t, ch, "dead", nil)
		require.NoError(t, ch.QueueBind("dead", "", "dlx", false, nil))
		declareQuorum(t, ch, "q", amqp.Table{"x-delivery-limit": int32(2), "x-dead-letter-exchange": "dlx"})
		publishAll(t, ch, "q", "poison")
		for range 3 {
			d := getSoon(t, ch, "q")
			require.NoError(t, d.Nack(false, true))
		}
		d := getSoon(t, ch, "dead")
		require.Equal(t, "poison", string(d.Body))
		require.Equal(t, "delivery_limit", deaths(t, d)[0]["reason"])
		settled(t, ch)
		require.Empty(t, drain(t, ch, "q"))
	}},
	{"quorum, returns order, delivery limit", "with a delivery limit what came back is served first, in the order of its return", func(t *testing.T, s *server) {
		require.Equal(t, []string{"c", "a", "b", "d"}, returned(t, s, amqp.Table{"x-delivery-limit": int32(5)}))
	}},
	{"quorum, returns order, basic.nack", "without one what is refused goes to the tail", func(t *testing.T, s *server) {
		require.Equal(t, []string{"d", "c", "a", "b"}, returned(t, s, nil))
	}},
	{"quorum, returns order, channel.close", "what a dead channel's consumer held is served first, limit or not", func(t *testing.T, s *server) {
		ch, other := s.channel(t), s.confirmed(t)
		declareQuorum(t, ch, "q", nil)
		publishAll(t, other, "q", "a", "b", "c")
		require.NoError(t, ch.Qos(2, 0, false))
		deliveries := consume(t, ch, "q", "")
		receive(t, deliveries, "a")
		receive(t, deliveries, "b")
		require.NoError(t, ch.Close())
		holds(t, other, "q", 3)
		require.Equal(t, []string{"a", "b", "c"}, consumed(t, s, "q", 3))
	}},
	{"quorum, shared prefetch", "a quorum queue knows no shared prefetch", func(t *testing.T, s *server) {
		conn := s.conn(t)
		ch := channel(t, conn)
		declareQuorum(t, ch, "q", nil)
		require.NoError(t, ch.Qos(2, 0, true))
		err := connectionError(t, conn, func() error { _, err := ch.Consume("q", "", false, false, false, false, nil); return err })
		requireError(t, err, 540, "NOT_IMPLEMENTED - queue 'q' in vhost '"+s.vhost+"' does not support global qos")
	}},
	{"quorum, prefetch", "a consumer holds at most prefetch messages", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declareQuorum(t, ch, "q", nil)
		require.NoError(t, ch.Qos(1, 0, false))
		deliveries := consume(t, ch, "q", "")
		publishAll(t, ch, "q", "a", "b")
		d := receive(t, deliveries, "a")
		settled(t, ch)
		requireNone(t, deliveries)
		require.NoError(t, d.Ack(false))
		require.Equal(t, "b", string(receive(t, deliveries, "b").Body))
	}},
}

// returned publishes a, b, c and d, has the first three delivered and refused as c, a, b, and tells what comes then.
func returned(t *testing.T, s *server, args amqp.Table) []string {
	ch := s.confirmed(t)
	declareQuorum(t, ch, "q", args)
	publishAll(t, ch, "q", "a", "b", "c", "d")
	require.NoError(t, ch.Qos(3, 0, false))
	deliveries := consume(t, ch, "q", "me")
	var held []amqp.Delivery
	for range 3 {
		held = append(held, receive(t, deliveries, "delivery"))
	}
	require.NoError(t, ch.Cancel("me", false))
	for _, i := range []int{2, 0, 1} {
		require.NoError(t, held[i].Nack(false, true))
	}
	holds(t, ch, "q", 4)
	return consumed(t, s, "q", 4)
}

// holds waits until a queue tells that n messages are ready: a quorum queue tells it late, and what a closed channel
// held is back a moment after the close was answered.
func holds(t *testing.T, ch *amqp.Channel, queue string, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		q, err := ch.QueueDeclarePassive(queue, true, false, false, false, nil)
		require.NoError(t, err)
		return q.Messages == n
	}, patience, 5*time.Millisecond, "%d messages in %s", n, queue)
}

func consumed(t *testing.T, s *server, queue string, n int) []string {
	t.Helper()
	ch := s.channel(t)
	deliveries := consume(t, ch, queue, "")
	var all []string
	for range n {
		all = append(all, string(receive(t, deliveries, "delivery").Body))
	}
	return all
}

var policyBehaviours = []behaviour{
	{"policy, max-length reject-publish", "a policy makes living queues reject publishes", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "orders.ch", nil)
		declare(t, ch, "other", nil)
		publishAll(t, ch, "orders.ch", "a")
		require.NoError(t, s.setPolicy("full", "^orders", map[string]any{"max-length": 1, "overflow": "reject-publish"}))
		require.Eventually(t, func() bool { return !publish(t, ch, "", "orders.ch", amqp.Publishing{}) }, patience, 20e6)
		require.True(t, publish(t, ch, "", "other", amqp.Publishing{}))
		require.True(t, publish(t, ch, "", "other", amqp.Publishing{}))
	}},
	{"policy, dead letter", "a policy can name a dead-letter exchange; the queue's own argument rules", func(t *testing.T, s *server) {
		require.NoError(t, s.setPolicy("dead", "^q", map[string]any{"dead-letter-exchange": "amq.fanout", "message-ttl": 20}))
		ch := s.confirmed(t)
		declare(t, ch, "dead", nil)
		require.NoError(t, ch.QueueBind("dead", "", "amq.fanout", false, nil))
		declare(t, ch, "own", nil)
		require.NoError(t, ch.QueueBind("own", "", "amq.topic", false, nil))
		require.NoError(t, ch.QueueBind("own", "#", "amq.topic", false, nil))
		declare(t, ch, "q1", nil)
		declare(t, ch, "q2", amqp.Table{"x-dead-letter-exchange": "amq.topic", "x-message-ttl": int32(60_000)})
		publishAll(t, ch, "q1", "one")
		publishAll(t, ch, "q2", "two")
		require.Equal(t, "one", string(getSoon(t, ch, "dead").Body))
		require.Equal(t, "two", string(getSoon(t, ch, "own").Body), "the shorter time to live rules")
	}},
}

var permissionBehaviours = []behaviour{
	{"permissions", "configure, write and read are refused with 403 by name", func(t *testing.T, s *server) {
		owner := s.confirmed(t)
		declare(t, owner, "theirs", nil)
		declare(t, owner, "mine-1", nil)
		guest := s.vhost + "-limited"
		require.NoError(t, s.addUser(guest, "pw", "^mine", "^mine", "^mine"))
		u, err := amqp.ParseURI(s.url)
		require.NoError(t, err)
		u.Username, u.Password = guest, "pw"
		limited := *s
		limited.url = u.String()
		allowed := limited.channel(t)
		declare(t, allowed, "mine-1", nil)
		get(t, allowed, "mine-1")
		refusal := func(kind, name string) string {
			return "ACCESS_REFUSED - access to " + kind + " '" + name + "' in vhost '" + s.vhost + "' refused for user '" + guest + "'"
		}
		for _, x := range []struct {
			text string
			do   func(*amqp.Channel) error
		}{
			{refusal("queue", "new"), func(ch *amqp.Channel) error {
				_, err := ch.QueueDeclare("new", true, false, false, false, nil)
				return err
			}},
			{refusal("queue", "theirs"), func(ch *amqp.Channel) error { _, _, err := ch.Get("theirs", true); return err }},
			{refusal("queue", "theirs"), func(ch *amqp.Channel) error {
				_, err := ch.Consume("theirs", "", false, false, false, false, nil)
				return err
			}},
			{refusal("exchange", "amq.default"), func(ch *amqp.Channel) error {
				return ch.Publish("", "mine-1", false, false, amqp.Publishing{})
			}},
			{refusal("exchange", "amq.direct"), func(ch *amqp.Channel) error {
				return ch.QueueBind("mine-1", "k", "amq.direct", false, nil)
			}},
			{refusal("exchange", "new"), func(ch *amqp.Channel) error {
				return ch.ExchangeDeclare("new", "direct", true, false, false, false, nil)
			}},
		} {
			ch := limited.channel(t)
			requireError(t, channelError(t, ch, func() error { return x.do(ch) }), 403, x.text)
		}
	}},
}
