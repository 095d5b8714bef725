package exchanges

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Declare sets up the three exchanges.
func Declare(ch *amqp.Channel) error {
	types := map[string]string{
		DirectExchange: amqp.ExchangeDirect,
		TopicExchange:  amqp.ExchangeTopic,
		AuditExchange:  amqp.ExchangeFanout,
	}
	for name, kind := range types {
		if err := ch.ExchangeDeclare(name, kind, true, false, false, false, nil); err != nil {
			return fmt.Errorf("exchange %s: %w", name, err)
		}
	}
	return nil
}

// Client publishes everything over one channel. A goroutine per channel sorts the broker's answers: a return belongs to the
// message with its MessageId, a confirm to the one with its delivery tag.
//
// Two locks: while the library publishes it may wait for its reader, and the reader for the goroutine that sorts. So that
// goroutine must never wait for a publish.
type Client struct {
	conn *amqp.Connection

	sending sync.Mutex // held while a message is handed to the library
	mu      sync.Mutex // guards what follows, held for a moment only
	out     *outbox    // nil until the first publish and after the channel was closed
}

// outbox is one channel in confirm mode with the messages whose answers are outstanding.
type outbox struct {
	ch    *amqp.Channel
	byID  map[string]*pending
	byTag map[uint64]*pending
}

// pending is one message on its way; answer has room for the one answer, so that nobody waits for a Publish that gave up.
type pending struct {
	id       string
	returned bool
	answer   chan error
}

// New returns a client that uses conn.
func New(conn *amqp.Connection) *Client {
	if conn == nil {
		panic("exchanges: nil connection")
	}
	return &Client{conn: conn}
}

// Publish sends event along route and waits for the broker's answer.
func (c *Client) Publish(ctx context.Context, route Route, event Event) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := route.Validate(); err != nil {
		return err
	}
	body, err := json.Marshal(event)
	if err != nil {
		return err
	}
	p, err := c.send(route, body)
	if err != nil {
		return fmt.Errorf("send: %w", err)
	}
	select {
	case err := <-p.answer:
		return err
	case <-ctx.Done():
		return errors.Join(ErrUnknown, ctx.Err())
	}
}

// send hands the message to the client library; its answer is noted as outstanding before it can come.
func (c *Client) send(route Route, body []byte) (*pending, error) {
	c.sending.Lock()
	defer c.sending.Unlock()
	out, err := c.current()
	if err != nil {
		return nil, err
	}
	p := &pending{id: NewID(), answer: make(chan error, 1)}
	tag := out.ch.GetNextPublishSeqNo()
	c.mu.Lock()
	out.byID[p.id], out.byTag[tag] = p, p
	c.mu.Unlock()
	err = out.ch.Publish(route.Kind.Exchange(), key(route.Kind, route.Country, route.Category), true, false, amqp.Publishing{
		MessageId: p.id, ContentType: "application/json", DeliveryMode: amqp.Persistent, Body: body,
	})
	if err != nil {
		return nil, errors.Join(err, out.ch.Close())
	}
	return p, nil
}

// current returns the outbox in use; it opens one if there is none.
func (c *Client) current() (*outbox, error) {
	c.mu.Lock()
	out := c.out
	c.mu.Unlock()
	if out != nil {
		return out, nil
	}
	ch, err := c.conn.Channel()
	if err != nil {
		return nil, err
	}
	if err := ch.Confirm(false); err != nil {
		return nil, err
	}
	out = &outbox{ch: ch, byID: map[string]*pending{}, byTag: map[uint64]*pending{}}
	c.mu.Lock()
	c.out = out
	c.mu.Unlock()
	// Without buffers: the library hands over a return before it reads the ack that follows.
	go c.sort(out, ch.NotifyReturn(make(chan amqp.Return)), ch.NotifyPublish(make(chan amqp.Confirmation)))
	return out, nil
}

// sort gives every answer to its message until the channel is closed; what is outstanding then has no answer.
func (c *Client) sort(out *outbox, returns <-chan amqp.Return, confirms <-chan amqp.Confirmation) {
	for confirms != nil {
		select {
		case r, open := <-returns:
			if !open {
				returns = nil
				continue
			}
			c.mu.Lock()
			if p := out.byID[r.MessageId]; p != nil {
				p.returned = true
			}
			c.mu.Unlock()
		case confirm, open := <-confirms:
			if !open {
				confirms = nil
				continue
			}
			c.mu.Lock()
			out.resolve(confirm)
			c.mu.Unlock()
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range out.byTag {
		p.answer <- ErrUnknown
	}
	if c.out == out {
		c.out = nil
	}
}

func (out *outbox) resolve(confirm amqp.Confirmation) {
	p := out.byTag[confirm.DeliveryTag]
	if p == nil {
		return
	}
	delete(out.byTag, confirm.DeliveryTag)
	delete(out.byID, p.id)
	switch {
	case !confirm.Ack:
		p.answer <- ErrNacked
	case p.returned:
		p.answer <- ErrUnroutable
	default:
		p.answer <- nil
	}
}

func key(kind Kind, country, category string) string {
	switch kind {
	case Direct:
		return country
	case Topic:
		return fmt.Sprintf("return.%s.%s", country, category)
	default:
		return ""
	}
}

// Handle is a running subscription.
type Handle struct {
	running sync.WaitGroup
	err     error
}

// Wait blocks until the subscription has ended.
func (h *Handle) Wait() error {
	h.running.Wait()
	return h.err
}

// Subscribe delivers the service's messages to handler. When ctx ends it handles what has already arrived.
func (c *Client) Subscribe(ctx context.Context, sub Subscription, handler Handler) (*Handle, error) {
	if handler == nil {
		panic("exchanges: nil handler")
	}
	if err := sub.Validate(); err != nil {
		return nil, err
	}
	ch, err := c.conn.Channel()
	if err != nil {
		return nil, err
	}
	deliveries, err := start(ctx, ch, sub)
	if err != nil {
		return nil, errors.Join(err, ch.Close())
	}
	h := &Handle{}
	h.running.Go(func() {
		for d := range deliveries {
			handle(ctx, d, handler)
		}
		if ctx.Err() == nil {
			h.err = errors.New("consumer lost")
		}
		_ = ch.Close()
	})
	return h, nil
}

func start(ctx context.Context, ch *amqp.Channel, sub Subscription) (<-chan amqp.Delivery, error) {
	if _, err := ch.QueueDeclare(sub.Queue(), true, false, false, false, nil); err != nil {
		return nil, err
	}
	bound := sub.Keys
	if sub.Kind == Fanout {
		bound = []Key{{}}
	}
	for _, k := range bound {
		if k.Country == "" {
			k.Country = "*"
		}
		if k.Category == "" {
			k.Category = "*"
		}
		if err := ch.QueueBind(sub.Queue(), key(sub.Kind, k.Country, k.Category), sub.Kind.Exchange(), false, nil); err != nil {
			return nil, err
		}
	}
	return ch.ConsumeWithContext(ctx, sub.Queue(), "", false, false, false, false, nil)
}

func handle(ctx context.Context, d amqp.Delivery, handler Handler) {
	var event Event
	if err := json.Unmarshal(d.Body, &event); err != nil {
		_ = d.Reject(false)
		return
	}
	done := false
	defer func() {
		if recover() != nil || !done {
			_ = d.Reject(true)
		}
	}()
	if handler(ctx, event) == nil {
		done = true
		_ = d.Ack(false)
	}
}
