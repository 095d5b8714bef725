package channelpool

import (
	"context"

	amqp "github.com/rabbitmq/amqp091-go"

	"scalelab/pkg/lab"
)

// Pool lends channels of one connection. Many goroutines may use it at once.
type Pool struct{}

// New returns a pool that opens its channels on conn, which stays the caller's to close. A nil conn and bounds that make no sense
// panic.
func New(conn *amqp.Connection, opts Options) *Pool {
	panic(lab.NotImplemented("channelpool", "New"))
}

// Borrow lends an open channel: an idle one, or a new one while fewer than Max are open. Otherwise it waits for its turn.
//
// ErrPoolClosed: the pool was closed. The error of ctx: it ended first. Otherwise the library's error: no channel could be opened.
func (p *Pool) Borrow(ctx context.Context) (*amqp.Channel, error) {
	panic(lab.NotImplemented("channelpool", "Borrow"))
}

// Return gives back a channel that Borrow has lent: to whoever has waited longest, or to the idle ones. A closed channel frees its
// place. A channel that is not lent is refused without harm.
func (p *Pool) Return(ch *amqp.Channel) {
	panic(lab.NotImplemented("channelpool", "Return"))
}

// With calls use with a borrowed channel and returns what use returns. The channel is returned however use ends.
func (p *Pool) With(ctx context.Context, use func(*amqp.Channel) error) error {
	panic(lab.NotImplemented("channelpool", "With"))
}

// Close closes the idle channels and ends every wait with ErrPoolClosed. Lent channels are closed when they are returned.
func (p *Pool) Close() error {
	panic(lab.NotImplemented("channelpool", "Close"))
}

// Stats returns a snapshot of the pool.
func (p *Pool) Stats() Stats {
	panic(lab.NotImplemented("channelpool", "Stats"))
}
