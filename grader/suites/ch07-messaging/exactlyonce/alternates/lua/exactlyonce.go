package exactlyonce

import (
	"context"
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
)

// once looks, remembers and acts in one step, since Redis runs one script at a time. The commands come as their lengths and words.
var once = redis.NewScript(`
if not redis.call('SET', KEYS[1], '', 'NX', 'PX', ARGV[1]) then return 0 end
local at = 2
while at <= #ARGV do
  local n = tonumber(ARGV[at])
  redis.call(unpack(ARGV, at + 1, at + n))
  at = at + n + 1
end
return 1`)

// Consumer handles the messages of one queue.
type Consumer struct {
	conn    *amqp.Connection
	rdb     *redis.Client
	options Options
}

// New returns a consumer of opts.Queue.
func New(conn *amqp.Connection, rdb *redis.Client, opts Options) *Consumer {
	if conn == nil || rdb == nil || opts.Queue == "" || opts.KeyTTL < time.Millisecond {
		panic("exactlyonce: New needs a connection, a client, a queue and a KeyTTL")
	}
	if opts.Backoff == nil {
		opts.Backoff = DefaultBackoff
	}
	return &Consumer{conn, rdb, opts}
}

// Run consumes until ctx ends or the connection is lost.
func (c *Consumer) Run(ctx context.Context, handler Handler) error {
	if handler == nil {
		panic("exactlyonce: Run needs a handler")
	}
	ch, err := c.conn.Channel()
	if err != nil {
		return err
	}
	defer ch.Close()
	if err := ch.Qos(1, 0, false); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	deliveries, err := ch.Consume(c.options.Queue, "", false, false, false, false, nil)
	if err != nil {
		return err
	}
	closed := ch.NotifyClose(make(chan *amqp.Error, 1))
	gone := ch.NotifyCancel(make(chan string, 1))
	watching := make(chan struct{})
	go func() { // ends whatever waits when the channel is lost
		defer close(watching)
		select {
		case <-closed:
			cancel(amqp.ErrClosed)
		case <-gone:
			cancel(amqp.ErrClosed)
		case <-ctx.Done():
		}
	}()
	defer func() { cancel(nil); <-watching }()
	for {
		select {
		case d, ok := <-deliveries:
			if !ok {
				return fmt.Errorf("exactlyonce: %w", amqp.ErrClosed)
			}
			c.handle(ctx, handler, d)
		case <-ctx.Done():
			if context.Cause(ctx) == amqp.ErrClosed {
				return fmt.Errorf("exactlyonce: %w", amqp.ErrClosed)
			}
			return nil
		}
	}
}

func (c *Consumer) handle(ctx context.Context, handler Handler, d amqp.Delivery) {
	if d.MessageId == "" {
		d.Reject(false)
		return
	}
	args, err := c.commands(ctx, handler, d)
	if err != nil {
		d.Nack(false, true)
		return
	}
	for attempt := 1; ; attempt++ {
		if once.Run(ctx, c.rdb, []string{Key(d.MessageId)}, args...).Err() == nil {
			d.Ack(false)
			return
		}
		timer := time.NewTimer(c.options.Backoff(attempt))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return // closing the channel gives the message back
		}
	}
}

// commands lets the handler queue its commands on a pipeline that is never sent, and takes them from there.
func (c *Consumer) commands(ctx context.Context, handler Handler, d amqp.Delivery) (args []any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	queued := c.rdb.Pipeline()
	if err := handler(ctx, queued, d); err != nil {
		return nil, err
	}
	args = []any{c.options.KeyTTL.Milliseconds()}
	for _, cmd := range queued.Cmds() {
		args = append(args, len(cmd.Args()))
		args = append(args, cmd.Args()...)
	}
	return args, nil
}
