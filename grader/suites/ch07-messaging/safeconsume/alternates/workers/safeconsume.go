package safeconsume

import (
	"context"
	"errors"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Consumer keeps a fixed number of workers per session. The loop over sessions is one goroutine that alone decides.
type Consumer struct {
	dial Dial
	opts Options

	mu  sync.Mutex
	bad int
}

// NewConsumer checks its arguments.
func NewConsumer(dial Dial, options Options) *Consumer {
	switch {
	case dial == nil:
		panic("safeconsume: no dial")
	case options.Queue == "":
		panic("safeconsume: no queue")
	case options.Prefetch < 1:
		panic("safeconsume: the prefetch is below 1")
	case options.Backoff == nil:
		panic("safeconsume: no back-off")
	}
	return &Consumer{dial: dial, opts: options}
}

// session is one consumer on one connection.
type session struct {
	conn       *amqp.Connection
	ch         *amqp.Channel
	deliveries <-chan amqp.Delivery
	gone       chan *amqp.Error // the channel was closed
	cancelled  chan string      // the consumer was ended by the broker
	quit       chan struct{}
	workers    sync.WaitGroup
}

// Run keeps a session going.
func (c *Consumer) Run(ctx context.Context, handler Handler) error {
	if handler == nil {
		panic("safeconsume: no handler")
	}
	var all []*session
	losses := 0
	for ctx.Err() == nil {
		s, err := c.open(ctx)
		if err == nil {
			losses = 0
			all = append(all, s)
			c.work(ctx, s, handler)
		}
		if ctx.Err() == nil {
			losses++
			c.opts.Backoff(ctx, losses)
		}
	}
	for _, s := range all {
		s.workers.Wait()
	}
	return nil
}

// open dials and consumes.
func (c *Consumer) open(ctx context.Context) (*session, error) {
	conn, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	s := &session{conn: conn, quit: make(chan struct{})}
	if s.ch, err = conn.Channel(); err == nil {
		s.gone = s.ch.NotifyClose(make(chan *amqp.Error, 1))
		s.cancelled = s.ch.NotifyCancel(make(chan string, 1))
		err = s.ch.Qos(c.opts.Prefetch, 0, false)
	}
	if err == nil {
		s.deliveries, err = s.ch.Consume(c.opts.Queue, "", false, false, false, false, nil)
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return s, nil
}

// work lets the workers handle until the session ends. On a stop they finish; the rest goes back when the channel is closed.
func (c *Consumer) work(ctx context.Context, s *session, handler Handler) {
	defer s.conn.Close()
	for range c.opts.Prefetch {
		s.workers.Add(1)
		go c.worker(ctx, s, handler)
	}
	select {
	case <-s.gone:
		close(s.quit)
	case <-s.cancelled:
		close(s.quit)
	case <-ctx.Done():
		close(s.quit)
		s.workers.Wait()
		s.ch.Close()
	}
}

func (c *Consumer) worker(ctx context.Context, s *session, handler Handler) {
	defer s.workers.Done()
	for {
		select {
		case <-s.quit:
			return
		case d, ok := <-s.deliveries:
			if !ok {
				return
			}
			if c.try(ctx, d, handler) {
				d.Ack(false)
				continue
			}
			c.opts.Backoff(ctx, c.count(false))
			d.Reject(true)
		}
	}
}

// try reports whether the handler succeeded.
func (c *Consumer) try(ctx context.Context, d amqp.Delivery, handler Handler) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	if handler(ctx, Message{ID: d.MessageId, Body: d.Body, Redelivered: d.Redelivered}) != nil {
		return false
	}
	c.count(true)
	return true
}

// count counts failures in a row.
func (c *Consumer) count(success bool) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bad++
	if success {
		c.bad = 0
	}
	return c.bad
}
