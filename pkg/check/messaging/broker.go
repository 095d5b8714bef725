package messaging

import (
	"context"
	"errors"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/pkg/check"
	"scalelab/pkg/services"
)

// Broker is a check's RabbitMQ, seen through the check's own connection.
type Broker struct {
	*services.RabbitMQServer
	T    *check.T
	eyes *amqp.Connection
	gaze *amqp.Channel // for looking and for round trips; a look at what is not there closes it
}

// Open returns an empty broker.
func Open(t *check.T) *Broker {
	t.Helper()
	server := services.RabbitMQ(t)
	return &Broker{RabbitMQServer: server, T: t, eyes: server.Observer()}
}

// Own ends the check without a verdict if something failed that is not the subject's business.
func (b *Broker) Own(err error, doing string) {
	b.T.Helper()
	if err != nil {
		check.Unjudged(b.T, "the suite's own connection to the broker failed to "+doing)
	}
}

// Reopen connects the check's own eyes again, after it has restarted the broker.
func (b *Broker) Reopen() {
	b.T.Helper()
	b.eyes, b.gaze = b.Observer(), nil
}

// Channel opens a channel of the check's own, closed when the check ends.
func (b *Broker) Channel() *amqp.Channel {
	b.T.Helper()
	ch, err := b.eyes.Channel()
	b.Own(err, "open a channel")
	return ch
}

// Declare declares a durable queue of the check's own.
func (b *Broker) Declare(queue string, args amqp.Table) {
	b.T.Helper()
	ch := b.Channel()
	defer ch.Close()
	_, err := ch.QueueDeclare(queue, true, false, false, false, args)
	b.Own(err, "declare a queue")
}

// Delete deletes a queue, whatever is in it and whoever consumes from it.
func (b *Broker) Delete(queue string) {
	b.T.Helper()
	ch := b.Channel()
	defer ch.Close()
	_, err := ch.QueueDelete(queue, false, false, false)
	b.Own(err, "delete a queue")
}

// Bind declares a durable queue of the check's own, bound to one exchange.
func (b *Broker) Bind(queue, exchange, key string, args amqp.Table) {
	b.T.Helper()
	b.Declare(queue, args)
	ch := b.Channel()
	defer ch.Close()
	b.Own(ch.QueueBind(queue, key, exchange, false, nil), "bind a queue")
}

// Peek looks at a queue of that name; the zero queue if it does not exist or belongs to one connection alone.
func (b *Broker) Peek(name string) amqp.Queue {
	b.T.Helper()
	q, err := b.look(name)
	if CodeOf(err) == 0 {
		b.Own(err, "look at a queue")
	}
	return q
}

// Queue looks at a queue that must be there for everybody.
func (b *Broker) Queue(name string) amqp.Queue {
	b.T.Helper()
	q, err := b.look(name)
	switch CodeOf(err) {
	case amqp.NotFound:
		require.FailNow(b.T, "there is no queue "+name)
	case amqp.ResourceLocked:
		require.FailNow(b.T, "the queue "+name+" is exclusive: no other connection can use it")
	}
	b.Own(err, "look at a queue")
	return q
}

func (b *Broker) look(name string) (amqp.Queue, error) {
	b.T.Helper()
	return b.gazing().QueueDeclarePassive(name, true, false, false, false, nil)
}

// gazing is an open channel of the check's own.
func (b *Broker) gazing() *amqp.Channel {
	b.T.Helper()
	if b.gaze == nil || b.gaze.IsClosed() {
		b.gaze = b.Channel()
	}
	return b.gaze
}

// Holds fails the check unless that many messages lie ready in the queue, or soon do: an acknowledgement has no answer, so the
// broker may still be about to read it.
func (b *Broker) Holds(ready int, queue, when string) {
	b.T.Helper()
	b.Eventually(func() bool { return b.Queue(queue).Messages == ready })
	require.Equal(b.T, ready, b.Queue(queue).Messages, "messages ready in the queue %s %s", queue, when)
}

// NoConsumer fails the check if the queue has a consumer although all that consumed from it has ended.
func (b *Broker) NoConsumer(queue, when string) {
	b.T.Helper()
	b.Eventually(func() bool { return b.Queue(queue).Consumers == 0 })
	require.Zero(b.T, b.Queue(queue).Consumers, "consumers of the queue %s %s", queue, when)
}

// Take removes the message at the head of the queue.
func (b *Broker) Take(queue string) (d amqp.Delivery, ok bool) {
	b.T.Helper()
	ch := b.Channel()
	defer ch.Close()
	d, ok, err := ch.Get(queue, true)
	b.Own(err, "take a message")
	return d, ok
}

// Drain removes the messages that lie ready in the queue, in their order.
func (b *Broker) Drain(queue string) []amqp.Delivery {
	b.T.Helper()
	var all []amqp.Delivery
	for {
		d, ok := b.Take(queue)
		if !ok {
			return all
		}
		all = append(all, d)
	}
}

// Publish sends a mandatory message as anybody else would, without the subject, and tells whether a queue got it.
func (b *Broker) Publish(exchange, key string, msg amqp.Publishing) (routed bool) {
	b.T.Helper()
	ch := b.Channel()
	defer ch.Close()
	b.Own(ch.Confirm(false), "turn on confirms")
	returns := ch.NotifyReturn(make(chan amqp.Return, 1))
	confirm, err := ch.PublishWithDeferredConfirm(exchange, key, true, false, msg)
	b.Own(err, "publish")
	if !confirm.Wait() {
		b.Own(errors.New("nacked"), "publish")
	}
	return len(returns) == 0
}

// Fault makes a fault of the network or the server take effect.
func (b *Broker) Fault(f func(context.Context) error) {
	b.T.Helper()
	if err := f(context.Background()); err != nil {
		check.Unjudged(b.T, "the fault proxy did not obey")
	}
}

// CodeOf is the broker's code in an error, 0 if it has none.
func CodeOf(err error) int {
	var refused *amqp.Error
	if errors.As(err, &refused) {
		return refused.Code
	}
	return 0
}
