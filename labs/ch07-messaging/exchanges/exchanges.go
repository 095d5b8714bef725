package exchanges

import (
	"context"

	amqp "github.com/rabbitmq/amqp091-go"

	"scalelab/pkg/lab"
)

// Declare sets up the three exchanges on ch: durable, not auto-deleted, not internal, without arguments. It may be called any
// number of times. Where an exchange exists with other properties, the error names it and wraps the *amqp.Error.
func Declare(ch *amqp.Channel) error {
	panic(lab.NotImplemented("exchanges", "Declare"))
}

// Client publishes and subscribes over one connection. Many goroutines may use it at once.
type Client struct{}

// New returns a client that uses conn, which stays the caller's to close. A nil conn panics.
func New(conn *amqp.Connection) *Client {
	panic(lab.NotImplemented("exchanges", "New"))
}

// Publish sends event along route and waits for the broker's answer.
//
// nil means that every queue that is bound for the message has it. ErrUnroutable: it was returned. ErrNacked: it was refused.
// ErrUnknown: ctx ended or the connection was lost before the answer. ErrInvalid, or the error of a ctx that was done already:
// nothing was sent.
func (c *Client) Publish(ctx context.Context, route Route, event Event) error {
	panic(lab.NotImplemented("exchanges", "Publish"))
}

// Handle is a running subscription.
type Handle struct{}

// Subscribe delivers to handler, one at a time, the messages of the service's queue, which it declares and binds. It returns
// when the broker has confirmed the consumer. The subscription ends with ctx, or when the connection is lost.
//
// An invalid sub is ErrInvalid. A nil handler panics.
func (c *Client) Subscribe(ctx context.Context, sub Subscription, handler Handler) (*Handle, error) {
	panic(lab.NotImplemented("exchanges", "Subscribe"))
}

// Wait blocks until the subscription has ended: nil if its context ended, an error if the connection was lost or the broker ended
// the consumer.
func (h *Handle) Wait() error {
	panic(lab.NotImplemented("exchanges", "Wait"))
}
