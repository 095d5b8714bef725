package exchanges

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"
)

const (
	maxIdle  = 8 // channels that are kept open between two publishes
	prefetch = 8 // messages that a subscription holds: they hide the round trip, and are too few to starve other instances
)

// Declare sets up the three exchanges.
func Declare(ch *amqp.Channel) error {
	for _, kind := range []Kind{Direct, Topic, Fanout} {
		if err := ch.ExchangeDeclare(kind.Exchange(), string(kind), true, false, false, false, nil); err != nil {
			return fmt.Errorf("declare exchange %s: %w", kind.Exchange(), err)
		}
	}
	return nil
}

// Client publishes and subscribes over one connection.
type Client struct {
	conn *amqp.Connection
	idle chan *line
}

// New returns a client that uses conn, which stays the caller's to close.
func New(conn *amqp.Connection) *Client {
	if conn == nil {
		panic("exchanges: New: the connection is nil")
	}
	return &Client{conn: conn, idle: make(chan *line, maxIdle)}
}

// Publish sends event along route and waits for the broker's answer.
func (c *Client) Publish(ctx context.Context, route Route, event Event) error {
	if err := cmp.Or(ctx.Err(), route.Validate()); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	body, err := json.Marshal(event)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	l, err := c.borrow()
	if err != nil {
		return fmt.Errorf("publish: open a channel: %w", err)
	}
	err = l.publish(ctx, route.Kind.Exchange(), keyOf(route), body)
	c.giveBack(l, err)
	if err != nil {
		return fmt.Errorf("publish to %s with key %q: %w", route.Kind.Exchange(), keyOf(route), err)
	}
	return nil
}

// keyOf is the routing key of a message on this route.
func keyOf(r Route) string {
	switch r.Kind {
	case Direct:
		return r.Country
	case Topic:
		return "return." + r.Country + "." + r.Category
	}
	return ""
}

// line is a channel in confirm mode. One Publish uses it at a time, so the answers that it carries are that Publish's.
type line struct {
	ch       *amqp.Channel
	confirms chan amqp.Confirmation // closed with the channel: that is how a lost connection differs from a nack
	returns  chan amqp.Return
}

// borrow takes an idle line or opens one.
func (c *Client) borrow() (*line, error) {
	select {
	case l := <-c.idle:
		return l, nil
	default:
	}
	ch, err := c.conn.Channel()
	if err != nil {
		return nil, err
	}
	if err := ch.Confirm(false); err != nil {
		return nil, err
	}
	confirms, returns := make(chan amqp.Confirmation, 1), make(chan amqp.Return, 1)
	return &line{ch, ch.NotifyPublish(confirms), ch.NotifyReturn(returns)}, nil
}

// giveBack keeps the line for another Publish, unless its answer may still come and be taken for the next message's.
func (c *Client) giveBack(l *line, err error) {
	if !errors.Is(err, ErrUnknown) {
		select {
		case c.idle <- l:
			return
		default: // enough are kept
		}
	}
	go l.ch.Close() // waits for the broker, which Publish must not
}

// publish sends one mandatory message and waits. The broker returns an unroutable message first and acks it then.
func (l *line) publish(ctx context.Context, exchange, key string, body []byte) error {
	msg := amqp.Publishing{ContentType: "application/json", DeliveryMode: amqp.Persistent, MessageId: NewID(), Body: body}
	if err := l.ch.PublishWithContext(ctx, exchange, key, true, false, msg); err != nil {
		return fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	select {
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrUnknown, ctx.Err())
	case confirm, open := <-l.confirms:
		if !open {
			return fmt.Errorf("%w: the channel was closed", ErrUnknown)
		}
		if !confirm.Ack {
			return ErrNacked
		}
	}
	select {
	case <-l.returns:
		return ErrUnroutable
	default:
		return nil
	}
}

// Handle is a running subscription.
type Handle struct {
	done chan struct{}
	err  error // written before done is closed
}

// Wait blocks until the subscription has ended.
func (h *Handle) Wait() error {
	<-h.done
	return h.err
}

// Subscribe starts to deliver the service's messages to handler.
func (c *Client) Subscribe(ctx context.Context, sub Subscription, handler Handler) (*Handle, error) {
	if handler == nil {
		panic("exchanges: Subscribe: the handler is nil")
	}
	if err := cmp.Or(ctx.Err(), sub.Validate()); err != nil {
		return nil, fmt.Errorf("subscribe: %w", err)
	}
	ch, err := c.conn.Channel() // its own: an error of the broker closes the channel that it happens on
	if err != nil {
		return nil, fmt.Errorf("subscribe: open a channel: %w", err)
	}
	deliveries, err := consume(ch, sub)
	if err != nil {
		ch.Close()
		return nil, fmt.Errorf("subscribe to %s: %w", sub.Queue(), err)
	}
	h := &Handle{done: make(chan struct{})}
	go func() {
		defer close(h.done)
		h.err = deliver(ctx, ch, deliveries, handler)
	}()
	return h, nil
}

// consume sets up the service's queue with its bindings and returns once the broker has said that it delivers from it.
func consume(ch *amqp.Channel, sub Subscription) (<-chan amqp.Delivery, error) {
	if _, err := ch.QueueDeclare(sub.Queue(), true, false, false, false, nil); err != nil {
		return nil, err
	}
	for _, key := range bindingKeys(sub) {
		if err := ch.QueueBind(sub.Queue(), key, sub.Kind.Exchange(), false, nil); err != nil {
			return nil, err
		}
	}
	if err := ch.Qos(prefetch, 0, false); err != nil {
		return nil, err
	}
	return ch.Consume(sub.Queue(), "", false, false, false, false, nil)
}

// bindingKeys are the keys under which the service's queue is bound. * stands for exactly one word, # would for any number.
func bindingKeys(sub Subscription) []string {
	if sub.Kind == Fanout {
		return []string{""}
	}
	var keys []string
	for _, k := range sub.Keys {
		keys = append(keys, keyOf(Route{sub.Kind, cmp.Or(k.Country, "*"), cmp.Or(k.Category, "*")}))
	}
	return keys
}

// deliver hands one message after the other to handler. Closing the channel gives back what was not handled.
func deliver(ctx context.Context, ch *amqp.Channel, deliveries <-chan amqp.Delivery, handler Handler) error {
	defer ch.Close()
	for {
		select {
		case <-ctx.Done():
			return nil
		case d, open := <-deliveries:
			if !open {
				return errors.New("subscription: ended by the broker, or the connection was lost")
			}
			settle(ctx, d, handler)
		}
	}
}

// settle answers the broker after the handler has run. Where the answer cannot be sent, the channel is gone: the broker
// delivers the message again, and the closed deliveries end the subscription.
func settle(ctx context.Context, d amqp.Delivery, handler Handler) {
	var event Event
	if json.Unmarshal(d.Body, &event) != nil {
		d.Nack(false, false) // it would be unreadable next time too
		return
	}
	if err := call(ctx, handler, event); err != nil {
		d.Nack(false, true)
		return
	}
	d.Ack(false)
}

// call turns a panic of the handler into an error.
func call(ctx context.Context, handler Handler, event Event) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("handler panicked: %v", p)
		}
	}()
	return handler(ctx, event)
}
