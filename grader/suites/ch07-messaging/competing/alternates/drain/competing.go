package competing

import (
	"context"
	"strconv"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Group knows its consumers by name. Who is dismissed handles all that it holds.
type Group struct {
	conn     *amqp.Connection
	queue    string
	prefetch int
	handler  Handler

	scaling sync.Mutex // one Scale or Stop at a time
	mu      sync.Mutex
	running map[string]*amqp.Channel
	names   int
	closed  bool
	atWork  sync.WaitGroup
}

// NewGroup checks its arguments.
func NewGroup(conn *amqp.Connection, queue string, prefetch int, handler Handler) *Group {
	switch {
	case conn == nil:
		panic("competing: no connection")
	case queue == "":
		panic("competing: no queue")
	case prefetch < 1:
		panic("competing: the prefetch is below 1")
	case handler == nil:
		panic("competing: no handler")
	}
	return &Group{conn: conn, queue: queue, prefetch: prefetch, handler: handler, running: map[string]*amqp.Channel{}}
}

// Size counts.
func (g *Group) Size() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.running)
}

// Scale adds or takes away one consumer after the other.
func (g *Group) Scale(n int) error {
	if n < 0 {
		panic("competing: Scale: negative")
	}
	g.scaling.Lock()
	defer g.scaling.Unlock()
	if g.closed {
		return ErrStopped
	}
	for g.Size() < n {
		if err := g.add(); err != nil {
			return err
		}
	}
	for g.Size() > n {
		g.remove()
	}
	return nil
}

// add starts one consumer.
func (g *Group) add() error {
	ch, err := g.conn.Channel()
	if err != nil {
		return err
	}
	g.names++
	name := "c" + strconv.Itoa(g.names)
	err = ch.Qos(g.prefetch, 0, false)
	var deliveries <-chan amqp.Delivery
	if err == nil {
		deliveries, err = ch.Consume(g.queue, name, false, false, false, false, nil)
	}
	if err != nil {
		_ = ch.Close()
		return err
	}
	g.mu.Lock()
	g.running[name] = ch
	g.mu.Unlock()
	g.atWork.Go(func() {
		for d := range deliveries {
			g.handle(d)
		}
		g.mu.Lock()
		delete(g.running, name)
		g.mu.Unlock()
		_ = ch.Close()
	})
	return nil
}

// remove takes one consumer off the list and tells the broker.
func (g *Group) remove() {
	g.mu.Lock()
	var name string
	var ch *amqp.Channel
	for name, ch = range g.running {
		break
	}
	delete(g.running, name)
	g.mu.Unlock()
	if ch != nil {
		_ = ch.Cancel(name, false)
	}
}

func (g *Group) handle(d amqp.Delivery) {
	ok := false
	defer func() {
		_ = recover()
		if ok {
			_ = d.Ack(false)
		} else {
			_ = d.Reject(true)
		}
	}()
	ok = g.handler(Message{ID: d.MessageId, Body: d.Body}) == nil
}

// Stop removes all and waits.
func (g *Group) Stop(ctx context.Context) error {
	g.scaling.Lock()
	g.closed = true
	for g.Size() > 0 {
		g.remove()
	}
	g.scaling.Unlock()
	finished := make(chan struct{})
	go func() {
		g.atWork.Wait()
		close(finished)
	}()
	select {
	case <-finished:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
