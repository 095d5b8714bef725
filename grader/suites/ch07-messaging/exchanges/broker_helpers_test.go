package exchanges_test

import (
	"encoding/json"
	"errors"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/exchanges"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

// broker is a check's RabbitMQ with the shops' exchanges.
type broker struct {
	*messaging.Broker
	elsewhere bool // the subject consumes from queues of other names: there is no point in waiting for its consumers
}

// open returns an empty broker.
func open(t *check.T) *broker { return &broker{Broker: messaging.Open(t)} }

// openDeclared returns a broker with the three exchanges, declared by the suite: only the checks of Declare depend on the
// subject's.
func openDeclared(t *check.T) *broker {
	b := open(t)
	for _, kind := range kinds {
		b.Own(b.Channel().ExchangeDeclare(kind.Exchange(), string(kind), true, false, false, false, nil), "declare an exchange")
	}
	return b
}

var kinds = []exchanges.Kind{exchanges.Direct, exchanges.Topic, exchanges.Fanout}

// whenAllEnded says when a queue has no consumer left.
const whenAllEnded = "after every subscription has ended"

// send publishes an event as any other shop would, without the subject's Publish, and returns whether a queue got it.
func (b *broker) send(exchange, key, purchase string) (routed bool) {
	b.T.Helper()
	body, err := json.Marshal(event(purchase))
	b.Own(err, "encode an event")
	return b.put(exchange, key, body)
}

func (b *broker) put(exchange, key string, body []byte) (routed bool) {
	b.T.Helper()
	return b.Publish(exchange, key, amqp.Publishing{
		ContentType: "application/json", DeliveryMode: amqp.Persistent, MessageId: exchanges.NewID(), Body: body,
	})
}

// settle waits until what the subject has sent, and what the broker has sent to it, has arrived.
func (b *broker) settle(conn *amqp.Connection) {
	b.T.Helper()
	require.True(b.T, b.Settle(conn), "the connection is the caller's: the client does not close it")
}

// event returns an event that differs from all others in its purchase.
func event(purchase string) exchanges.Event {
	return exchanges.Event{Purchase: purchase, Skier: "ada", Item: "skis, 170 cm", Cents: 39900}
}

// outcome names what a call returned. The error's own words would differ from run to run.
func outcome(err error) string {
	if err == nil {
		return "nil"
	}
	var names []string
	for _, known := range []struct {
		name string
		err  error
	}{
		{"ErrInvalid", exchanges.ErrInvalid},
		{"ErrUnroutable", exchanges.ErrUnroutable},
		{"ErrNacked", exchanges.ErrNacked},
		{"ErrUnknown", exchanges.ErrUnknown},
	} {
		if errors.Is(err, known.err) {
			names = append(names, known.name)
		}
	}
	if len(names) == 0 {
		return "another error"
	}
	return strings.Join(names, " and ")
}
