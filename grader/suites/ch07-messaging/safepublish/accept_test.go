package safepublish_test

import (
	"fmt"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/safepublish"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

// quick are options for scenes in which back-off does not matter.
var quick = safepublish.Options{Window: 10, Backoff: time.Millisecond}

func TestDeclareOutlivesARestart(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := prepare(t, "Exchange and queue are declared")
		for range 2 {
			ch, err := s.Dial().Channel()
			s.Own(err, "open a channel")
			for range 2 {
				require.True(t, safepublish.Declare(ch, exchange, queue, key) == nil, "Declare returns nil, the first time and again, on any channel")
			}
		}
		s.Does(gate, "Declare")
		err := s.Channel().ExchangeDeclare(exchange, amqp.ExchangeDirect, true, false, false, false, nil)
		s.agrees(exchange, "direct, durable, not auto-deleted", messaging.CodeOf(err) == 0)
		require.True(t, messaging.CodeOf(err) == 0, "the exchange is direct, durable, not auto-deleted, without arguments")
		_, err = s.Channel().QueueDeclare(queue, true, false, false, false, nil)
		s.agrees(queue, "durable, not auto-deleted, not exclusive", messaging.CodeOf(err) == 0)
		require.True(t, messaging.CodeOf(err) == 0, "the queue is durable, not auto-deleted, not exclusive, without arguments")
		bound, others := s.Publish(exchange, key, amqp.Publishing{}), s.Publish(exchange, nobody, amqp.Publishing{})
		s.Does(queue, fmt.Sprintf("gets a message under the key: %v, under another key: %v", bound, others))
		require.True(t, bound, "a message under the key reaches the queue")
		require.False(t, others, "a message under another key does not reach the queue")

		s.Declare("taken", amqp.Table{"x-max-length": 1})
		ch, err := s.Dial().Channel()
		s.Own(err, "open a channel")
		refused := safepublish.Declare(ch, exchange, "taken", key)
		s.Tells(gate, "Declare with a queue that has other arguments", exchange, fmt.Sprintf("refuses; Declare returns an error: %v", refused != nil))
		require.True(t, refused != nil, "Declare returns an error when the queue exists with other arguments")
	})
}

// agrees draws whether what is there was declared like that: the broker refuses to declare it again in any other way.
func (s *scene) agrees(name, how string, is bool) {
	if is {
		s.Does(name, "is "+how)
		return
	}
	s.Look(name, "was declared in another way: declared again as "+how+", it is refused (406)")
}

func TestAcceptedIsStored(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t, "One ride, and one whose answer is late", quick)
		s.sure("ride-1")
		d, ok := s.Take(queue)
		if !ok {
			s.Look(queue, "is empty")
		}
		require.True(t, ok, "an accepted message is in the queue")
		s.Does(queue, fmt.Sprintf("has ride-1 with delivery mode %d (2 is persistent)", d.DeliveryMode))
		require.Equal(t, "ride-1", d.MessageId, "MessageId")
		require.Equal(t, "the body of ride-1", string(d.Body), "body")
		require.Equal(t, amqp.Persistent, d.DeliveryMode, "delivery mode (2 is persistent)")

		s.Fault(s.Mute)
		pending := s.publish("ride-2", key, unheard)
		s.Until(func() bool { return s.Queue(queue).Messages == 1 }, "the message reaches the queue")
		s.rounds()
		s.unsettled("ride-2", pending, "a message is settled although the broker has not answered")
		s.Fault(s.Heal)
		s.settled("ride-2", pending, accepted, "what becomes of a message when the broker's ack arrives")

		for _, opts := range []safepublish.Options{{Window: 0}, {Window: 1, Backoff: -1}} {
			message, _ := check.PanicOf(func() { safepublish.NewPublisher(s.dial, opts) })
			require.Contains(t, message, "safepublish", "the panic of NewPublisher with %+v", opts)
		}
		message, _ := check.PanicOf(func() { safepublish.NewPublisher(nil, quick) })
		require.Contains(t, message, "safepublish", "the panic of NewPublisher without dial")
	})
}
