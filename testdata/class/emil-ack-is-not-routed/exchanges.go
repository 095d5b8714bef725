package exchanges

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Declare sets up the three exchanges on ch: durable, not auto-deleted, not internal, without arguments. It may be called any
// number of times. Where an exchange exists with other properties, the error names it and wraps the *amqp.Error.
func Declare(ch *amqp.Channel) error {
	const durable, autoDelete, internal, noWait = true, false, false, false
	for _, kind := range []Kind{Direct, Topic, Fanout} {
		if err := ch.ExchangeDeclare(kind.Exchange(), string(kind), durable, autoDelete, internal, noWait, nil); err != nil {
			return fmt.Errorf("declaring the exchange %s: %w", kind.Exchange(), err)
		}
	}
	return nil
}

// Client publishes and subscribes over one connection. Many goroutines may use it at once.
//
// Every subscription has a channel of its own, and every Publish has one for as long as it waits: so an error that closes a
// channel hits nobody else, and there is never a doubt about which message an answer belongs to. Publishing channels are used
// again, one message after the other.
type Client struct {
	conn *amqp.Connection

	mu   sync.Mutex
	idle []*publisher // open channels with no message on its way
}

// New returns a client that uses conn, which stays the caller's to close. A nil conn panics.
func New(conn *amqp.Connection) *Client {
	if conn == nil {
		panic("exchanges: New needs a connection")
	}
	return &Client{conn: conn}
}

// publisher is a channel in confirm mode, for one message at a time. One place in each Go channel is therefore enough, and the
// library never waits for us.
type publisher struct {
	ch       *amqp.Channel
	returns  chan amqp.Return
	confirms chan amqp.Confirmation
	closed   chan *amqp.Error
}

// Publish sends event along route and waits for the broker's answer.
//
// nil means that at least one queue has the message. ErrUnroutable: it was returned. ErrNacked: it was refused. ErrUnknown: ctx
// ended or the connection was lost before the answer. ErrInvalid, or the error of a ctx that was done already: nothing was sent.
func (c *Client) Publish(ctx context.Context, route Route, event Event) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := route.Validate(); err != nil {
		return err
	}
	body, err := json.Marshal(event)
	if err != nil {
		return fmt.Errorf("encoding the event: %w", err)
	}
	p, err := c.acquire()
	if err != nil {
		return fmt.Errorf("opening a channel to publish: %w", err)
	}
	if err := ctx.Err(); err != nil {
		// It ended while we were opening the channel. Nothing was sent, but the rule for "ctx ends before the answer" holds.
		c.release(p)
		return fmt.Errorf("%w: %w", ErrUnknown, err)
	}

	err = p.ch.PublishWithContext(ctx, route.Kind.Exchange(), routingKey(route), true, false, amqp.Publishing{
		MessageId:    NewID(),
		ContentType:  "application/json",
		DeliveryMode: amqp.Persistent,
		Body:         body,
	})
	if err != nil {
		// A part of it, or all, may have left. The channel is of no use any more.
		go p.ch.Close()
		return fmt.Errorf("%w: sending: %w", ErrUnknown, err)
	}

	select {
	case confirm, ok := <-p.confirms:
		return c.settle(p, confirm, ok)
	case <-ctx.Done():
	}
	select {
	case confirm, ok := <-p.confirms: // the answer has come at the same time: better than none
		return c.settle(p, confirm, ok)
	default:
	}
	// The answer may come later. Nobody else may use the channel until then. The goroutine ends with the channel at the latest.
	go func() {
		if confirm, ok := <-p.confirms; ok {
			c.settle(p, confirm, ok)
		}
	}()
	return fmt.Errorf("%w: %w", ErrUnknown, ctx.Err())
}

// settle says what the answer to the one message of p means, and gives p back. ok is false if the channel was closed instead of
// an answer.
func (c *Client) settle(p *publisher, confirm amqp.Confirmation, ok bool) error {
	if !ok {
		// Only a channel that the broker has closed (the exchange is missing: 404) leaves the connection open.
		if reason := <-p.closed; reason != nil && !c.conn.IsClosed() {
			return fmt.Errorf("the broker has closed the channel: %w", reason)
		}
		return fmt.Errorf("%w: the connection is lost", ErrUnknown)
	}

	// The broker has said yes: the message is in a queue. A return says so, too, and is taken away for the next message's sake.
	select {
	case <-p.returns:
	default:
	}
	c.release(p)
	if !confirm.Ack {
		return ErrNacked
	}
	return nil
}

// acquire returns a publisher that nobody else uses: an idle one, or a new one.
func (c *Client) acquire() (*publisher, error) {
	c.mu.Lock()
	for len(c.idle) > 0 {
		p := c.idle[len(c.idle)-1]
		c.idle = c.idle[:len(c.idle)-1]
		if !p.ch.IsClosed() {
			c.mu.Unlock()
			return p, nil
		}
	}
	c.mu.Unlock()

	ch, err := c.conn.Channel()
	if err != nil {
		return nil, err
	}
	p := &publisher{
		ch:       ch,
		returns:  ch.NotifyReturn(make(chan amqp.Return, 1)),
		confirms: ch.NotifyPublish(make(chan amqp.Confirmation, 1)),
		closed:   ch.NotifyClose(make(chan *amqp.Error, 1)),
	}
	if err := ch.Confirm(false); err != nil {
		ch.Close()
		return nil, err
	}
	return p, nil
}

// release gives a publisher back that has no message on its way.
func (c *Client) release(p *publisher) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = append(c.idle, p)
}

// routingKey is the key of a valid route.
func routingKey(r Route) string {
	switch r.Kind {
	case Direct:
		return r.Country
	case Topic:
		return topicKey(r.Country, r.Category)
	}
	return "" // fanout does not look at it
}

// bindingKeys are the keys with which the subscription's queue is bound.
func bindingKeys(sub Subscription) []string {
	if sub.Kind == Fanout {
		return []string{""}
	}
	var keys []string
	for _, k := range sub.Keys {
		if sub.Kind == Direct {
			keys = append(keys, k.Country)
			continue
		}
		country, category := k.Country, k.Category
		if country == "" {
			country = "*" // exactly one word; # would be any number of them
		}
		if category == "" {
			category = "*"
		}
		keys = append(keys, topicKey(country, category))
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

func topicKey(country, category string) string { return "return." + country + "." + category }

// Handle is a running subscription.
type Handle struct {
	ctx        context.Context
	handler    Handler
	ch         *amqp.Channel
	tag        string // the consumer's name
	deliveries <-chan amqp.Delivery
	closed     <-chan *amqp.Error

	done chan struct{} // closed at the end, after err was set
	err  error
}

// Subscribe delivers to handler, one at a time, the messages of the service's queue, which it declares and binds. It returns
// when the broker has confirmed the consumer. The subscription ends with ctx, or when the connection is lost.
//
// An invalid sub is ErrInvalid. A nil handler panics.
func (c *Client) Subscribe(ctx context.Context, sub Subscription, handler Handler) (*Handle, error) {
	if handler == nil {
		panic("exchanges: Subscribe needs a handler")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := sub.Validate(); err != nil {
		return nil, err
	}

	ch, err := c.conn.Channel()
	if err != nil {
		return nil, fmt.Errorf("opening a channel for %s: %w", sub.Queue(), err)
	}
	h := &Handle{
		ctx:     ctx,
		handler: handler,
		ch:      ch,
		tag:     NewID(),
		closed:  ch.NotifyClose(make(chan *amqp.Error, 1)),
		done:    make(chan struct{}),
	}
	if err := h.start(sub); err != nil {
		ch.Close() // does nothing if the broker has closed it already
		return nil, err
	}
	go h.run()
	return h, nil
}

// start declares and binds the queue and begins to consume.
func (h *Handle) start(sub Subscription) error {
	queue := sub.Queue()
	if _, err := h.ch.QueueDeclare(queue, true, false, false, false, nil); err != nil {
		return fmt.Errorf("declaring the queue %s: %w", queue, err)
	}
	// Binding adds to what other instances have bound, and a binding that exists already stays one binding.
	for _, key := range bindingKeys(sub) {
		if err := h.ch.QueueBind(queue, key, sub.Kind.Exchange(), false, nil); err != nil {
			return fmt.Errorf("binding the queue %s with %q: %w", queue, key, err)
		}
	}
	// We handle one message at a time, so the others are better off with another instance.
	if err := h.ch.Qos(1, 0, false); err != nil {
		return fmt.Errorf("limiting the prefetch of %s: %w", queue, err)
	}
	var err error
	// Not ConsumeWithContext: its goroutine cancels the consumer behind our back, and stays if ctx never ends.
	h.deliveries, err = h.ch.Consume(queue, h.tag, false, false, false, false, nil)
	if err != nil {
		return fmt.Errorf("consuming from %s: %w", queue, err)
	}
	return nil
}

// run is the goroutine of the subscription.
func (h *Handle) run() {
	defer close(h.done)
	for {
		select {
		case <-h.ctx.Done():
			h.stop()
			return
		case d, ok := <-h.deliveries:
			switch {
			case !ok:
				h.err = h.lost()
				return
			case h.ctx.Err() != nil: // both were ready: the message goes back when the channel closes
				h.stop()
				return
			}
			h.handle(d)
		}
	}
}

// handle lets the handler work on one message and tells the broker what became of it. If telling fails, then because the channel
// is closed. The broker gives the message to somebody else then, and our next look at deliveries ends the subscription.
func (h *Handle) handle(d amqp.Delivery) {
	event, err := decode(d.Body)
	if err != nil {
		d.Reject(false) // it will not get better
		return
	}
	if err := h.call(event); err != nil {
		d.Nack(false, true)
		return
	}
	d.Ack(false)
}

// call calls the handler and makes an error of a panic.
func (h *Handle) call(event Event) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the handler panicked: %v", p)
		}
	}()
	return h.handler(h.ctx, event)
}

// stop ends the subscription after its context. First the consumer goes, so that nothing new comes; then the channel, and with it
// everything that we hold and have not acknowledged goes back to the queue. Should the connection be lost on the way, then the
// broker does the same by itself.
func (h *Handle) stop() {
	h.ch.Cancel(h.tag, false)
	h.ch.Close()
}

// lost tells why there are no more deliveries although the context has not ended, and closes the channel if it is still open.
func (h *Handle) lost() error {
	if !h.ch.IsClosed() {
		h.ch.Close()
		return errors.New("the broker has ended the consumer")
	}
	if reason := <-h.closed; reason != nil {
		return fmt.Errorf("the subscription's channel is closed: %w", reason)
	}
	return errors.New("the connection was closed")
}

// decode makes an event of a message's body.
func decode(body []byte) (Event, error) {
	var event *Event // a pointer, to notice a null
	if err := json.Unmarshal(body, &event); err != nil {
		return Event{}, err
	}
	if event == nil {
		return Event{}, errors.New("null is no event")
	}
	return *event, nil
}

// Wait blocks until the subscription has ended: nil if its context ended, an error if the connection was lost or the broker ended
// the consumer.
func (h *Handle) Wait() error {
	<-h.done
	return h.err
}
