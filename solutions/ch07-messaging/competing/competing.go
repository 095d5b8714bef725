package competing

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Group is a number of consumers of one queue, over one connection.
type Group struct {
	conn     *amqp.Connection
	queue    string
	prefetch int
	handler  Handler

	mu      sync.Mutex
	all     []*consumer // also dismissed ones that have not finished
	stopped bool
}

// consumer has a channel of its own: closing it gives back what this consumer holds, and nothing else.
type consumer struct {
	ch        *amqp.Channel
	dismissed atomic.Bool
	finished  chan struct{}
}

const tag = "competing" // consumer tags are unique within a channel

// NewGroup returns a group without consumers.
func NewGroup(conn *amqp.Connection, queue string, prefetch int, handler Handler) *Group {
	if conn == nil || queue == "" || prefetch < 1 || handler == nil {
		panic("competing: NewGroup needs a connection, a queue, a prefetch of at least 1 and a handler")
	}
	return &Group{conn: conn, queue: queue, prefetch: prefetch, handler: handler}
}

// Scale makes the group n consumers.
func (g *Group) Scale(n int) error {
	if n < 0 {
		panic("competing: Scale to a negative number of consumers")
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stopped {
		return ErrStopped
	}
	team := g.team()
	for ; len(team) > n; team = team[1:] {
		team[0].dismiss()
	}
	for range n - len(team) {
		if err := g.hire(); err != nil {
			return fmt.Errorf("competing: hire a consumer of %s: %w", g.queue, err)
		}
	}
	return nil
}

// Size is how many consumers the group has.
func (g *Group) Size() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.team())
}

// Stop ends all consumers and waits until they have finished, or for ctx.
func (g *Group) Stop(ctx context.Context) error {
	g.mu.Lock()
	g.stopped = true
	for _, c := range g.team() {
		c.dismiss()
	}
	leaving := slices.Clone(g.all)
	g.mu.Unlock()
	for _, c := range leaving {
		select {
		case <-c.finished:
		case <-ctx.Done():
			return fmt.Errorf("competing: stop: %w", ctx.Err())
		}
	}
	return nil
}

// team is who is neither dismissed nor gone. Who has finished is forgotten.
func (g *Group) team() []*consumer {
	g.all = slices.DeleteFunc(g.all, func(c *consumer) bool {
		select {
		case <-c.finished:
			return true
		default:
			return false
		}
	})
	return slices.DeleteFunc(slices.Clone(g.all), func(c *consumer) bool {
		return c.dismissed.Load() || c.ch.IsClosed()
	})
}

// hire adds a consumer once the broker has confirmed it.
func (g *Group) hire() error {
	ch, err := g.conn.Channel()
	if err != nil {
		return err
	}
	deliveries, err := g.consume(ch)
	if err != nil {
		ch.Close()
		return err
	}
	c := &consumer{ch: ch, finished: make(chan struct{})}
	g.all = append(g.all, c)
	go func() {
		defer close(c.finished)
		defer ch.Close() // gives back what is left
		for d := range deliveries {
			if c.dismissed.Load() {
				return
			}
			g.settle(d)
		}
	}()
	return nil
}

func (g *Group) consume(ch *amqp.Channel) (<-chan amqp.Delivery, error) {
	if err := ch.Qos(g.prefetch, 0, false); err != nil {
		return nil, err
	}
	return ch.Consume(g.queue, tag, false, false, false, false, nil)
}

// dismiss returns when the broker has confirmed that it sends nothing more. The deliveries end with what has been sent. Only then is the
// consumer told: it closes the channel, and two calls at once on one channel may get each other's answers.
func (c *consumer) dismiss() {
	_ = c.ch.Cancel(tag, false) // where it fails, the channel is gone, and the consumer with it
	c.dismissed.Store(true)
}

// settle answers the broker after the handler has run.
func (g *Group) settle(d amqp.Delivery) {
	if err := g.call(d); err != nil {
		_ = d.Nack(false, true)
		return
	}
	_ = d.Ack(false)
}

// call turns a panic of the handler into an error.
func (g *Group) call(d amqp.Delivery) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("handler panicked: %v", p)
		}
	}()
	return g.handler(Message{ID: d.MessageId, Body: d.Body})
}
