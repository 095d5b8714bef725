package exactlyonce

import (
	"context"
	"errors"
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
)

// Consumer handles the messages of one queue.
type Consumer struct {
	conn *amqp.Connection
	rdb  *redis.Client
	opts Options
}

// New returns a consumer of opts.Queue.
func New(conn *amqp.Connection, rdb *redis.Client, opts Options) *Consumer {
	switch {
	case conn == nil:
		panic("exactlyonce: New: the connection is nil")
	case rdb == nil:
		panic("exactlyonce: New: the Redis client is nil")
	case opts.Queue == "":
		panic("exactlyonce: New: the queue has no name")
	case opts.KeyTTL < time.Millisecond:
		panic("exactlyonce: New: KeyTTL is below a millisecond")
	}
	if opts.Backoff == nil {
		opts.Backoff = DefaultBackoff
	}
	return &Consumer{conn: conn, rdb: rdb, opts: opts}
}

// Run consumes until ctx ends or the connection is lost.
func (c *Consumer) Run(ctx context.Context, handler Handler) error {
	if handler == nil {
		panic("exactlyonce: Run: the handler is nil")
	}
	ch, err := c.conn.Channel()
	if err != nil {
		return fmt.Errorf("run: open a channel: %w", err)
	}
	defer ch.Close() // gives back what is held and not settled
	deliveries, err := c.consume(ch)
	if err != nil {
		return fmt.Errorf("run: consume from %s: %w", c.opts.Queue, err)
	}
	lost := ch.NotifyClose(make(chan *amqp.Error, 1))
	for ctx.Err() == nil { // select would toss a coin
		select {
		case <-ctx.Done():
		case d, open := <-deliveries:
			if !open {
				return errors.New("run: the consumer was ended by the broker, or the connection was lost")
			}
			if !c.handle(ctx, lost, d, handler) {
				return endOf(ctx)
			}
		}
	}
	return nil
}

func (c *Consumer) consume(ch *amqp.Channel) (<-chan amqp.Delivery, error) {
	if err := ch.Qos(1, 0, false); err != nil {
		return nil, err
	}
	return ch.Consume(c.opts.Queue, "", false, false, false, false, nil)
}

func endOf(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	return errors.New("run: the connection was lost")
}

// handle settles one delivery. It is false if the end came first: the delivery is still held then, and goes back.
//
// An error of settling need not be looked at: the channel is gone, so the broker delivers the message again, and its key says
// what became of it.
func (c *Consumer) handle(ctx context.Context, lost <-chan *amqp.Error, d amqp.Delivery, handler Handler) bool {
	if d.MessageId == "" {
		d.Nack(false, false)
		return true
	}
	for attempt := 1; ; attempt++ {
		switch err := c.commit(ctx, d, handler); {
		case err == nil:
			d.Ack(false)
			return true
		case errors.Is(err, errHandler):
			d.Nack(false, true)
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-lost:
			return false
		case <-time.After(c.opts.Backoff(attempt)):
		}
	}
}

var (
	errHandler = errors.New("the handler failed")
	errKnown   = errors.New("the message was handled before")
)

// commit lets the message take effect, unless its key is there. EXEC does nothing if somebody has touched the key since WATCH,
// so of two consumers with copies of a message one finds the key when it looks again. Every error but the handler's means that
// nobody knows: the commands may have arrived.
func (c *Consumer) commit(ctx context.Context, d amqp.Delivery, handler Handler) error {
	key := Key(d.MessageId)
	for {
		err := c.rdb.Watch(ctx, func(watched *redis.Tx) error {
			if n, err := watched.Exists(ctx, key).Result(); err != nil {
				return err
			} else if n > 0 {
				return errKnown
			}
			_, err := watched.TxPipelined(ctx, func(tx redis.Pipeliner) error {
				tx.Set(ctx, key, "handled", c.opts.KeyTTL)
				return call(ctx, handler, tx, d)
			})
			return err
		}, key)
		switch {
		case errors.Is(err, errKnown):
			return nil
		case !errors.Is(err, redis.TxFailedErr):
			return err
		}
	}
}

// call turns a panic of the handler into an error, and marks both as the handler's.
func call(ctx context.Context, handler Handler, tx redis.Pipeliner, d amqp.Delivery) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: it panicked: %v", errHandler, p)
		}
	}()
	if err := handler(ctx, tx, d); err != nil {
		return fmt.Errorf("%w: %w", errHandler, err)
	}
	return nil
}
