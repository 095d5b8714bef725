package safeconsume

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Consumer handles the messages of one queue.
type Consumer struct {
	dial    Dial
	options Options
}

// NewConsumer returns a consumer that connects with dial when it runs.
func NewConsumer(dial Dial, options Options) *Consumer {
	if dial == nil || options.Queue == "" || options.Prefetch < 1 || options.Backoff == nil {
		panic("safeconsume: NewConsumer needs a dial, a queue, a prefetch of at least 1 and a back-off")
	}
	return &Consumer{dial, options}
}

// run is one call of Run.
type run struct {
	*Consumer
	handler  Handler
	handling sync.WaitGroup // the handler calls at work, also those of lost connections
	failed   atomic.Int64   // handler calls, since the last one that succeeded
}

// Run handles the messages of the queue until ctx ends.
func (c *Consumer) Run(ctx context.Context, handler Handler) error {
	if handler == nil {
		panic("safeconsume: Run: the handler is nil")
	}
	r := &run{Consumer: c, handler: handler}
	defer r.handling.Wait()
	for losses := 1; ctx.Err() == nil; losses++ {
		if r.connected(ctx) {
			losses = 1
		}
		if ctx.Err() == nil {
			c.options.Backoff(ctx, losses)
		}
	}
	return nil
}

// connected consumes over one connection until it is lost or ctx ends, and tells whether the broker had confirmed a consumer.
func (r *run) connected(ctx context.Context) (consuming bool) {
	conn, err := r.dial(ctx)
	if err != nil {
		return false
	}
	defer conn.Close() // gives back what is left
	ch, err := conn.Channel()
	if err != nil {
		return false
	}
	if err := ch.Qos(r.options.Prefetch, 0, false); err != nil {
		return false
	}
	const tag = "safeconsume"
	deliveries, err := ch.Consume(r.options.Queue, tag, false, false, false, false, nil)
	if err != nil {
		return false
	}
	// Cancelled by us, cancelled by the broker or lost: the deliveries end in all three cases. If it is we who cancel, what
	// has arrived is handed out before.
	defer context.AfterFunc(ctx, func() { _ = ch.Cancel(tag, false) })()
	for d := range deliveries {
		r.handling.Go(func() { r.settle(ctx, d) })
	}
	if ctx.Err() != nil {
		r.handling.Wait() // while their acknowledgements can still be sent
	}
	return true
}

// settle answers the broker after the handler has run. The delivery knows the channel that it came by. If that is gone, the
// answer fails, as it should: the broker has taken the message back.
func (r *run) settle(ctx context.Context, d amqp.Delivery) {
	if err := r.call(ctx, d); err != nil {
		r.options.Backoff(ctx, int(r.failed.Add(1)))
		_ = d.Nack(false, true)
		return
	}
	r.failed.Store(0)
	_ = d.Ack(false)
}

// call turns a panic of the handler into an error.
func (r *run) call(ctx context.Context, d amqp.Delivery) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("handler panicked: %v", p)
		}
	}()
	return r.handler(ctx, Message{ID: d.MessageId, Body: d.Body, Redelivered: d.Redelivered})
}
