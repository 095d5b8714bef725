package competing

import (
	"context"

	amqp "github.com/rabbitmq/amqp091-go"

	"scalelab/pkg/lab"
)

// Group is a number of consumers of one queue, over one connection. Its methods may be called by many goroutines at once.
type Group struct{}

// NewGroup returns a group without consumers. conn stays the caller's to close. A nil conn, an empty queue, a prefetch below 1
// and a nil handler panic.
func NewGroup(conn *amqp.Connection, queue string, prefetch int, handler Handler) *Group {
	panic(lab.NotImplemented("competing", "NewGroup"))
}

// Scale makes the group n consumers, and returns when the broker has confirmed it. Consumers that are too many finish what
// they are at, and Scale does not wait for that. After Stop it returns ErrStopped. A negative n panics.
func (g *Group) Scale(n int) error {
	panic(lab.NotImplemented("competing", "Scale"))
}

// Size is how many consumers the group has.
func (g *Group) Size() int {
	panic(lab.NotImplemented("competing", "Size"))
}

// Stop ends all consumers and waits until they have finished, or for ctx: then it returns the error of ctx.
func (g *Group) Stop(ctx context.Context) error {
	panic(lab.NotImplemented("competing", "Stop"))
}
