package exchanges_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/exchanges"
	"scalelab/pkg/check"
	"scalelab/pkg/services"
)

const (
	// patience bounds the wait for something that the broker has to do. It is no measure: a check that reaches it has failed.
	patience = 10 * time.Second
	// rounds and breath bound the wait for something that is due in this process alone, or as soon as the broker reads on: so
	// many round trips to the broker, which take longer on a busy machine, and at least so long that every thread had its turn.
	rounds = 200
	breath = time.Second
	pause  = time.Millisecond // between round trips of a long wait
)

// broker is a check's RabbitMQ with the shops' exchanges, seen through the suite's own connection.
type broker struct {
	*services.RabbitMQServer
	t    *check.T
	eyes *amqp.Connection
	gaze *amqp.Channel // for looking and for round trips; a look at what is not there closes it
}

// open returns an empty broker.
func open(t *check.T) *broker {
	server := services.RabbitMQ(t)
	return &broker{RabbitMQServer: server, t: t, eyes: server.Observer()}
}

// openDeclared returns a broker with the three exchanges, declared by the suite: only the checks of Declare depend on the
// subject's.
func openDeclared(t *check.T) *broker {
	b := open(t)
	for _, kind := range kinds {
		b.own(b.channel().ExchangeDeclare(kind.Exchange(), string(kind), true, false, false, false, nil), "declare an exchange")
	}
	return b
}

var kinds = []exchanges.Kind{exchanges.Direct, exchanges.Topic, exchanges.Fanout}

// own ends the check without a verdict if something failed that is not the subject's business.
func (b *broker) own(err error, doing string) {
	b.t.Helper()
	if err != nil {
		check.Unjudged(b.t, "the suite's own connection to the broker failed to "+doing)
	}
}

// channel opens a channel of the suite's own, closed when the check ends.
func (b *broker) channel() *amqp.Channel {
	b.t.Helper()
	ch, err := b.eyes.Channel()
	b.own(err, "open a channel")
	return ch
}

// bind declares a queue of the suite's own, bound to one exchange.
func (b *broker) bind(queue, exchange, key string, args amqp.Table) {
	b.t.Helper()
	ch := b.channel()
	defer ch.Close()
	_, err := ch.QueueDeclare(queue, true, false, false, false, args)
	b.own(err, "declare a queue")
	b.own(ch.QueueBind(queue, key, exchange, false, nil), "bind a queue")
}

// peek looks at a queue of that name; the zero queue if it does not exist or belongs to one connection alone.
func (b *broker) peek(name string) amqp.Queue {
	b.t.Helper()
	q, err := b.look(name)
	if codeOf(err) == 0 {
		b.own(err, "look at a queue")
	}
	return q
}

// queue looks at a queue that must be there for everybody.
func (b *broker) queue(name string) amqp.Queue {
	b.t.Helper()
	q, err := b.look(name)
	switch codeOf(err) {
	case amqp.NotFound:
		require.FailNow(b.t, "there is no queue "+name)
	case amqp.ResourceLocked:
		require.FailNow(b.t, "the queue "+name+" is exclusive: no other connection can use it")
	}
	b.own(err, "look at a queue")
	return q
}

func (b *broker) look(name string) (amqp.Queue, error) {
	b.t.Helper()
	if b.gaze == nil || b.gaze.IsClosed() {
		b.gaze = b.channel()
	}
	return b.gaze.QueueDeclarePassive(name, true, false, false, false, nil)
}

// holds fails the check unless that many messages lie ready in the queue, or soon do: an acknowledgement has no answer, so the
// broker may still be about to read it.
func (b *broker) holds(ready int, queue, when string) {
	b.t.Helper()
	b.soon(func() bool { return b.queue(queue).Messages == ready })
	require.Equal(b.t, ready, b.queue(queue).Messages, "messages ready in the queue %s %s", queue, when)
}

// noConsumer fails the check if the queue has a consumer although every subscription to it has ended.
func (b *broker) noConsumer(queue string) {
	b.t.Helper()
	b.soon(func() bool { return b.queue(queue).Consumers == 0 })
	require.Zero(b.t, b.queue(queue).Consumers, "consumers of the queue %s after every subscription has ended", queue)
}

// take removes the message at the head of the queue.
func (b *broker) take(queue string) (d amqp.Delivery, ok bool) {
	b.t.Helper()
	ch := b.channel()
	defer ch.Close()
	d, ok, err := ch.Get(queue, true)
	b.own(err, "take a message")
	return d, ok
}

// send publishes an event as any other shop would, without the subject's Publish, and returns whether a queue got it.
func (b *broker) send(exchange, key, purchase string) (routed bool) {
	b.t.Helper()
	body, err := json.Marshal(event(purchase))
	b.own(err, "encode an event")
	return b.put(exchange, key, body)
}

func (b *broker) put(exchange, key string, body []byte) (routed bool) {
	b.t.Helper()
	ch := b.channel()
	defer ch.Close()
	b.own(ch.Confirm(false), "turn on confirms")
	returns := ch.NotifyReturn(make(chan amqp.Return, 1))
	confirm, err := ch.PublishWithDeferredConfirm(exchange, key, true, false, amqp.Publishing{
		ContentType: "application/json", DeliveryMode: amqp.Persistent, MessageId: exchanges.NewID(), Body: body,
	})
	b.own(err, "publish")
	if !confirm.Wait() {
		b.own(errors.New("nacked"), "publish")
	}
	return len(returns) == 0
}

// fault makes a fault of the network take effect.
func (b *broker) fault(f func(context.Context) error) {
	b.t.Helper()
	if err := f(context.Background()); err != nil {
		check.Unjudged(b.t, "the fault proxy did not obey")
	}
}

// until waits for a condition for which the broker has to do something.
func (b *broker) until(condition func() bool, expected string) {
	b.t.Helper()
	start := time.Now()
	for trips := 0; !condition(); trips++ {
		if time.Since(start) > patience {
			require.FailNow(b.t, "waited in vain: "+expected)
		}
		b.pace(trips)
	}
}

// soon waits for a condition that is due within a few round trips; the caller looks whether it came.
func (b *broker) soon(condition func() bool) {
	b.t.Helper()
	start := time.Now()
	for trips := 0; !condition() && (trips < rounds || time.Since(start) < breath); trips++ {
		b.pace(trips)
	}
}

// pace makes a round trip. After the first of them whoever waits steps back, so that the wait does not take the machine from those
// who are waited for.
func (b *broker) pace(trips int) {
	b.t.Helper()
	if trips >= rounds {
		time.Sleep(pause)
	}
	b.roundTrip()
}

// promptly waits for a value of a buffered channel that needs nothing but this process.
func promptly[T any](b *broker, values <-chan T, expected string) T {
	b.t.Helper()
	b.soon(func() bool { return len(values) > 0 })
	select {
	case v := <-values:
		return v
	default:
	}
	check.Cause(b.t, check.Timeout)
	require.FailNow(b.t, "waited in vain: "+expected)
	panic("unreachable")
}

// await waits for a value for which the broker has to do something.
func await[T any](b *broker, values <-chan T, expected string) T {
	b.t.Helper()
	select {
	case v := <-values:
		return v
	case <-time.After(patience):
		check.Cause(b.t, check.Timeout)
		require.FailNow(b.t, "waited in vain: "+expected)
		panic("unreachable")
	}
}

// roundTrip asks the broker something and waits for the answer.
func (b *broker) roundTrip() {
	b.t.Helper()
	if b.gaze == nil || b.gaze.IsClosed() {
		b.gaze = b.channel()
	}
	b.own(b.gaze.Qos(1, 0, false), "make a round trip")
}

// settle makes round trips on the subject's connection: what the subject has sent, and what the broker has sent to it, has
// arrived by then. A subject that does too much has done it; one that does not is not disturbed.
func (b *broker) settle(conn *amqp.Connection) {
	b.t.Helper()
	ch, err := conn.Channel()
	for i := 0; err == nil && i < rounds/4; i++ {
		err = ch.Qos(1, 0, false)
	}
	require.True(b.t, err == nil && ch.Close() == nil, "the connection is the caller's: the client does not close it")
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
