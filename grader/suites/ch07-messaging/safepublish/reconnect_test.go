package safepublish_test

import (
	"math"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/safepublish"
	"scalelab/pkg/check"
)

func TestReconnectsPolitely(t *testing.T) {
	check.Run(t, func(t *check.T) {
		act(t, "Three attempts to connect fail", quick, func(s *scene) {
			s.sure("ride-1")
			before := s.dialled()
			s.forbid(3)
			s.cut()
			s.sure("ride-2")
			require.Equal(s.T, 4, s.dialled()-before, "attempts to connect when the first three fail")
		})
		act(t, "No attempt to connect succeeds", safepublish.Options{Window: 10, Backoff: time.Hour}, func(s *scene) {
			s.sure("ride-1")
			s.rounds() // the publisher has seen the answer, also one that does not wait for it
			before := s.dialled()
			s.forbid(math.MaxInt)
			s.cut()
			s.publish("ride-2", key, "there is no connection")
			s.Until(func() bool { return s.dialled() > before }, "the publisher connects again at once")
			s.Soon(func() bool { return s.dialled() > before+1 }) // in vain, unless the publisher storms
			s.Does(gate, "connects again: refused")
			if s.dialled() > before+1 {
				s.Look(gate, "connects again and again, without a pause")
			}
			require.False(s.T, s.dialled() > before+1, "a failed attempt to connect is repeated before the back-off of an hour has passed")
		})
		act(t, "The exchange is missing", safepublish.Options{Window: 10, Backoff: time.Hour}, everyChannelIsLost)
		act(t, "The exchange is away for a while", quick, channelIsLost)
	})
}

// noExchange is what the broker does with a message to an exchange that does not exist.
const noExchange = "does not exist: closes the channel (404)"

// withoutExchange publishes ride-2 when ride-1 is stored and the exchange is gone.
func (s *scene) withoutExchange() *safepublish.Pending {
	s.T.Helper()
	s.sure("ride-1")
	s.Own(s.Channel().ExchangeDelete(exchange, false, false), "delete an exchange")
	return s.publish("ride-2", key, noExchange)
}

// everyChannelIsLost lets every attempt get as far as a publish, and never to an answer.
func everyChannelIsLost(s *scene) {
	s.T.Helper()
	pending := s.withoutExchange()
	s.Soon(func() bool { return s.sent() >= 3 || isDone(pending) })
	if s.sent() >= 3 { // a publisher that does not even try again does not storm
		s.Soon(func() bool { return s.sent() > 3 || isDone(pending) }) // in vain, unless it does
	}
	s.unsettled("ride-2", pending, "a message is settled although the exchange does not exist")
	if s.sent() > 3 {
		s.TellsAgain(gate, "ride-2 again, at once", exchange, noExchange)
		s.Look(gate, "ride-2 again, and again, without a pause")
	}
	require.False(s.T, s.sent() > 3, "an attempt to connect that led to no answer is repeated before the back-off of an hour has passed")
}

// exchangeAtOnce is exchange while messages arrive: none finds an exchange without a queue.
func (s *scene) exchangeAtOnce() {
	s.T.Helper()
	const meanwhile = exchange + ".meanwhile"
	s.Own(s.Channel().ExchangeDeclare(meanwhile, amqp.ExchangeFanout, true, false, false, false, nil), "declare an exchange")
	s.Bind(queue, meanwhile, "", nil)
	s.exchange(amqp.Table{"alternate-exchange": meanwhile})
}

// channelIsLost has the broker close the channel, not the connection, because there is no exchange.
func channelIsLost(s *scene) {
	s.T.Helper()
	pending := s.withoutExchange()
	s.Soon(func() bool { return s.sent() >= 4 || isDone(pending) })
	s.unsettled("ride-2", pending, "a message is settled although the exchange does not exist")
	if s.sent() < 4 {
		s.Look(gate, "does not send ride-2 again: the connection is open, the channel is not")
	}
	require.True(s.T, s.sent() >= 4, "a message at which the broker closed the channel is sent again and again")
	s.exchangeAtOnce()
	s.Does(exchange, "is declared again")
	s.settled("ride-2", pending, accepted, "what becomes of a message whose exchange was missing, when it is there again")
	s.holdsEach("when the exchange is there again", "ride-1", "ride-2")
	s.Soon(func() bool { return s.open() <= 1 })
	if s.open() > 1 {
		s.Look(gate, "has several connections open")
	}
	require.True(s.T, s.open() <= 1, "more than one connection of the publisher is open")
}
