package exchanges

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"
)

// slots is how many publishes are under way at once; more wait for a slot.
const slots = 4

// Declare sets up the three exchanges.
func Declare(ch *amqp.Channel) error {
	var err error
	declare := func(name, kind string) {
		if err != nil {
			return
		}
		if e := ch.ExchangeDeclare(name, kind, true, false, false, false, amqp.Table{}); e != nil {
			err = fmt.Errorf("%s: %w", name, e)
		}
	}
	declare(DirectExchange, "direct")
	declare(TopicExchange, "topic")
	declare(AuditExchange, "fanout")
	return err
}

// Client publishes over a fixed number of slots, each with a channel of its own.
type Client struct {
	conn *amqp.Connection
	free chan *slot
}

// slot is a place for a channel; the channel is opened when it is first needed, and again after it was given up.
type slot struct {
	ch      *amqp.Channel
	returns chan amqp.Return
}

// New returns a client that uses conn.
func New(conn *amqp.Connection) *Client {
	if conn == nil {
		panic("exchanges.New: no connection")
	}
	c := &Client{conn: conn, free: make(chan *slot, slots)}
	for range slots {
		c.free <- &slot{}
	}
	return c
}

// Publish sends event along route and waits for the broker's answer.
func (c *Client) Publish(ctx context.Context, route Route, event Event) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := route.Validate(); err != nil {
		return err
	}
	select {
	case s := <-c.free:
		defer func() { c.free <- s }()
		return s.publish(ctx, c.conn, route, event)
	case <-ctx.Done():
		return ctx.Err() // nothing was sent
	}
}

func (s *slot) publish(ctx context.Context, conn *amqp.Connection, route Route, event Event) error {
	if err := s.open(conn); err != nil {
		return err
	}
	body, err := json.Marshal(event)
	if err != nil {
		return err
	}
	id := NewID()
	msg := amqp.Publishing{MessageId: id, ContentType: "application/json", DeliveryMode: amqp.Persistent, Body: body}
	key := map[Kind]string{Direct: route.Country, Topic: "return." + route.Country + "." + route.Category}[route.Kind]
	confirm, err := s.ch.PublishWithDeferredConfirm(route.Kind.Exchange(), key, true, false, msg)
	if err != nil {
		s.giveUp()
		return fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	acked, err := confirm.WaitContext(ctx)
	switch {
	case err != nil:
		s.giveUp()
		return fmt.Errorf("%w: %w", ErrUnknown, err)
	case !acked && s.ch.IsClosed():
		s.giveUp()
		return ErrUnknown
	case !acked:
		return ErrNacked
	case s.wasReturned(id):
		return ErrUnroutable
	}
	return nil
}

func (s *slot) open(conn *amqp.Connection) error {
	if s.ch != nil && !s.ch.IsClosed() {
		return nil
	}
	ch, err := conn.Channel()
	if err != nil {
		return fmt.Errorf("open channel: %w", err)
	}
	if err := ch.Confirm(false); err != nil {
		return fmt.Errorf("confirm mode: %w", err)
	}
	s.ch, s.returns = ch, ch.NotifyReturn(make(chan amqp.Return, 1))
	return nil
}

// giveUp forgets a channel whose answers are no longer wanted.
func (s *slot) giveUp() {
	go s.ch.Close()
	s.ch = nil
}

func (s *slot) wasReturned(id string) bool {
	select {
	case r := <-s.returns:
		return r.MessageId == id
	default:
		return false
	}
}

// Handle is a running subscription.
type Handle struct {
	ended chan struct{}
	why   error
}

// Wait blocks until the subscription has ended.
func (h *Handle) Wait() error {
	<-h.ended
	return h.why
}

// Subscribe delivers the service's messages to handler, with one in hand at a time.
func (c *Client) Subscribe(ctx context.Context, sub Subscription, handler Handler) (*Handle, error) {
	if handler == nil {
		panic("exchanges.Subscribe: no handler")
	}
	if err := errors.Join(ctx.Err(), sub.Validate()); err != nil {
		return nil, err
	}
	ch, err := c.conn.Channel()
	if err != nil {
		return nil, err
	}
	tag := NewID()
	deliveries, err := consume(ch, tag, sub)
	if err != nil {
		_ = ch.Close()
		return nil, err
	}
	h := &Handle{ended: make(chan struct{})}
	go h.run(ctx, ch, tag, deliveries, handler)
	return h, nil
}

func consume(ch *amqp.Channel, tag string, sub Subscription) (<-chan amqp.Delivery, error) {
	if err := ch.Qos(1, 0, false); err != nil {
		return nil, err
	}
	q, err := ch.QueueDeclare(sub.Queue(), true, false, false, false, nil)
	if err != nil {
		return nil, err
	}
	for key := range keySet(sub) {
		if err := ch.QueueBind(q.Name, key, sub.Kind.Exchange(), false, nil); err != nil {
			return nil, err
		}
	}
	return ch.Consume(q.Name, tag, false, false, false, false, nil)
}

func keySet(sub Subscription) map[string]bool {
	any := func(field string) string {
		if field == "" {
			return "*"
		}
		return field
	}
	set := map[string]bool{}
	for _, k := range sub.Keys {
		switch sub.Kind {
		case Direct:
			set[k.Country] = true
		case Topic:
			set["return."+any(k.Country)+"."+any(k.Category)] = true
		}
	}
	if sub.Kind == Fanout {
		set[""] = true
	}
	return set
}

// run handles deliveries until there are no more: because it cancelled the consumer itself, or because it lost it.
func (h *Handle) run(ctx context.Context, ch *amqp.Channel, tag string, deliveries <-chan amqp.Delivery, handler Handler) {
	defer close(h.ended)
	defer ch.Close()
	for {
		select {
		case <-ctx.Done():
			_ = ch.Cancel(tag, false)
			for d := range deliveries {
				_ = d.Nack(false, true)
			}
			return
		case d, open := <-deliveries:
			if !open {
				h.why = errors.New("lost the consumer")
				return
			}
			answer(ctx, d, handler)
		}
	}
}

func answer(ctx context.Context, d amqp.Delivery, handler Handler) {
	var event Event
	if json.Unmarshal(d.Body, &event) != nil {
		_ = d.Nack(false, false)
		return
	}
	if safely(ctx, event, handler) {
		_ = d.Ack(false)
	} else {
		_ = d.Nack(false, true)
	}
}

func safely(ctx context.Context, event Event, handler Handler) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return handler(ctx, event) == nil
}
