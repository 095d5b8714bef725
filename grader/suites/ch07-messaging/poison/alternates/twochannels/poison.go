package poison

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Consumer consumes over one channel and publishes over another. A deferred confirmation and the returned messages tell what became
// of a publish. A message that killed a process takes the way of the retry queue, too, if it has attempts left: it is not there that
// it differs from one that failed.
type Consumer struct {
	dial func() (*amqp.Connection, error)
	Options
}

func New(dial func() (*amqp.Connection, error), opts Options) *Consumer {
	for problem, is := range map[string]bool{
		"dial": dial == nil, "Queue": opts.Queue == "", "MaxAttempts": opts.MaxAttempts <= 0, "Backoff": opts.Backoff < 0, "Alert": opts.Alert == nil,
	} {
		if is {
			panic("poison: " + problem)
		}
	}
	return &Consumer{dial, opts}
}

// outbox publishes and waits.
type outbox struct {
	ch       *amqp.Channel
	mu       sync.Mutex
	returned bool
	sorted   chan struct{} // closed when the sorter has ended
}

func newOutbox(conn *amqp.Connection) (*outbox, error) {
	ch, err := conn.Channel()
	if err != nil {
		return nil, err
	}
	if err := ch.Confirm(false); err != nil {
		return nil, err
	}
	o := &outbox{ch: ch, sorted: make(chan struct{})}
	returns := ch.NotifyReturn(make(chan amqp.Return)) // unbuffered: the confirm is read only when the return was taken
	go func() {
		defer close(o.sorted)
		for range returns {
			o.mu.Lock()
			o.returned = true
			o.mu.Unlock()
		}
	}()
	return o, nil
}

func (o *outbox) put(queue string, msg amqp.Publishing) error {
	o.mu.Lock()
	o.returned = false
	o.mu.Unlock()
	confirm, err := o.ch.PublishWithDeferredConfirm("", queue, true, false, msg)
	if err != nil {
		return err
	}
	if !confirm.Wait() {
		return errors.New("poison: not confirmed by " + queue)
	}
	// The sorter has taken the return, and may not have written it down yet. A round trip does not help; its lock and one more
	// message through its channel would. Asking for the queue says the same more simply.
	if _, err := o.ch.QueueDeclarePassive(queue, true, false, false, false, nil); err != nil {
		return fmt.Errorf("poison: %s: %w", queue, err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.returned {
		return errors.New("poison: returned by " + queue)
	}
	return nil
}

func (c *Consumer) connect() (*amqp.Connection, *amqp.Channel, *outbox, error) {
	conn, err := c.dial()
	if err != nil {
		return nil, nil, nil, err
	}
	in, err := conn.Channel()
	if err == nil {
		var out *outbox
		if out, err = newOutbox(conn); err == nil {
			return conn, in, out, nil
		}
	}
	conn.Close()
	return nil, nil, nil, err
}

func (c *Consumer) Run(ctx context.Context, handler Handler) error {
	if handler == nil {
		panic("poison: no handler")
	}
	conn, in, out, err := c.connect()
	if err != nil {
		return err
	}
	defer func() { conn.Close(); <-out.sorted }()
	if err := in.Qos(1, 0, false); err != nil {
		return err
	}
	deliveries, err := in.Consume(c.Queue, "poison", false, false, false, false, nil)
	if err != nil {
		return err
	}
	return c.work(ctx, deliveries, out, handler)
}

func (c *Consumer) work(ctx context.Context, deliveries <-chan amqp.Delivery, out *outbox, handler Handler) error {
	for {
		if ctx.Err() != nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case d, ok := <-deliveries:
			if !ok {
				return errors.New("poison: the deliveries have ended")
			}
			if err := c.one(ctx, d, out, handler); err != nil {
				return err
			}
		}
	}
}

func (c *Consumer) one(ctx context.Context, d amqp.Delivery, out *outbox, handler Handler) error {
	h := historyOf(d)
	reason := ReasonDied
	hopeless := false
	if h.attempts < c.MaxAttempts {
		err := safely(handler)(ctx, d)
		if err == nil {
			return d.Ack(false)
		}
		reason = err.Error()
		hopeless = errors.Is(err, ErrPoison)
		h.attempts++
		h.errors = append(h.errors, reason)
	}
	if h.attempts < c.MaxAttempts && !hopeless {
		msg := h.message(d)
		msg.Expiration = fmt.Sprint(int64(c.Backoff / time.Millisecond))
		if err := out.put(c.RetryQueue(), msg); err != nil {
			return err
		}
		return d.Ack(false)
	}
	msg := h.message(d)
	msg.Headers[HeaderReason] = reason
	if err := out.put(c.DeadQueue(), msg); err != nil {
		return err
	}
	c.Alert(Dead{d.MessageId, reason, h.attempts})
	return d.Ack(false)
}

// history is what a message has behind it.
type history struct {
	attempts int
	errors   []any
}

func historyOf(d amqp.Delivery) history {
	var h history
	for _, name := range []string{HeaderAttempts, HeaderDeliveryCount} {
		var n int
		switch d.Headers[name].(type) {
		case int8, byte, int16, int32, int64, uint16, uint32, uint64, int, uint:
			fmt.Sscan(fmt.Sprint(d.Headers[name]), &n)
		}
		h.attempts += n
	}
	if list, ok := d.Headers[HeaderErrors].([]any); ok {
		h.errors = slices.Clone(list)
	}
	return h
}

// message carries only what does not belong to a queue: the broker's headers stay behind.
func (h history) message(d amqp.Delivery) amqp.Publishing {
	headers := amqp.Table{HeaderAttempts: int64(h.attempts), HeaderErrors: h.errors}
	for name, value := range d.Headers {
		own := slices.Contains([]string{HeaderAttempts, HeaderErrors, HeaderReason}, name)
		brokers := strings.HasPrefix(name, "x-death") || strings.HasPrefix(name, "x-first-death") || strings.HasPrefix(name, "x-last-death") || name == HeaderDeliveryCount
		if !own && !brokers {
			headers[name] = value
		}
	}
	return amqp.Publishing{ContentType: d.ContentType, MessageId: d.MessageId, DeliveryMode: 2, Headers: headers, Body: d.Body}
}

func safely(handler Handler) Handler {
	return func(ctx context.Context, d amqp.Delivery) (err error) {
		defer func() {
			if recover() != nil {
				err = errors.New("panic")
			}
		}()
		return handler(ctx, d)
	}
}

func (c *Consumer) Replay(ctx context.Context, n int) (int, error) {
	conn, in, out, err := c.connect()
	if err != nil {
		return 0, err
	}
	defer func() { conn.Close(); <-out.sorted }()
	for moved := range n {
		if ctx.Err() != nil {
			return moved, ctx.Err()
		}
		d, ok, err := in.Get(c.DeadQueue(), false)
		if err != nil || !ok {
			return moved, err
		}
		msg := history{}.message(d)
		delete(msg.Headers, HeaderErrors)
		if err := out.put(c.Queue, msg); err != nil {
			return moved, err
		}
		if err := d.Ack(false); err != nil {
			return moved, err
		}
	}
	if ctx.Err() != nil {
		return max(n, 0), ctx.Err()
	}
	return max(n, 0), nil
}
