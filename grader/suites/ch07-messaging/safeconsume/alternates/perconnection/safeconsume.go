package safeconsume

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const (
	consumerTag  = "safeconsume"   // one consumer per channel, so it need not be unique
	mostPrefetch = 1<<16 - 1       // what the protocol can express
	closeWithin  = 5 * time.Second // a broker that does not answer Close is left alone after that
)

// Consumer handles the messages of one queue.
type Consumer struct {
	dial    Dial
	options Options
}

// NewConsumer returns a consumer that connects with dial when it runs. A nil dial, an empty queue, a prefetch below 1 and a nil
// back-off panic.
func NewConsumer(dial Dial, options Options) *Consumer {
	switch {
	case dial == nil:
		panic("safeconsume: NewConsumer with a nil dial")
	case options.Queue == "":
		panic("safeconsume: NewConsumer with an empty queue")
	case options.Prefetch < 1:
		panic(fmt.Sprintf("safeconsume: NewConsumer with prefetch %d", options.Prefetch))
	case options.Backoff == nil:
		panic("safeconsume: NewConsumer with a nil back-off")
	}
	return &Consumer{dial: dial, options: options}
}

// Run calls handler for each message of the queue, up to Prefetch of them side by side, until ctx ends. Then it finishes what it
// holds and returns nil.
//
// A message is acknowledged when its handler has returned nil; after an error or a panic it goes back to the queue, after a
// back-off. Where the broker is lost, Run connects again, after a back-off. A nil handler panics.
func (c *Consumer) Run(ctx context.Context, handler Handler) error {
	if handler == nil {
		panic("safeconsume: Run with a nil handler")
	}
	r := &run{Consumer: c, handler: handler}
	for losses := 0; ctx.Err() == nil; {
		if r.consume(ctx) {
			losses = 0
		}
		if ctx.Err() == nil {
			losses++
			c.options.Backoff(ctx, losses)
		}
	}
	r.working.Wait() // handlers of lost connections
	return nil
}

// run is the state of one call of Run. It outlives the connections.
type run struct {
	*Consumer
	handler  Handler
	working  sync.WaitGroup // one for each handler call whose message is not settled yet, whatever its connection
	failures atomic.Int64   // handler calls that have failed since the last success
}

// consume connects and handles messages until the broker is lost or ctx ends. It reports whether the broker has confirmed the
// consumer. The connection is closed when it returns, which also gives back what is still held on it.
func (r *run) consume(ctx context.Context) (confirmed bool) {
	conn, err := r.dial(ctx)
	if conn == nil {
		return false
	}
	defer hangUp(conn)
	if err != nil {
		return false
	}
	ch, deliveries, err := r.subscribe(ctx, conn)
	if err != nil {
		return false
	}
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case d, ok := <-deliveries:
			if !ok {
				return true
			}
			// The broker sends no more than Prefetch unsettled messages, so no more than that many calls are at work.
			r.working.Go(func() { r.handle(ctx, d) })
		}
	}

	// First no more messages, then give back those that nobody has begun, then wait for those at work. If Cancel fails, the
	// channel is lost, and the broker has all of them back already.
	if ch.Cancel(consumerTag, false) == nil {
		for d := range deliveries {
			_ = d.Nack(false, true)
		}
	}
	r.working.Wait()
	return true
}

// subscribe starts a consumer on a new channel of conn. The library's calls know no context: where ctx ends while they wait for
// the broker, the connection is closed under them.
func (r *run) subscribe(ctx context.Context, conn *amqp.Connection) (*amqp.Channel, <-chan amqp.Delivery, error) {
	hungUp := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(hungUp)
		hangUp(conn)
	})
	defer func() {
		if !stop() {
			<-hungUp
		}
	}()

	ch, err := conn.Channel()
	if err != nil {
		return nil, nil, err
	}
	// Qos belongs to the channel and holds for the consumers that come after it.
	if err := ch.Qos(min(r.options.Prefetch, mostPrefetch), 0, false); err != nil {
		return nil, nil, err
	}
	deliveries, err := ch.Consume(r.options.Queue, consumerTag, false, false, false, false, nil)
	return ch, deliveries, err
}

// handle calls the handler for one message, and settles it on the channel that it came from: where that is lost, the settling
// fails, and the broker has the message back already.
func (r *run) handle(ctx context.Context, d amqp.Delivery) {
	done := false
	defer func() { // deferred, for a handler that panics (or ends its goroutine)
		_ = recover()
		if done {
			r.failures.Store(0)
			_ = d.Ack(false)
			return
		}
		r.options.Backoff(ctx, int(r.failures.Add(1)))
		_ = d.Nack(false, true)
	}()
	done = r.handler(ctx, Message{ID: d.MessageId, Body: d.Body, Redelivered: d.Redelivered}) == nil
}

// hangUp closes a connection that may be closed already.
func hangUp(conn *amqp.Connection) {
	_ = conn.CloseDeadline(time.Now().Add(closeWithin))
}
