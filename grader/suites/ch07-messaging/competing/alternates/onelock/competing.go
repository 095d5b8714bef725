package competing

import (
	"context"
	"fmt"
	"slices"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Group is a number of consumers of one queue, over one connection. Its methods may be called by many goroutines at once.
type Group struct {
	conn     *amqp.Connection
	queue    string
	prefetch int
	handler  Handler

	mu        sync.Mutex // held while the broker confirms, but never while a handler is waited for
	stopped   bool
	consumers []*consumer // the group; some of them may be gone
	leaving   []*consumer // dismissed or gone, and perhaps not finished yet
}

// NewGroup returns a group without consumers. conn stays the caller's to close. A nil conn, an empty queue, a prefetch below 1
// and a nil handler panic.
func NewGroup(conn *amqp.Connection, queue string, prefetch int, handler Handler) *Group {
	switch {
	case conn == nil:
		panic("competing: the connection is nil")
	case queue == "":
		panic("competing: the queue has no name")
	case prefetch < 1:
		panic(fmt.Sprintf("competing: a prefetch of %d is below 1", prefetch))
	case handler == nil:
		panic("competing: the handler is nil")
	}
	// The protocol has 16 bits for it, and the library would cut off the others: 65536 would mean "no limit".
	return &Group{conn: conn, queue: queue, prefetch: min(prefetch, 1<<16-1), handler: handler}
}

// Scale makes the group n consumers, and returns when the broker has confirmed it. Consumers that are too many finish what
// they are at, and Scale does not wait for that. After Stop it returns ErrStopped. A negative n panics.
func (g *Group) Scale(n int) error {
	if n < 0 {
		panic(fmt.Sprintf("competing: a group cannot have %d consumers", n))
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stopped {
		return ErrStopped
	}
	if g.conn.IsClosed() {
		return fmt.Errorf("competing: scale to %d: %w", n, amqp.ErrClosed)
	}
	for g.keep(n); len(g.consumers) < n; g.keep(n) { // keep again: one may have gone meanwhile
		c, err := g.hire()
		if err != nil {
			return fmt.Errorf("competing: scale to %d: %w", n, err)
		}
		g.consumers = append(g.consumers, c)
	}
	return nil
}

// Size is how many consumers the group has.
func (g *Group) Size() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := 0
	for _, c := range g.consumers {
		if !c.gone() {
			n++
		}
	}
	return n
}

// Stop ends all consumers and waits until they have finished, or for ctx: then it returns the error of ctx.
func (g *Group) Stop(ctx context.Context) error {
	g.mu.Lock()
	g.stopped = true
	g.keep(0)
	leaving := slices.Clone(g.leaving)
	g.mu.Unlock()

	for _, c := range leaving {
		if c.finished() {
			continue // also if ctx has ended
		}
		select {
		case <-c.done:
		case <-ctx.Done():
			return fmt.Errorf("competing: stop: %w", ctx.Err())
		}
	}
	return nil
}

// keep dismisses all consumers but n, and those that are gone. It returns when the broker sends them nothing more, and does not
// wait for their handlers. g.mu is held.
func (g *Group) keep(n int) {
	var stay, leave []*consumer
	for _, c := range g.consumers {
		if len(stay) < n && !c.gone() {
			stay = append(stay, c)
		} else {
			leave = append(leave, c)
		}
	}
	for _, c := range leave { // first all, so that none takes what another one gives back
		close(c.dismissed)
	}
	for _, c := range leave {
		c.cancel()
	}
	g.consumers = stay
	g.leaving = append(slices.DeleteFunc(g.leaving, (*consumer).finished), leave...)
}

// hire starts a consumer, and returns when the broker has confirmed it.
func (g *Group) hire() (*consumer, error) {
	ch, err := g.conn.Channel()
	if err != nil {
		return nil, err
	}
	c := &consumer{
		conn:      g.conn,
		ch:        ch,
		cancelled: ch.NotifyCancel(make(chan string, 1)),
		dismissed: make(chan struct{}),
		done:      make(chan struct{}),
	}
	if err := ch.Qos(g.prefetch, 0, false); err != nil {
		c.close()
		return nil, err
	}
	deliveries, err := ch.Consume(g.queue, tag, false, false, false, false, nil)
	if err != nil {
		c.close()
		return nil, err
	}
	go c.work(deliveries, g.handler)
	return c, nil
}

// tag names the one consumer of a channel; other channels may use the same name.
const tag = "competing"

// consumer is a consumer at the broker, with a channel of its own, and the goroutine that works for it.
type consumer struct {
	conn *amqp.Connection

	call sync.Mutex // held during Cancel and Close: a channel has one call with an answer at a time
	ch   *amqp.Channel

	cancelled chan string   // holds the tag when the broker has ended the consumer; nobody receives it
	dismissed chan struct{} // closed when the group does not want it any more
	done      chan struct{} // closed when it has finished, and its channel is closed
}

// work handles messages until the consumer is dismissed or gone, and closes its channel: then the broker gives to others what
// is not acknowledged.
func (c *consumer) work(deliveries <-chan amqp.Delivery, handler Handler) {
	defer close(c.done)
	defer c.close()
	for !c.leaves() {
		select {
		case <-c.dismissed:
			return
		case d, ok := <-deliveries:
			if !ok || c.leaves() {
				return
			}
			// An error of Ack or Nack means that the channel is closed: leaves knows that, and the message is in the queue.
			if err := handle(handler, d); err != nil {
				_ = d.Nack(false, true)
			} else {
				_ = d.Ack(false)
			}
		}
	}
}

// handle calls the handler, and makes an error of a panic.
func handle(handler Handler, d amqp.Delivery) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("competing: the handler panicked: %v", p)
		}
	}()
	return handler(Message{ID: d.MessageId, Body: d.Body})
}

// leaves tells whether the consumer may not begin with another message.
func (c *consumer) leaves() bool {
	select {
	case <-c.dismissed:
		return true
	default:
		return c.gone()
	}
}

// gone tells whether the consumer does not exist any more at the broker, without the group's doing.
func (c *consumer) gone() bool {
	return len(c.cancelled) > 0 || c.ch.IsClosed() || c.conn.IsClosed()
}

// finished tells whether the consumer has left nothing behind.
func (c *consumer) finished() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// cancel makes the broker send nothing more. An error means that the channel is closed, and so the consumer ended, too.
func (c *consumer) cancel() {
	c.call.Lock()
	defer c.call.Unlock()
	_ = c.ch.Cancel(tag, false)
}

func (c *consumer) close() {
	c.call.Lock()
	defer c.call.Unlock()
	_ = c.ch.Close()
}
