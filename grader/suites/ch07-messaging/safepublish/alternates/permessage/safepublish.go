package safepublish

import (
	"context"
	"fmt"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Declare sets up exchange, queue and binding.
func Declare(ch *amqp.Channel, exchange, queue, key string) error {
	err := ch.ExchangeDeclare(exchange, "direct", true, false, false, false, nil)
	if err == nil {
		_, err = ch.QueueDeclare(queue, true, false, false, false, nil)
	}
	if err == nil {
		err = ch.QueueBind(queue, key, exchange, false, nil)
	}
	if err != nil {
		return fmt.Errorf("declare %s and %s: %w", exchange, queue, err)
	}
	return nil
}

// Publisher has a goroutine for every message that is in charge: it sends, waits for the answer, and starts again as often as it
// takes. They share one session, which whoever finds it lost replaces.
type Publisher struct {
	dial    func() (*amqp.Connection, error)
	opts    Options
	work    context.Context // ends when Close gives up or is done
	stop    context.CancelFunc
	tickets chan struct{} // one for each free place of the window

	mu       sync.Mutex
	closed   chan struct{}
	isClosed bool
	messages sync.WaitGroup

	connecting chan struct{} // a lock that can be given up
	current    *session
	failures   int // attempts since a publish was answered
}

// session is one connection with a channel in confirm mode.
type session struct {
	conn    *amqp.Connection
	ch      *amqp.Channel
	returns chan amqp.Return

	mu       sync.Mutex
	returned map[string]bool
}

// Pending is one message.
type Pending struct {
	done chan struct{}
	err  error
}

// Done is closed when it is settled.
func (p *Pending) Done() <-chan struct{} { return p.done }

// Err is how.
func (p *Pending) Err() error { return p.err }

// NewPublisher returns a publisher, not connected yet.
func NewPublisher(dial func() (*amqp.Connection, error), opts Options) *Publisher {
	if dial == nil || opts.Window < 1 || opts.Backoff < 0 {
		panic("safepublish.NewPublisher: bad arguments")
	}
	p := &Publisher{
		dial: dial, opts: opts,
		tickets:    make(chan struct{}, opts.Window),
		closed:     make(chan struct{}),
		connecting: make(chan struct{}, 1),
	}
	p.work, p.stop = context.WithCancel(context.Background())
	for range opts.Window {
		p.tickets <- struct{}{}
	}
	return p
}

// Publish starts a goroutine for the message.
func (p *Publisher) Publish(ctx context.Context, msg Message) (*Pending, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.closed:
		return nil, ErrClosed
	case <-p.tickets:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.isClosed {
		return nil, ErrClosed
	}
	pending := &Pending{done: make(chan struct{})}
	p.messages.Go(func() {
		pending.err = p.deliver(msg)
		close(pending.done)
		p.tickets <- struct{}{}
	})
	return pending, nil
}

// deliver tries until the message is settled.
func (p *Publisher) deliver(msg Message) error {
	for p.work.Err() == nil {
		s, err := p.session()
		if err != nil {
			continue // it has waited
		}
		confirm, err := s.ch.PublishWithDeferredConfirm(p.opts.Exchange, msg.Key, true, false, amqp.Publishing{
			MessageId: msg.ID, DeliveryMode: amqp.Persistent, Body: msg.Body,
		})
		if err != nil {
			p.drop(s)
			continue
		}
		select {
		case <-confirm.Done():
		case <-p.work.Done():
			return ErrUnknown
		}
		switch {
		case confirm.Acked() && s.wasReturned(msg.ID):
			p.answered()
			return ErrUnroutable
		case confirm.Acked():
			p.answered()
			return nil
		case s.ch.IsClosed(): // nobody has answered
			p.drop(s)
		default:
			p.answered()
			p.sleep()
		}
	}
	return ErrUnknown
}

// session returns the current session, or a new one; at most one goroutine connects.
func (p *Publisher) session() (*session, error) {
	select {
	case p.connecting <- struct{}{}:
		defer func() { <-p.connecting }()
	case <-p.work.Done():
		return nil, ErrUnknown
	}
	p.mu.Lock()
	s, wait := p.current, p.failures > 0
	p.mu.Unlock()
	if s != nil && !s.ch.IsClosed() {
		return s, nil
	}
	if s != nil {
		p.drop(s)
	}
	if wait {
		p.sleep()
	}
	if p.work.Err() != nil {
		return nil, ErrUnknown
	}
	p.mu.Lock()
	p.failures++
	p.mu.Unlock()
	s, err := p.connect()
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.current = s
	p.mu.Unlock()
	return s, nil
}

func (p *Publisher) connect() (*session, error) {
	conn, err := p.dial()
	if err != nil {
		return nil, err
	}
	ch, err := conn.Channel()
	if err == nil {
		err = ch.Confirm(false)
	}
	if err != nil {
		go hangUp(conn)
		return nil, err
	}
	return &session{
		conn: conn, ch: ch, returned: map[string]bool{},
		returns: ch.NotifyReturn(make(chan amqp.Return, p.opts.Window)),
	}, nil
}

// drop forgets a session that is lost.
func (p *Publisher) drop(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current == s {
		p.current = nil
		go hangUp(s.conn)
	}
}

func hangUp(conn *amqp.Connection) { _ = conn.CloseDeadline(time.Now().Add(time.Second)) }

// wasReturned empties the returns, which come before their acks, and looks for one.
func (s *session) wasReturned(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.returns) > 0 {
		r := <-s.returns
		s.returned[r.MessageId] = true
	}
	was := s.returned[id]
	delete(s.returned, id)
	return was
}

func (p *Publisher) answered() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures = 0
}

func (p *Publisher) sleep() {
	timer := time.NewTimer(p.opts.Backoff)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.work.Done():
	}
}

// Close waits for the goroutines of all messages.
func (p *Publisher) Close(ctx context.Context) error {
	p.mu.Lock()
	if p.isClosed {
		p.mu.Unlock()
		return nil
	}
	p.isClosed = true
	close(p.closed)
	p.mu.Unlock()

	settled := make(chan struct{})
	go func() {
		p.messages.Wait()
		close(settled)
	}()
	var err error
	select {
	case <-settled:
	case <-ctx.Done():
		err = ctx.Err()
	}
	p.stop()
	<-settled
	p.mu.Lock()
	s := p.current
	p.current = nil
	p.mu.Unlock()
	switch {
	case s == nil:
	case err == nil:
		hangUp(s.conn)
	default:
		go hangUp(s.conn)
	}
	return err
}
