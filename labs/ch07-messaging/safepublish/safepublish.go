package safepublish

import (
	"context"

	amqp "github.com/rabbitmq/amqp091-go"

	"scalelab/pkg/lab"
)

// Declare sets up a direct exchange and a queue that is bound to it under key. All of it outlives a restart of the broker.
func Declare(ch *amqp.Channel, exchange, queue, key string) error {
	panic(lab.NotImplemented("safepublish", "Declare"))
}

// Publisher publishes to one exchange. Many goroutines may use it at once.
type Publisher struct{}

// NewPublisher returns a publisher that connects by dial, as often as it has to. A nil dial and options that make
// no sense panic.
func NewPublisher(dial func() (*amqp.Connection, error), opts Options) *Publisher {
	panic(lab.NotImplemented("safepublish", "NewPublisher"))
}

// Pending is a message that the publisher has in charge.
type Pending struct{}

// Done is closed when the message is settled.
func (p *Pending) Done() <-chan struct{} {
	panic(lab.NotImplemented("safepublish", "Done"))
}

// Err says, once Done is closed, what became of the message: nil if it was accepted, ErrUnroutable if it was returned, ErrUnknown if
// Close gave up.
func (p *Pending) Err() error {
	panic(lab.NotImplemented("safepublish", "Err"))
}

// Publish takes a message in charge. It waits while Window messages are not settled, until ctx ends (its error) or the publisher is
// closed (ErrClosed).
func (p *Publisher) Publish(ctx context.Context, msg Message) (*Pending, error) {
	panic(lab.NotImplemented("safepublish", "Publish"))
}

// Close waits until everything is settled and ends the publisher. If ctx ends first, the rest is settled with ErrUnknown, and Close
// returns the error of ctx.
func (p *Publisher) Close(ctx context.Context) error {
	panic(lab.NotImplemented("safepublish", "Close"))
}
