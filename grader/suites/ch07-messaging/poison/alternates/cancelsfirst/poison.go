package poison

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"
)

// consumerTag names the consumer on its channel.
const consumerTag = "poison"

// Consumer uses one channel, and cancels its consumer there before it settles the last message of a stop: otherwise the next one would
// come with the acknowledgement, and giving it back would cost it an attempt.
type Consumer struct {
	dial func() (*amqp.Connection, error)
	opts Options
}

// New returns a consumer that connects with dial. A nil dial, an empty Queue, a MaxAttempts below 1, a negative Backoff and a nil
// Alert panic.
func New(dial func() (*amqp.Connection, error), opts Options) *Consumer {
	switch {
	case dial == nil:
		panic("poison: nil dial function")
	case opts.Queue == "":
		panic("poison: empty Queue")
	case opts.MaxAttempts < 1:
		panic("poison: MaxAttempts is below 1")
	case opts.Backoff < 0:
		panic("poison: negative Backoff")
	case opts.Alert == nil:
		panic("poison: nil Alert")
	}
	return &Consumer{dial: dial, opts: opts}
}

// Run handles one message at a time until ctx ends (nil) or something fails (an error). A message whose handler fails is tried
// again after the back-off, at most MaxAttempts times in all, and is put into the dead-letter queue then.
func (c *Consumer) Run(ctx context.Context, handler Handler) error {
	if handler == nil {
		panic("poison: nil handler")
	}
	if ctx.Err() != nil {
		return nil
	}
	l, err := c.open()
	if err != nil {
		return err
	}
	defer l.conn.Close()
	if err := l.ch.Qos(1, 0, false); err != nil {
		return fmt.Errorf("poison: %w", err)
	}
	deliveries, err := l.ch.Consume(c.opts.Queue, consumerTag, false, false, false, false, nil)
	if err != nil {
		return fmt.Errorf("poison: consume from %q: %w", c.opts.Queue, err)
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case d, ok := <-deliveries:
			switch {
			case ctx.Err() != nil:
				return nil
			case !ok:
				return errors.New("poison: the connection is lost, or the broker has ended the consumer")
			}
			if err := c.deliver(ctx, l, handler, d); err != nil {
				// Give the message back. Without a consumer it cannot come here again.
				_ = l.ch.Cancel(consumerTag, false)
				_ = d.Nack(false, true)
				_ = l.ch.Close()
				return fmt.Errorf("poison: message %q: %w", d.MessageId, err)
			}
		}
	}
}

// deliver sees to d: it is acknowledged, or there is an error.
func (c *Consumer) deliver(ctx context.Context, l *link, handler Handler, d amqp.Delivery) error {
	attempts := integer(d.Headers[HeaderAttempts]) + integer(d.Headers[HeaderDeliveryCount])
	failures, _ := d.Headers[HeaderErrors].([]any)
	if attempts >= c.opts.MaxAttempts {
		return c.bury(l, d, attempts, failures, ReasonDied)
	}
	attempts++
	err := call(ctx, handler, d)
	if ctx.Err() != nil {
		if err := l.ch.Cancel(consumerTag, false); err != nil {
			return err
		}
	}
	if err == nil {
		return d.Ack(false)
	}
	failures = append(slices.Clone(failures), err.Error())
	if attempts >= c.opts.MaxAttempts || errors.Is(err, ErrPoison) {
		return c.bury(l, d, attempts, failures, err.Error())
	}
	msg := again(d)
	msg.Headers[HeaderAttempts] = int64(attempts)
	msg.Headers[HeaderErrors] = failures
	msg.Expiration = strconv.FormatInt(c.opts.Backoff.Milliseconds(), 10)
	if err := l.publish(c.opts.RetryQueue(), msg); err != nil {
		return err
	}
	return d.Ack(false)
}

// bury puts d into the dead-letter queue and tells somebody.
func (c *Consumer) bury(l *link, d amqp.Delivery, attempts int, failures []any, reason string) error {
	msg := again(d)
	msg.Headers[HeaderAttempts] = int64(attempts)
	if len(failures) > 0 {
		msg.Headers[HeaderErrors] = failures
	}
	msg.Headers[HeaderReason] = reason
	if err := l.publish(c.opts.DeadQueue(), msg); err != nil {
		return err
	}
	c.opts.Alert(Dead{MessageID: d.MessageId, Reason: reason, Attempts: attempts})
	return d.Ack(false)
}

// call calls the handler with a copy of d, so that the handler cannot change what is published again.
func call(ctx context.Context, handler Handler, d amqp.Delivery) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	d.Headers = maps.Clone(d.Headers)
	d.Body = slices.Clone(d.Body)
	return handler(ctx, d)
}

// Replay moves up to n messages from the dead-letter queue back to the queue, with a fresh budget of attempts, and returns how many
// it has moved.
func (c *Consumer) Replay(ctx context.Context, n int) (moved int, err error) {
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if n < 1 {
		return 0, nil
	}
	l, err := c.open()
	if err != nil {
		return 0, err
	}
	defer func() {
		// Only the answer to the close tells that the broker has seen the acknowledgements.
		if e := l.conn.Close(); err == nil && e != nil {
			err = fmt.Errorf("poison: replay: %w", e)
		}
	}()
	for moved < n {
		if ctx.Err() != nil {
			return moved, ctx.Err()
		}
		d, ok, err := l.ch.Get(c.opts.DeadQueue(), false)
		if err != nil {
			return moved, fmt.Errorf("poison: replay: %w", err)
		}
		if !ok {
			break
		}
		if err := l.publish(c.opts.Queue, again(d)); err != nil {
			return moved, fmt.Errorf("poison: replay of message %q: %w", d.MessageId, err)
		}
		if err := d.Ack(false); err != nil {
			return moved, fmt.Errorf("poison: replay of message %q: %w", d.MessageId, err)
		}
		moved++
	}
	return moved, nil
}

// again is the message of d, to be published as a new one, without what earlier handling and the broker have written on it.
func again(d amqp.Delivery) amqp.Publishing {
	headers := amqp.Table{}
	for name, value := range d.Headers {
		switch name {
		case HeaderAttempts, HeaderErrors, HeaderReason, HeaderDeliveryCount, "x-death":
			continue
		}
		if strings.HasPrefix(name, "x-first-death-") || strings.HasPrefix(name, "x-last-death-") {
			continue
		}
		headers[name] = value
	}
	// Not UserId, which the broker accepts only from that user, and not Expiration: dead letters stay.
	return amqp.Publishing{
		Headers:         headers,
		ContentType:     d.ContentType,
		ContentEncoding: d.ContentEncoding,
		DeliveryMode:    amqp.Persistent,
		Priority:        d.Priority,
		CorrelationId:   d.CorrelationId,
		ReplyTo:         d.ReplyTo,
		MessageId:       d.MessageId,
		Timestamp:       d.Timestamp,
		Type:            d.Type,
		AppId:           d.AppId,
		Body:            d.Body,
	}
}

// integer is the value of a header that counts, or 0.
func integer(value any) int {
	const limit = 1 << 30 // far above any MaxAttempts that makes sense, and two of them can be added
	switch v := value.(type) {
	case int:
		return min(v, limit)
	case int8:
		return int(v)
	case int16:
		return int(v)
	case int32:
		return min(int(v), limit)
	case int64:
		return int(min(v, limit))
	case uint8:
		return int(v)
	case uint16:
		return int(v)
	case uint32:
		return int(min(v, limit))
	case uint64:
		return int(min(v, limit))
	default:
		return 0
	}
}

// link is a connection with one channel in confirm mode.
type link struct {
	conn    *amqp.Connection
	ch      *amqp.Channel
	returns chan amqp.Return
}

func (c *Consumer) open() (*link, error) {
	conn, err := c.dial()
	if err != nil {
		return nil, fmt.Errorf("poison: dial: %w", err)
	}
	ch, err := conn.Channel()
	if err == nil {
		err = ch.Confirm(false)
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("poison: open a channel: %w", err)
	}
	return &link{conn: conn, ch: ch, returns: ch.NotifyReturn(make(chan amqp.Return, 1))}, nil
}

// publish returns nil when the broker has put msg into the queue. One call at a time.
func (l *link) publish(queue string, msg amqp.Publishing) error {
	confirmation, err := l.ch.PublishWithDeferredConfirm("", queue, true, false, msg)
	if err != nil {
		return fmt.Errorf("publish to %q: %w", queue, err)
	}
	<-confirmation.Done()
	select {
	case r, ok := <-l.returns: // a return comes before the confirm
		if ok {
			return fmt.Errorf("publish to %q: returned: %s", queue, r.ReplyText)
		}
	default:
	}
	if !confirmation.Acked() {
		return fmt.Errorf("publish to %q: not confirmed", queue)
	}
	return nil
}
