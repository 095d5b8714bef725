package exchanges

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Declare sets up the three exchanges.
func Declare(ch *amqp.Channel) error {
	if err := ch.ExchangeDeclare(DirectExchange, "direct", true, false, false, false, nil); err != nil {
		return fmt.Errorf("declare %s: %w", DirectExchange, err)
	}
	if err := ch.ExchangeDeclare(TopicExchange, "topic", true, false, false, false, nil); err != nil {
		return fmt.Errorf("declare %s: %w", TopicExchange, err)
	}
	if err := ch.ExchangeDeclare(AuditExchange, "fanout", true, false, false, false, nil); err != nil {
		return fmt.Errorf("declare %s: %w", AuditExchange, err)
	}
	return nil
}

// Client keeps nothing but the connection: every publish opens a channel and closes it. Slow, and hard to get wrong.
type Client struct{ conn *amqp.Connection }

// New returns a client that uses conn.
func New(conn *amqp.Connection) *Client {
	if conn == nil {
		panic("exchanges: conn must not be nil")
	}
	return &Client{conn}
}

// Publish sends event along route and waits for the broker's answer.
func (c *Client) Publish(ctx context.Context, route Route, event Event) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := route.Validate(); err != nil {
		return err
	}
	body, err := json.Marshal(event)
	if err != nil {
		return err
	}
	ch, err := c.conn.Channel()
	if err != nil {
		return err
	}
	defer func() { go ch.Close() }() // not here: it waits for the broker
	return publish(ctx, ch, route, body)
}

func publish(ctx context.Context, ch *amqp.Channel, route Route, body []byte) error {
	if err := ch.Confirm(false); err != nil {
		return err
	}
	confirms := ch.NotifyPublish(make(chan amqp.Confirmation, 1))
	returns := ch.NotifyReturn(make(chan amqp.Return, 1))
	key := ""
	if route.Kind == Direct {
		key = route.Country
	} else if route.Kind == Topic {
		key = "return." + route.Country + "." + route.Category
	}
	err := ch.Publish(route.Kind.Exchange(), key, true, false, amqp.Publishing{
		ContentType: "application/json", DeliveryMode: 2, MessageId: NewID(), Body: body,
	})
	if err != nil {
		return err
	}
	select {
	case confirm, open := <-confirms:
		switch {
		case !open:
			return ErrUnknown
		case !confirm.Ack:
			return ErrNacked
		case len(returns) > 0: // the return came first
			return ErrUnroutable
		}
		return nil
	case <-ctx.Done():
		return ErrUnknown
	}
}

// Handle is a running subscription.
type Handle struct{ result chan error }

// Wait blocks until the subscription has ended.
func (h *Handle) Wait() error {
	err := <-h.result
	h.result <- err // for the next who asks
	return err
}

// Subscribe delivers the service's messages to handler, as many in advance as the broker likes to send.
func (c *Client) Subscribe(ctx context.Context, sub Subscription, handler Handler) (*Handle, error) {
	if handler == nil {
		panic("exchanges: handler must not be nil")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := sub.Validate(); err != nil {
		return nil, err
	}
	ch, err := c.conn.Channel()
	if err != nil {
		return nil, err
	}
	if _, err = ch.QueueDeclare(sub.Queue(), true, false, false, false, nil); err != nil {
		return nil, err
	}
	keys := sub.Keys
	if sub.Kind == Fanout {
		keys = []Key{{}}
	}
	for _, k := range keys {
		if err = ch.QueueBind(sub.Queue(), pattern(sub.Kind, k), sub.Kind.Exchange(), false, nil); err != nil {
			return nil, err
		}
	}
	deliveries, err := ch.Consume(sub.Queue(), "", false, false, false, false, nil)
	if err != nil {
		return nil, err
	}
	h := &Handle{result: make(chan error, 1)}
	go func() {
		err := loop(ctx, deliveries, handler)
		ch.Close()
		h.result <- err
	}()
	return h, nil
}

func pattern(kind Kind, k Key) string {
	words := map[bool]string{true: "*"}
	switch kind {
	case Direct:
		return k.Country
	case Topic:
		return "return." + k.Country + words[k.Country == ""] + "." + k.Category + words[k.Category == ""]
	}
	return ""
}

func loop(ctx context.Context, deliveries <-chan amqp.Delivery, handler Handler) error {
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case d, open := <-deliveries:
			if !open && ctx.Err() == nil {
				return errors.New("the deliveries have ended")
			}
			if open && ctx.Err() == nil {
				one(ctx, d, handler)
			}
		}
	}
	return nil
}

func one(ctx context.Context, d amqp.Delivery, handler Handler) {
	var event Event
	err := json.Unmarshal(d.Body, &event)
	if err != nil {
		d.Reject(false)
		return
	}
	defer func() {
		switch {
		case recover() != nil, err != nil:
			d.Reject(true)
		default:
			d.Ack(false)
		}
	}()
	err = handler(ctx, event)
}
