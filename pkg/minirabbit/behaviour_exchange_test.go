package minirabbit_test

import (
	"fmt"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"
)

var exchangeBehaviours = []behaviour{
	{"exchange.declare", "declaring the same exchange twice is fine", func(t *testing.T, s *server) {
		ch := s.channel(t)
		declareExchange(t, ch, "x", "topic", nil)
		declareExchange(t, ch, "x", "topic", nil)
	}},
	{"exchange.declare", "another type is refused with 406", func(t *testing.T, s *server) {
		ch := s.channel(t)
		declareExchange(t, ch, "x", "topic", nil)
		err := channelError(t, ch, func() error { return ch.ExchangeDeclare("x", "direct", true, false, false, false, nil) })
		requireError(t, err, 406, fmt.Sprintf("PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'x' in vhost '%s': "+
			"received 'direct' but current is 'topic'", s.vhost))
	}},
	{"exchange.declare, durable", "another durability is refused with 406", func(t *testing.T, s *server) {
		ch := s.channel(t)
		declareExchange(t, ch, "x", "direct", nil)
		err := channelError(t, ch, func() error { return ch.ExchangeDeclare("x", "direct", false, false, false, false, nil) })
		requireError(t, err, 406, fmt.Sprintf("PRECONDITION_FAILED - inequivalent arg 'durable' for exchange 'x' in vhost '%s': "+
			"received 'false' but current is 'true'", s.vhost))
	}},
	{"exchange.declare, passive", "a passive declare finds what is there and refuses the rest with 404", func(t *testing.T, s *server) {
		ch := s.channel(t)
		declareExchange(t, ch, "x", "direct", nil)
		require.NoError(t, ch.ExchangeDeclarePassive("x", "fanout", false, false, false, false, nil), "only the name counts")
		err := channelError(t, ch, func() error {
			return ch.ExchangeDeclarePassive("missing", "direct", false, false, false, false, nil)
		})
		requireError(t, err, 404, "NOT_FOUND - no exchange 'missing' in vhost '"+s.vhost+"'")
	}},
	{"exchange.declare", "names that start with amq. are the broker's", func(t *testing.T, s *server) {
		ch := s.channel(t)
		err := channelError(t, ch, func() error { return ch.ExchangeDeclare("amq.mine", "direct", true, false, false, false, nil) })
		requireError(t, err, 403, "ACCESS_REFUSED - exchange name 'amq.mine' contains reserved prefix 'amq.*'")
	}},
	{"exchange.declare, default exchange", "the default exchange can be neither declared nor deleted nor bound", func(t *testing.T, s *server) {
		const text = "ACCESS_REFUSED - operation not permitted on the default exchange"
		ch := s.channel(t)
		requireError(t, channelError(t, ch, func() error { return ch.ExchangeDeclare("", "direct", true, false, false, false, nil) }), 403, text)
		ch = s.channel(t)
		requireError(t, channelError(t, ch, func() error { return ch.ExchangeDelete("", false, false) }), 403, text)
		ch = s.channel(t)
		declare(t, ch, "q", nil)
		requireError(t, channelError(t, ch, func() error { return ch.QueueBind("q", "k", "", false, nil) }), 403, text)
	}},
	{"exchange.delete", "deleting what is not there is fine, deleting what is in use can be refused", func(t *testing.T, s *server) {
		ch := s.channel(t)
		require.NoError(t, ch.ExchangeDelete("missing", false, false))
		declareExchange(t, ch, "x", "direct", nil)
		declare(t, ch, "q", nil)
		require.NoError(t, ch.QueueBind("q", "k", "x", false, nil))
		err := channelError(t, ch, func() error { return ch.ExchangeDelete("x", true, false) })
		requireError(t, err, 406, "PRECONDITION_FAILED - exchange 'x' in vhost '"+s.vhost+"' in use")
		require.NoError(t, s.channel(t).ExchangeDelete("x", false, false))
	}},
	{"exchange.delete", "the broker's exchanges cannot be deleted", func(t *testing.T, s *server) {
		ch := s.channel(t)
		err := channelError(t, ch, func() error { return ch.ExchangeDelete("amq.topic", false, false) })
		requireError(t, err, 403, "ACCESS_REFUSED - deletion of system exchange 'amq.topic' in vhost '"+s.vhost+"' not allowed")
	}},
	{"exchange.declare, auto-delete", "an auto-delete exchange goes with its last binding", func(t *testing.T, s *server) {
		ch := s.channel(t)
		require.NoError(t, ch.ExchangeDeclare("x", "direct", true, true, false, false, nil))
		declare(t, ch, "q", nil)
		require.NoError(t, ch.QueueBind("q", "one", "x", false, nil))
		require.NoError(t, ch.QueueBind("q", "two", "x", false, nil))
		require.NoError(t, ch.QueueUnbind("q", "one", "x", nil))
		require.NoError(t, ch.ExchangeDeclarePassive("x", "direct", true, true, false, false, nil))
		_, err := ch.QueueDelete("q", false, false, false)
		require.NoError(t, err)
		gone := channelError(t, ch, func() error { return ch.ExchangeDeclarePassive("x", "direct", true, true, false, false, nil) })
		require.Equal(t, 404, gone.Code)
	}},
	{"exchange.declare, internal", "clients cannot publish to an internal exchange", func(t *testing.T, s *server) {
		ch := s.channel(t)
		require.NoError(t, ch.ExchangeDeclare("x", "direct", true, false, true, false, nil))
		err := channelError(t, ch, func() error { return ch.Publish("x", "k", false, false, amqp.Publishing{}) })
		requireError(t, err, 403, "ACCESS_REFUSED - cannot publish to internal exchange 'x' in vhost '"+s.vhost+"'")
	}},
	{"exchange.bind, exchange.unbind", "an exchange passes on to the exchanges bound to it", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declareExchange(t, ch, "front", "topic", nil)
		declareExchange(t, ch, "back", "direct", nil)
		declare(t, ch, "q", nil)
		require.NoError(t, ch.QueueBind("q", "a.b", "back", false, nil))
		require.NoError(t, ch.ExchangeBind("back", "a.*", "front", false, nil))
		require.NoError(t, ch.ExchangeBind("front", "#", "back", false, nil), "a circle")
		publish(t, ch, "front", "a.b", amqp.Publishing{Body: []byte("1")})
		publish(t, ch, "front", "a.c", amqp.Publishing{Body: []byte("2")})
		require.NoError(t, ch.ExchangeUnbind("back", "a.*", "front", false, nil))
		publish(t, ch, "front", "a.b", amqp.Publishing{Body: []byte("3")})
		require.Equal(t, []string{"1"}, drain(t, ch, "q"))
	}},
	{"exchange.declare, alternate exchange", "what an exchange cannot route goes to its alternate", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declareExchange(t, ch, "rest", "fanout", nil)
		declareExchange(t, ch, "x", "direct", amqp.Table{"alternate-exchange": "rest"})
		declare(t, ch, "q", nil)
		declare(t, ch, "leftovers", nil)
		require.NoError(t, ch.QueueBind("q", "k", "x", false, nil))
		require.NoError(t, ch.QueueBind("leftovers", "", "rest", false, nil))
		publish(t, ch, "x", "k", amqp.Publishing{Body: []byte("routed")})
		publish(t, ch, "x", "other", amqp.Publishing{Body: []byte("left over")})
		require.Equal(t, []string{"routed"}, drain(t, ch, "q"))
		require.Equal(t, []string{"left over"}, drain(t, ch, "leftovers"))
	}},
}

// routed publishes keys (as bodies, too) and tells which of them arrived.
func routed(t *testing.T, s *server, kind, binding string, keys ...string) []string {
	ch := s.confirmed(t)
	declareExchange(t, ch, kind, kind, nil)
	q, err := ch.QueueDeclare("", false, false, true, false, nil)
	require.NoError(t, err)
	require.NoError(t, ch.QueueBind(q.Name, binding, kind, false, nil))
	for _, key := range keys {
		require.True(t, publish(t, ch, kind, key, amqp.Publishing{Body: []byte(key)}))
	}
	return drain(t, ch, q.Name)
}

var exchangeTypeBehaviours = []behaviour{
	{"direct", "the key must be the binding's", func(t *testing.T, s *server) {
		require.Equal(t, []string{"ch"}, routed(t, s, "direct", "ch", "ch", "at", "CH", "", "ch.x"))
	}},
	{"fanout", "the key does not matter", func(t *testing.T, s *server) {
		require.Equal(t, []string{"a", "", "b.c"}, routed(t, s, "fanout", "whatever", "a", "", "b.c"))
	}},
	{"topic", "a star is one word, a hash any number of words", func(t *testing.T, s *server) {
		for _, x := range []struct {
			binding  string
			yes, non []string
		}{
			{"return.*.ski", []string{"return.ch.ski", "return..ski"}, []string{"return.ski", "return.ch.a.ski", "return.ch.ski.x"}},
			{"return.#", []string{"return", "return.", "return.ch", "return.ch.ski"}, []string{"returns", "x.return"}},
			{"#.ski", []string{"ski", "a.ski", "a.b.ski"}, []string{"ski.a", "skis"}},
			{"#", []string{"", "a", "a.b.c"}, nil},
			{"*", []string{"a"}, []string{"a.b", ""}},
			{"a.#.b.#.c", []string{"a.b.c", "a.x.b.y.z.c", "a.b.b.c.c"}, []string{"a.c", "a.b", "b.c"}},
			{"#.#", []string{"", "a", "a.b"}, nil},
			{"*.#.*", []string{"a.b", "a.x.y.b"}, []string{"a", ""}},
			{"", []string{""}, []string{"a"}},
		} {
			keys := append(append([]string{}, x.yes...), x.non...)
			require.Equal(t, x.yes, routed(t, s, "topic", x.binding, keys...), "binding %q", x.binding)
		}
	}},
	{"default exchange", "every queue is bound by its name", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declare(t, ch, "a", nil)
		declare(t, ch, "b", nil)
		publishAll(t, ch, "a", "for a")
		require.Empty(t, drain(t, ch, "b"))
		require.Equal(t, []string{"for a"}, drain(t, ch, "a"))
	}},
	{"headers", "all or any of the arguments must be the message's headers", func(t *testing.T, s *server) {
		ch := s.confirmed(t)
		declareExchange(t, ch, "x", "headers", nil)
		for name, args := range map[string]amqp.Table{
			"all":        {"x-match": "all", "colour": "red", "size": int32(4)},
			"any":        {"x-match": "any", "colour": "red", "size": int32(4)},
			"default":    {"colour": "red", "size": int64(4)},
			"present":    {"colour": nil},
			"ignoring x": {"x-match": "all", "colour": "red", "x-tra": "no"},
			"with x":     {"x-match": "all-with-x", "colour": "red", "x-tra": "no"},
			"none":       {},
			"any none":   {"x-match": "any"},
		} {
			declare(t, ch, name, nil)
			require.NoError(t, ch.QueueBind(name, "", "x", false, args))
		}
		for body, headers := range map[string]amqp.Table{
			"both": {"colour": "red", "size": int32(4)}, "red": {"colour": "red"}, "blue": {"colour": "blue", "x-tra": "no"},
			"wide": {"colour": "red", "size": int64(4), "x-tra": "no"}, "nothing": nil,
		} {
			require.True(t, publish(t, ch, "x", "", amqp.Publishing{Headers: headers, Body: []byte(body)}))
		}
		for name, want := range map[string][]string{
			"all": {"both", "wide"}, "any": {"both", "red", "wide"}, "default": {"both", "wide"},
			"present": {"both", "red", "blue", "wide"}, "ignoring x": {"both", "red", "wide"}, "with x": {"wide"},
			"none": {"both", "red", "blue", "wide", "nothing"}, "any none": {},
		} {
			require.ElementsMatch(t, want, drain(t, ch, name), name)
		}
	}},
	{"headers", "an unknown x-match is refused with 406", func(t *testing.T, s *server) {
		ch := s.channel(t)
		declare(t, ch, "q", nil)
		err := channelError(t, ch, func() error {
			return ch.QueueBind("q", "", "amq.headers", false, amqp.Table{"x-match": "some"})
		})
		requireError(t, err, 406, "PRECONDITION_FAILED - Invalid x-match field value <<\"some\">>; expected all, any, all-with-x, or any-with-x")
	}},
}
