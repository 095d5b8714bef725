package poison

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Consumer handles the messages of one queue.
type Consumer struct {
	dial func() (*amqp.Connection, error)
	opts Options
}

// New returns a consumer that connects with dial.
func New(dial func() (*amqp.Connection, error), opts Options) *Consumer {
	switch {
	case dial == nil:
		panic("poison: New: dial is nil")
	case opts.Queue == "":
		panic("poison: New: the queue has no name")
	case opts.MaxAttempts < 1:
		panic("poison: New: MaxAttempts is below 1")
	case opts.Backoff < 0:
		panic("poison: New: Backoff is negative")
	case opts.Alert == nil:
		panic("poison: New: Alert is nil")
	}
	return &Consumer{dial: dial, opts: opts}
}

// Run consumes until ctx ends or something fails. Closing the connection gives back what is held and not acknowledged.
func (c *Consumer) Run(ctx context.Context, handler Handler) error {
	if handler == nil {
		panic("poison: Run: the handler is nil")
	}
	l, err := c.open()
	if err != nil {
		return fmt.Errorf("run: %w", err)
	}
	defer l.conn.Close()
	deliveries, err := l.ch.Consume(c.opts.Queue, "", false, false, false, false, nil)
	if err != nil {
		return fmt.Errorf("run: consume from %s: %w", c.opts.Queue, err)
	}
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case d, open := <-deliveries:
			if !open {
				return errors.New("run: the broker ended the consumer, or the connection was lost")
			}
			if err := c.handle(ctx, l, d, handler); err != nil {
				return fmt.Errorf("run: %w", err)
			}
		}
	}
	return nil
}

// handle settles one delivery. With an error it is not acknowledged.
func (c *Consumer) handle(ctx context.Context, l *line, d amqp.Delivery, handler Handler) error {
	before := attemptsOf(d)
	if before >= c.opts.MaxAttempts {
		return c.bury(l, d, before, errorsOf(d), ReasonDied)
	}
	err := call(ctx, handler, d)
	if err == nil {
		return d.Ack(false)
	}
	attempts, history := before+1, append(errorsOf(d), err.Error())
	if attempts == c.opts.MaxAttempts || errors.Is(err, ErrPoison) {
		return c.bury(l, d, attempts, history, err.Error())
	}
	again := renewed(d)
	again.Headers[HeaderAttempts] = int32(attempts)
	again.Headers[HeaderErrors] = history
	again.Expiration = strconv.FormatInt(c.opts.Backoff.Milliseconds(), 10)
	if err := l.publish(c.opts.RetryQueue(), again); err != nil {
		return err
	}
	return d.Ack(false)
}

// bury puts the message into the dead-letter queue, tells somebody, and acknowledges it, in this order: a crash in between
// repeats what comes before, and skips nothing.
func (c *Consumer) bury(l *line, d amqp.Delivery, attempts int, history []any, reason string) error {
	dead := renewed(d)
	dead.Headers[HeaderAttempts] = int32(attempts)
	dead.Headers[HeaderErrors] = history
	dead.Headers[HeaderReason] = reason
	if err := l.publish(c.opts.DeadQueue(), dead); err != nil {
		return err
	}
	c.opts.Alert(Dead{MessageID: d.MessageId, Reason: reason, Attempts: attempts})
	return d.Ack(false)
}

// Replay moves messages back. What it has taken and not acknowledged stays in the dead-letter queue.
func (c *Consumer) Replay(ctx context.Context, n int) (moved int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("replay: %w", err)
	}
	l, err := c.open()
	if err != nil {
		return 0, fmt.Errorf("replay: %w", err)
	}
	defer l.conn.Close()
	for ; moved < n; moved++ {
		if err := ctx.Err(); err != nil {
			return moved, fmt.Errorf("replay: %w", err)
		}
		d, found, err := l.ch.Get(c.opts.DeadQueue(), false)
		if err != nil {
			return moved, fmt.Errorf("replay: take from %s: %w", c.opts.DeadQueue(), err)
		}
		if !found {
			return moved, nil
		}
		if err := l.publish(c.opts.Queue, renewed(d)); err != nil {
			return moved, fmt.Errorf("replay: %w", err)
		}
		if err := d.Ack(false); err != nil {
			return moved, fmt.Errorf("replay: %w", err)
		}
	}
	return moved, nil
}

// attemptsOf is how often a handler was started for the message: those that are written on it, and those since it came here.
func attemptsOf(d amqp.Delivery) int {
	return number(d, HeaderAttempts) + number(d, HeaderDeliveryCount)
}

func number(d amqp.Delivery, header string) int {
	switch n := d.Headers[header].(type) {
	case byte:
		return int(n)
	case int8:
		return int(n)
	case int16:
		return int(n)
	case int32:
		return int(n)
	case int64:
		return int(n)
	}
	return 0
}

func errorsOf(d amqp.Delivery) []any {
	history, _ := d.Headers[HeaderErrors].([]any)
	return history
}

// renewed is the message to publish again: the same, without what this package and the queue have written on it.
func renewed(d amqp.Delivery) amqp.Publishing {
	headers := amqp.Table{}
	maps.Copy(headers, d.Headers)
	for _, name := range []string{HeaderAttempts, HeaderErrors, HeaderReason, HeaderDeliveryCount} {
		delete(headers, name)
	}
	return amqp.Publishing{
		Headers: headers, Body: d.Body, MessageId: d.MessageId, DeliveryMode: amqp.Persistent,
		ContentType: d.ContentType, ContentEncoding: d.ContentEncoding, CorrelationId: d.CorrelationId, ReplyTo: d.ReplyTo,
		Timestamp: d.Timestamp, Type: d.Type, AppId: d.AppId, Priority: d.Priority,
	}
}

// call turns a panic of the handler into an error.
func call(ctx context.Context, handler Handler, d amqp.Delivery) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("handler panicked: %v", p)
		}
	}()
	return handler(ctx, d)
}

// line is a connection with one channel in confirm mode, used by one goroutine.
type line struct {
	conn     *amqp.Connection
	ch       *amqp.Channel
	confirms chan amqp.Confirmation // closed with the channel
	returns  chan amqp.Return
}

func (c *Consumer) open() (*line, error) {
	conn, err := c.dial()
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	ch, err := conn.Channel()
	if err == nil {
		err = errors.Join(ch.Confirm(false), ch.Qos(1, 0, false))
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("open a channel: %w", err)
	}
	confirms, returns := make(chan amqp.Confirmation, 1), make(chan amqp.Return, 1)
	return &line{conn, ch, ch.NotifyPublish(confirms), ch.NotifyReturn(returns)}, nil
}

// publish puts a message into a queue: nil means that it is there. The broker returns it first if it is not, and acks it then.
func (l *line) publish(queue string, msg amqp.Publishing) error {
	if err := l.ch.Publish("", queue, true, false, msg); err != nil {
		return fmt.Errorf("publish to %s: %w", queue, err)
	}
	confirm, open := <-l.confirms
	switch {
	case !open:
		return fmt.Errorf("publish to %s: no answer", queue)
	case !confirm.Ack:
		return fmt.Errorf("publish to %s: refused", queue)
	case len(l.returns) > 0:
		return fmt.Errorf("publish to %s: there is no such queue", queue)
	}
	return nil
}
