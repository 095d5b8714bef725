package minirabbit_test

import (
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"
)

// empties waits until nothing is ready in a queue.
func empties(t *testing.T, ch *amqp.Channel, queue string) {
	t.Helper()
	require.Eventually(t, func() bool {
		q, err := ch.QueueDeclarePassive(queue, true, false, false, false, nil)
		require.NoError(t, err)
		return q.Messages == 0
	}, patience, 5*time.Millisecond, "%s empties", queue)
}

var ttlBehaviours = []behaviour{
	{"message ttl", "a queue's messages expire", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", amqp.Table{"x-message-ttl": int32(30)})
		publishAll(t, ch, "q", "a", "b")
		empties(t, ch, "q")
	}},
	{"message ttl", "a message may bring its own, and the shorter rules", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "long", amqp.Table{"x-message-ttl": int32(60_000)})
		declare(t, ch, "short", amqp.Table{"x-message-ttl": int32(30)})
		require.True(t, publish(t, ch, "", "long", amqp.Publishing{Expiration: "30"}))
		require.True(t, publish(t, ch, "", "short", amqp.Publishing{Expiration: "60000"}))
		empties(t, ch, "long")
		empties(t, ch, "short")
	}},
	{"message ttl", "an expired message waits behind one that lives longer", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		declare(t, ch, "witness", nil)
		for _, q := range []string{"q", "witness"} {
			if q == "q" {
				publishAll(t, ch, q, "lives")
			}
			require.True(t, publish(t, ch, "", q, amqp.Publishing{Expiration: "30", Body: []byte("expires")}))
		}
		empties(t, ch, "witness")
		q, err := ch.QueueDeclarePassive("q", true, false, false, false, nil)
		require.NoError(t, err)
		require.Equal(t, 2, q.Messages)
		require.Equal(t, []string{"lives"}, drain(t, ch, "q"))
	}},
	{"message ttl", "a time to live of nothing lets a waiting consumer have it, and nobody else", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", amqp.Table{"x-message-ttl": int32(0)})
		publishAll(t, ch, "q", "missed")
		empties(t, ch, "q")
		deliveries := consume(t, ch, "q", "")
		publishAll(t, ch, "q", "caught")
		require.Equal(t, "caught", string(receive(t, deliveries, "caught").Body))
	}},
	{"message ttl, basic.publish", "an expiration that is no number of milliseconds is refused with 406", func(t *testing.T, s *server) {
		for expiration, problem := range map[string]string{"soon": "no_integer", "-1": "{value_negative,-1}",
			"1.5": "{leftover_string,\".5\"}", "315360000001": "{value_too_large,315360000001}"} {
			ch := s.channel(t)
			declare(t, ch, "q", nil)
			err := channelError(t, ch, func() error { return ch.Publish("", "q", false, false, amqp.Publishing{Expiration: expiration}) })
			requireError(t, err, 406, "PRECONDITION_FAILED - invalid expiration '"+expiration+"': "+problem)
		}
	}},
	{"queue ttl", "an unused queue is deleted, a used one is not", func(t *testing.T, s *server) {
		args := amqp.Table{"x-expires": int32(60)}
		require.Eventually(t, func() bool { // a machine that stands still for so long deletes it before it is used
			ch := s.channel(t)
			declare(t, ch, "used", args)
			_, err := ch.Consume("used", "me", false, false, false, false, nil)
			return err == nil
		}, patience, time.Millisecond)
		declare(t, s.channel(t), "unused", args)
		require.Eventually(t, func() bool { return !bound(t, s, "unused") }, patience, 20*time.Millisecond)
		require.True(t, bound(t, s, "used"))
	}},
}

// bound tells whether a queue exists without using it: a mandatory message to it would be returned if it did not.
func bound(t *testing.T, s *server, queue string) bool {
	ch := s.confirmed(t)
	defer ch.Close()
	returns := ch.NotifyReturn(make(chan amqp.Return, 1))
	confirm, err := ch.PublishWithDeferredConfirm("", queue, true, false, amqp.Publishing{})
	require.NoError(t, err)
	require.True(t, confirm.Wait())
	return len(returns) == 0
}

// deadLetters declares a queue with the arguments given and a queue "dead" for what dies in it.
func deadLetters(t *testing.T, ch *amqp.Channel, args amqp.Table) {
	t.Helper()
	declareExchange(t, ch, "dlx", "fanout", nil)
	declare(t, ch, "dead", nil)
	require.NoError(t, ch.QueueBind("dead", "", "dlx", false, nil))
	full := amqp.Table{"x-dead-letter-exchange": "dlx"}
	for name, value := range args {
		full[name] = value
	}
	declare(t, ch, "q", full)
}

// deaths are the x-death records without their times.
func deaths(t *testing.T, d amqp.Delivery) []amqp.Table {
	t.Helper()
	records, ok := d.Headers["x-death"].([]any)
	require.True(t, ok, "x-death in %v", d.Headers)
	var tables []amqp.Table
	for _, r := range records {
		table := r.(amqp.Table)
		require.IsType(t, time.Time{}, table["time"])
		delete(table, "time")
		tables = append(tables, table)
	}
	return tables
}

var deadLetterBehaviours = []behaviour{
	{"dead letter, x-death, basic.reject", "a rejected message tells where it died", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		deadLetters(t, ch, nil)
		require.NoError(t, ch.QueueBind("q", "k.*", "amq.topic", false, nil))
		require.True(t, publish(t, ch, "amq.topic", "k.1", amqp.Publishing{MessageId: "m", Headers: amqp.Table{"mine": "kept"}}))
		d, ok := get(t, ch, "q")
		require.True(t, ok)
		require.NoError(t, d.Reject(false))
		d = getSoon(t, ch, "dead")
		require.Equal(t, "dlx", d.Exchange)
		require.Equal(t, "k.1", d.RoutingKey)
		require.Equal(t, "m", d.MessageId)
		require.Equal(t, []amqp.Table{{"count": int64(1), "reason": "rejected", "queue": "q", "exchange": "amq.topic",
			"routing-keys": []any{"k.1"}}}, deaths(t, d))
		delete(d.Headers, "x-death")
		require.Equal(t, amqp.Table{"mine": "kept", "x-first-death-reason": "rejected", "x-first-death-queue": "q",
			"x-first-death-exchange": "amq.topic"}, d.Headers)
	}},
	{"dead letter, message ttl", "an expired message loses its expiration and keeps it in the record", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		deadLetters(t, ch, amqp.Table{"x-dead-letter-routing-key": "new key"})
		require.True(t, publish(t, ch, "", "q", amqp.Publishing{Expiration: "20"}))
		d := getSoon(t, ch, "dead")
		require.Equal(t, "new key", d.RoutingKey)
		require.Empty(t, d.Expiration)
		require.Equal(t, []amqp.Table{{"count": int64(1), "reason": "expired", "queue": "q", "exchange": "",
			"routing-keys": []any{"q"}, "original-expiration": "20"}}, deaths(t, d))
	}},
	{"dead letter, x-death", "going round a retry queue counts, the latest death first", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "work", amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "retry"})
		declare(t, ch, "retry", amqp.Table{"x-message-ttl": int32(10), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "work"})
		publishAll(t, ch, "work", "m")
		for round := int64(1); round <= 3; round++ {
			d := getSoon(t, ch, "work")
			if round > 1 {
				require.Equal(t, []amqp.Table{
					{"count": round - 1, "reason": "expired", "queue": "retry", "exchange": "", "routing-keys": []any{"retry"}},
					{"count": round - 1, "reason": "rejected", "queue": "work", "exchange": "", "routing-keys": []any{"work"}},
				}, deaths(t, d))
				require.Equal(t, "work", d.Headers["x-first-death-queue"])
			}
			require.False(t, d.Redelivered, "a dead letter is a new message")
			require.NoError(t, d.Nack(false, false))
		}
	}},
	{"dead letter", "a circle that nobody's rejection closes is broken", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", amqp.Table{"x-message-ttl": int32(10), "x-dead-letter-exchange": ""})
		publishAll(t, ch, "q", "m")
		empties(t, ch, "q")
		require.Empty(t, drain(t, ch, "q"))
	}},
	{"dead letter", "a dead-letter exchange that is not there swallows silently", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", amqp.Table{"x-dead-letter-exchange": "missing"})
		publishAll(t, ch, "q", "m")
		d, _ := get(t, ch, "q")
		require.NoError(t, d.Reject(false))
		settled(t, ch)
		require.Empty(t, drain(t, ch, "q"))
	}},
	{"dead letter, queue.purge", "purged messages do not die, they vanish", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		deadLetters(t, ch, nil)
		publishAll(t, ch, "q", "purged", "rejected")
		d, _ := get(t, ch, "q")
		_, err := ch.QueuePurge("q", false)
		require.NoError(t, err)
		require.NoError(t, d.Reject(false))
		require.Equal(t, "purged", string(getSoon(t, ch, "dead").Body), "the one that was held when the queue was purged")
		require.Empty(t, drain(t, ch, "dead"))
	}},
	{"dead letter, sender-selected distribution", "all routing keys are recorded, and used unless the queue has its own", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		deadLetters(t, ch, nil)
		require.True(t, publish(t, ch, "", "q", amqp.Publishing{Headers: amqp.Table{"CC": []any{"elsewhere"}}}))
		d, _ := get(t, ch, "q")
		require.NoError(t, d.Reject(false))
		d = getSoon(t, ch, "dead")
		require.Equal(t, []any{"q", "elsewhere"}, deaths(t, d)[0]["routing-keys"])
	}},
}
