package minirabbit_test

import (
	"fmt"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"
)

const lockedText = "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue '%s' in vhost '%s'. It could be " +
	"originally declared on another connection or the exclusive property value does not match that of the original declaration."

var queueBehaviours = []behaviour{
	{"queue.declare", "declaring the same queue twice tells how many messages are ready", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", amqp.Table{"x-max-length": int32(5)})
		publishAll(t, ch, "q", "a", "b")
		get(t, ch, "q")
		q := declare(t, ch, "q", amqp.Table{"x-max-length": int64(5), "x-queue-type": "classic"})
		require.Equal(t, 1, q.Messages)
		require.Zero(t, q.Consumers)
	}},
	{"queue.declare", "an empty name is chosen by the broker, and an empty name then means that queue", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		q, err := ch.QueueDeclare("", false, false, true, false, nil)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(q.Name, "amq.gen-"), q.Name)
		require.NoError(t, ch.QueueBind("", "", "amq.direct", false, nil), "the queue's name is the key")
		publish(t, ch, "amq.direct", q.Name, amqp.Publishing{Body: []byte("x")})
		d, ok := get(t, ch, "")
		require.True(t, ok)
		require.Equal(t, "x", string(d.Body))
	}},
	{"queue.declare", "an empty name means nothing before a declare", func(t *testing.T, s *server) {
		ch := s.channel(t)
		err := channelError(t, ch, func() error { _, _, err := ch.Get("", true); return err })
		requireError(t, err, 404, "NOT_FOUND - no previously declared queue")
	}},
	{"queue.declare, durable", "another durability is refused with 406", func(t *testing.T, s *server) {
		ch := s.channel(t)
		declare(t, ch, "q", nil)
		err := channelError(t, ch, func() error { _, err := ch.QueueDeclare("q", false, false, false, false, nil); return err })
		requireError(t, err, 406, fmt.Sprintf("PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'q' in vhost '%s': "+
			"received 'false' but current is 'true'", s.vhost))
	}},
	{"queue.declare, auto-delete", "another auto-delete is refused with 406", func(t *testing.T, s *server) {
		ch := s.channel(t)
		declare(t, ch, "q", nil)
		err := channelError(t, ch, func() error { _, err := ch.QueueDeclare("q", true, true, false, false, nil); return err })
		requireError(t, err, 406, fmt.Sprintf("PRECONDITION_FAILED - inequivalent arg 'auto_delete' for queue 'q' in vhost '%s': "+
			"received 'true' but current is 'false'", s.vhost))
	}},
	{"queue.declare", "other arguments are refused with 406", func(t *testing.T, s *server) {
		ch := s.channel(t)
		declare(t, ch, "q", amqp.Table{"x-max-length": int32(5)})
		err := channelError(t, ch, func() error {
			_, err := ch.QueueDeclare("q", true, false, false, false, amqp.Table{"x-max-length": int32(6)})
			return err
		})
		requireError(t, err, 406, fmt.Sprintf("PRECONDITION_FAILED - inequivalent arg 'x-max-length' for queue 'q' in vhost '%s': "+
			"received '6' but current is '5'", s.vhost))
		ch = s.channel(t)
		err = channelError(t, ch, func() error { _, err := ch.QueueDeclare("q", true, false, false, false, nil); return err })
		requireError(t, err, 406, fmt.Sprintf("PRECONDITION_FAILED - inequivalent arg 'x-max-length' for queue 'q' in vhost '%s': "+
			"received none but current is the value '5' of type 'signedint'", s.vhost))
	}},
	{"queue.declare", "names that start with amq. are the broker's", func(t *testing.T, s *server) {
		ch := s.channel(t)
		err := channelError(t, ch, func() error { _, err := ch.QueueDeclare("amq.mine", true, false, false, false, nil); return err })
		requireError(t, err, 403, "ACCESS_REFUSED - queue name 'amq.mine' contains reserved prefix 'amq.*'")
	}},
	{"queue.declare, passive", "a passive declare finds what is there, whatever its properties", func(t *testing.T, s *server) {
		ch := s.channel(t)
		declare(t, ch, "q", nil)
		_, err := ch.QueueDeclarePassive("q", false, true, false, false, amqp.Table{"x-max-length": int32(1)})
		require.NoError(t, err)
	}},
	{"queue.declare, exclusive", "an exclusive queue is locked for other connections and gone with its own", func(t *testing.T, s *server) {
		owner := s.conn(t)
		_, err := channel(t, owner).QueueDeclare("mine", false, false, true, false, nil)
		require.NoError(t, err)
		_, err = channel(t, owner).QueueDeclare("mine", false, false, true, false, nil)
		require.NoError(t, err, "another channel of the owner")
		want := fmt.Sprintf(lockedText, "mine", s.vhost)
		for _, do := range []func(*amqp.Channel) error{
			func(ch *amqp.Channel) error {
				_, err := ch.QueueDeclare("mine", false, false, true, false, nil)
				return err
			},
			func(ch *amqp.Channel) error {
				_, err := ch.QueueDeclarePassive("mine", false, false, false, false, nil)
				return err
			},
			func(ch *amqp.Channel) error { _, _, err := ch.Get("mine", true); return err },
			func(ch *amqp.Channel) error {
				_, err := ch.Consume("mine", "", false, false, false, false, nil)
				return err
			},
			func(ch *amqp.Channel) error { _, err := ch.QueueDelete("mine", false, false, false); return err },
			func(ch *amqp.Channel) error { _, err := ch.QueuePurge("mine", false); return err },
			func(ch *amqp.Channel) error { return ch.QueueBind("mine", "k", "amq.direct", false, nil) },
		} {
			ch := s.channel(t)
			requireError(t, channelError(t, ch, func() error { return do(ch) }), 405, want)
		}
		require.NoError(t, owner.Close())
		ch := s.channel(t)
		gone := channelError(t, ch, func() error { _, err := ch.QueueDeclarePassive("mine", false, false, false, false, nil); return err })
		require.Equal(t, 404, gone.Code)
	}},
	{"queue.declare, auto-delete", "an auto-delete queue goes with its last consumer, not before its first", func(t *testing.T, s *server) {
		ch := s.channel(t)
		_, err := ch.QueueDeclare("q", true, true, false, false, nil)
		require.NoError(t, err)
		passive := func() error { _, err := ch.QueueDeclarePassive("q", true, true, false, false, nil); return err }
		require.NoError(t, passive())
		consume(t, ch, "q", "one")
		consume(t, ch, "q", "two")
		require.NoError(t, ch.Cancel("one", false))
		require.NoError(t, passive())
		require.NoError(t, ch.Cancel("two", false))
		require.Equal(t, 404, channelError(t, ch, passive).Code)
	}},
	{"queue.bind", "binding twice is one binding, and delivers once", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		for _, key := range []string{"a.*", "a.*", "#"} {
			require.NoError(t, ch.QueueBind("q", key, "amq.topic", false, nil))
		}
		publish(t, ch, "amq.topic", "a.b", amqp.Publishing{Body: []byte("once")})
		require.Equal(t, []string{"once"}, drain(t, ch, "q"))
	}},
	{"queue.bind", "both ends must be there", func(t *testing.T, s *server) {
		ch := s.channel(t)
		declare(t, ch, "q", nil)
		err := channelError(t, ch, func() error { return ch.QueueBind("q", "k", "missing", false, nil) })
		requireError(t, err, 404, "NOT_FOUND - no exchange 'missing' in vhost '"+s.vhost+"'")
		ch = s.channel(t)
		err = channelError(t, ch, func() error { return ch.QueueBind("missing", "k", "amq.direct", false, nil) })
		requireError(t, err, 404, "NOT_FOUND - no queue 'missing' in vhost '"+s.vhost+"'")
	}},
	{"queue.unbind", "what is unbound is not routed; unbinding what is not there is fine", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		require.NoError(t, ch.QueueBind("q", "k", "amq.direct", false, nil))
		require.NoError(t, ch.QueueUnbind("q", "other", "amq.direct", nil))
		publish(t, ch, "amq.direct", "k", amqp.Publishing{Body: []byte("1")})
		require.NoError(t, ch.QueueUnbind("q", "k", "amq.direct", nil))
		publish(t, ch, "amq.direct", "k", amqp.Publishing{Body: []byte("2")})
		require.Equal(t, []string{"1"}, drain(t, ch, "q"))
		require.NoError(t, ch.QueueUnbind("missing", "k", "amq.direct", nil))
		require.NoError(t, ch.QueueUnbind("q", "k", "missing", nil))
	}},
	{"queue.purge", "a purge removes what is ready, not what is unacknowledged", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		publishAll(t, ch, "q", "a", "b", "c")
		d, ok := get(t, ch, "q")
		require.True(t, ok)
		n, err := ch.QueuePurge("q", false)
		require.NoError(t, err)
		require.Equal(t, 2, n)
		require.NoError(t, d.Nack(false, true))
		require.Equal(t, []string{"a"}, drain(t, ch, "q"))
	}},
	{"queue.delete", "a delete tells how many messages went; deleting what is not there is fine", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "q", nil)
		publishAll(t, ch, "q", "a", "b")
		n, err := ch.QueueDelete("q", false, false, false)
		require.NoError(t, err)
		require.Equal(t, 2, n)
		n, err = ch.QueueDelete("q", false, false, false)
		require.NoError(t, err)
		require.Zero(t, n)
	}},
	{"queue.delete", "a queue in use or not empty can be spared", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "full", nil)
		publishAll(t, ch, "full", "a")
		err := channelError(t, ch, func() error { _, err := ch.QueueDelete("full", false, true, false); return err })
		requireError(t, err, 406, "PRECONDITION_FAILED - queue 'full' in vhost '"+s.vhost+"' not empty")
		consumer, ch := s.channel(t), s.channel(t)
		declare(t, ch, "used", nil)
		consume(t, consumer, "used", "")
		err = channelError(t, ch, func() error { _, err := ch.QueueDelete("used", true, false, false); return err })
		requireError(t, err, 406, "PRECONDITION_FAILED - queue 'used' in vhost '"+s.vhost+"' in use")
	}},
	{"queue.delete, consumer cancel notification", "the consumers of a deleted queue are told", func(t *testing.T, s *server) {
		ch, other := s.channel(t), s.channel(t)
		declare(t, ch, "q", nil)
		cancelled := ch.NotifyCancel(make(chan string, 1))
		deliveries := consume(t, ch, "q", "me")
		_, err := other.QueueDelete("q", false, false, false)
		require.NoError(t, err)
		require.Equal(t, "me", receive(t, cancelled, "basic.cancel"))
		_, open := <-deliveries
		require.False(t, open)
	}},
}

var queueArgumentBehaviours = []behaviour{
	{"queue.declare", "arguments that make no sense are refused with 406", func(t *testing.T, s *server) {
		for _, x := range []struct {
			name, problem string
			args          amqp.Table
		}{
			{"x-message-ttl", "{value_negative,-1}", amqp.Table{"x-message-ttl": int32(-1)}},
			{"x-message-ttl", "{value_too_large,315360000001}", amqp.Table{"x-message-ttl": int64(315360000001)}},
			{"x-expires", "{value_zero,0}", amqp.Table{"x-expires": int32(0)}},
			{"x-max-length", "\"expected integer, got longstr\"", amqp.Table{"x-max-length": "ten"}},
			{"x-max-length-bytes", "{value_negative,-5}", amqp.Table{"x-max-length-bytes": int32(-5)}},
			{"x-overflow", "invalid_overflow", amqp.Table{"x-overflow": "explode"}},
			{"x-overflow", "{unacceptable_type,signedint}", amqp.Table{"x-overflow": int32(5)}},
			{"x-dead-letter-routing-key", "routing_key_but_no_dlx_defined", amqp.Table{"x-dead-letter-routing-key": "k"}},
			{"x-queue-type", "\"unsupported queue type 'quantum'\"", amqp.Table{"x-queue-type": "quantum"}},
			{"x-queue-type", "{unacceptable_type,signedint}", amqp.Table{"x-queue-type": int32(1)}},
		} {
			ch := s.channel(t)
			err := channelError(t, ch, func() error {
				_, err := ch.QueueDeclare("q", true, false, false, false, x.args)
				return err
			})
			requireError(t, err, 406, fmt.Sprintf("PRECONDITION_FAILED - invalid arg '%s' for queue 'q' in vhost '%s': %s", x.name, s.vhost, x.problem))
		}
		ch := s.channel(t)
		err := channelError(t, ch, func() error {
			_, err := ch.QueueDeclare("q", true, false, false, false, amqp.Table{"x-dead-letter-exchange": int32(1)})
			return err
		})
		requireError(t, err, 406, "PRECONDITION_FAILED - invalid type 'signedint' for arg 'x-dead-letter-exchange' in queue 'q' in vhost '"+s.vhost+"'")
	}},
	{"queue.declare, quorum", "each type of queue refuses the other's arguments", func(t *testing.T, s *server) {
		for kind, arg := range map[string]string{"classic": "x-delivery-limit", "quorum": "x-max-priority"} {
			ch := s.channel(t)
			err := channelError(t, ch, func() error {
				_, err := ch.QueueDeclare("q", true, false, false, false, amqp.Table{"x-queue-type": kind, arg: int32(3)})
				return err
			})
			requireError(t, err, 406, fmt.Sprintf("PRECONDITION_FAILED - invalid arg '%s' for queue 'q' in vhost '%s' of queue type rabbit_%s_queue",
				arg, s.vhost, kind))
		}
	}},
	{"quorum, queue.declare", "a quorum queue is durable, shared and lasting", func(t *testing.T, s *server) {
		for property, declare := range map[string]func(ch *amqp.Channel, args amqp.Table) error{
			"non-durable": func(ch *amqp.Channel, args amqp.Table) error {
				_, err := ch.QueueDeclare("q", false, false, false, false, args)
				return err
			},
			"auto-delete": func(ch *amqp.Channel, args amqp.Table) error {
				_, err := ch.QueueDeclare("q", true, true, false, false, args)
				return err
			},
			"exclusive-owner": func(ch *amqp.Channel, args amqp.Table) error {
				_, err := ch.QueueDeclare("q", true, false, true, false, args)
				return err
			},
		} {
			ch := s.channel(t)
			err := channelError(t, ch, func() error { return declare(ch, amqp.Table{"x-queue-type": "quorum"}) })
			requireError(t, err, 406, fmt.Sprintf("PRECONDITION_FAILED - invalid property '%s' for queue 'q' in vhost '%s'", property, s.vhost))
		}
	}},
}
