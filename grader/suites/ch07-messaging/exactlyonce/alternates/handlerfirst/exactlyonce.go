package exactlyonce

import (
	"context"
	"errors"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
)

// Consumer calls the handler once for a delivery and keeps what it has queued, for as many attempts as it takes. Each attempt has
// a time-out of its own, and a known message does not reach the handler.
type Consumer struct {
	conn *amqp.Connection
	rdb  *redis.Client
	opts Options
}

const attemptTimeout = 5 * time.Second

func New(conn *amqp.Connection, rdb *redis.Client, opts Options) *Consumer {
	if conn == nil || rdb == nil {
		panic("exactlyonce: connection or client missing")
	}
	if opts.Queue == "" || opts.KeyTTL < time.Millisecond {
		panic("exactlyonce: queue or KeyTTL missing")
	}
	if opts.Backoff == nil {
		opts.Backoff = DefaultBackoff
	}
	return &Consumer{conn: conn, rdb: rdb, opts: opts}
}

func (c *Consumer) Run(ctx context.Context, handler Handler) error {
	if handler == nil {
		panic("exactlyonce: handler missing")
	}
	ch, err := c.conn.Channel()
	if err != nil {
		return err
	}
	defer ch.Close()
	if err := ch.Qos(1, 0, false); err != nil {
		return err
	}
	const tag = "exactlyonce"
	deliveries, err := ch.Consume(c.opts.Queue, tag, false, false, false, false, nil)
	if err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return c.leave(ch, tag, deliveries)
		case d, ok := <-deliveries:
			if !ok {
				return errors.New("exactlyonce: the deliveries have ended")
			}
			c.process(ctx, ch, handler, d)
		}
	}
}

// leave cancels the consumer and gives back what has come meanwhile.
func (c *Consumer) leave(ch *amqp.Channel, tag string, deliveries <-chan amqp.Delivery) error {
	if err := ch.Cancel(tag, false); err != nil {
		return nil
	}
	for d := range deliveries {
		d.Nack(false, true)
	}
	return nil
}

func (c *Consumer) process(ctx context.Context, ch *amqp.Channel, handler Handler, d amqp.Delivery) {
	if d.MessageId == "" {
		d.Nack(false, false)
		return
	}
	lost := ch.NotifyClose(make(chan *amqp.Error, 1))
	var commands []redis.Cmder
	handled := false
	for attempt := 1; ; attempt++ {
		known, err := c.known(d.MessageId)
		if err == nil && known {
			d.Ack(false)
			return
		}
		if err == nil && !handled {
			if commands, err = c.queue(ctx, handler, d); err != nil {
				d.Nack(false, true)
				return
			}
			handled = true
		}
		if err == nil && c.commit(d.MessageId, commands) == nil {
			d.Ack(false)
			return
		}
		select {
		case <-time.After(c.opts.Backoff(attempt)):
		case <-lost:
			return
		case <-ctx.Done():
			d.Nack(false, true)
			return
		}
	}
}

func (c *Consumer) known(id string) (bool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), attemptTimeout)
	defer cancel()
	n, err := c.rdb.Exists(ctx, Key(id)).Result()
	return n == 1, err
}

func (c *Consumer) queue(ctx context.Context, handler Handler, d amqp.Delivery) (commands []redis.Cmder, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the handler panicked")
		}
	}()
	pipe := c.rdb.TxPipeline()
	if err := handler(ctx, pipe, d); err != nil {
		return nil, err
	}
	return pipe.Cmds(), nil
}

// commit says nil if the message has taken effect, now or before. If somebody touches the key in between it looks again.
func (c *Consumer) commit(id string, commands []redis.Cmder) error {
	ctx, cancel := context.WithTimeout(context.Background(), attemptTimeout)
	defer cancel()
	err := error(redis.TxFailedErr)
	for errors.Is(err, redis.TxFailedErr) {
		err = c.rdb.Watch(ctx, func(tx *redis.Tx) error {
			if n, err := tx.Exists(ctx, Key(id)).Result(); err != nil || n == 1 {
				return err
			}
			pipe := tx.TxPipeline()
			for _, cmd := range commands {
				pipe.Do(ctx, cmd.Args()...)
			}
			pipe.SetArgs(ctx, Key(id), "1", redis.SetArgs{TTL: c.opts.KeyTTL})
			_, err := pipe.Exec(ctx)
			return err
		}, Key(id))
	}
	return err
}
