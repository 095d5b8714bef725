package messaging

import (
	"context"

	amqp "github.com/rabbitmq/amqp091-go"
)

// rehearsals are as many as make it certain that the subject had the time for one.
const rehearsals = 4

// rehearse does, past the fault proxy, what a subject may be in the middle of when a check waits for it: it connects, publishes a
// persistent message, waits for the confirm, takes the message out and acknowledges it.
func (b *Broker) rehearse() {
	b.T.Helper()
	ctx, cancel := context.WithTimeout(b.T.Context(), Patience)
	defer cancel()
	conn, err := amqp.Dial(b.Direct)
	b.Own(err, "connect")
	defer conn.Close()
	ch, err := conn.Channel()
	b.Own(err, "open a channel")
	b.Own(ch.Confirm(false), "turn on confirms")
	q, err := ch.QueueDeclare("", true, true, true, false, nil)
	b.Own(err, "declare a queue")
	confirm, err := ch.PublishWithDeferredConfirm("", q.Name, false, false, amqp.Publishing{DeliveryMode: amqp.Persistent})
	b.Own(err, "publish")
	if _, err := confirm.WaitContext(ctx); err == nil { // whoever has stopped the broker's publishers knows why
		_, _, err = ch.Get(q.Name, true)
		b.Own(err, "take a message")
	}
}
