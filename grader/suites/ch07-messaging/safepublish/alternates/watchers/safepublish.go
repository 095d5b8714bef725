package safepublish

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Declare sets up a direct exchange and a queue that is bound to it under key.
func Declare(ch *amqp.Channel, exchange, queue, key string) error {
	if err := ch.ExchangeDeclare(exchange, amqp.ExchangeDirect, true, false, false, false, nil); err != nil {
		return err
	}
	if _, err := ch.QueueDeclare(queue, true, false, false, false, nil); err != nil {
		return err
	}
	return ch.QueueBind(queue, key, exchange, false, nil)
}

// Publisher has one goroutine that sends, and connects when there is something to send, and one watcher for each publish, which
// waits for its answer and settles the message or has it sent again.
type Publisher struct {
	dial func() (*amqp.Connection, error)
	opts Options

	slots   chan struct{} // one element for each message in charge
	outbox  chan *Pending // to be sent; it has room for all of them
	closing chan struct{} // closed by the first Close
	quit    chan struct{} // closed when Close has nothing to wait for any more: everything is settled
	stopped chan struct{} // closed when run has returned

	mu     sync.Mutex
	live   map[*Pending]struct{} // in charge and not settled
	conn   *amqp.Connection      // the one in use, if any
	gaveUp bool                  // Close did not wait for the broker
}

// NewPublisher returns a publisher that is not connected yet.
func NewPublisher(dial func() (*amqp.Connection, error), opts Options) *Publisher {
	if dial == nil || opts.Window < 1 || opts.Backoff < 0 {
		panic("safepublish: nil dial, Window below 1 or Backoff below 0")
	}
	p := &Publisher{
		dial: dial, opts: opts, live: map[*Pending]struct{}{},
		slots: make(chan struct{}, opts.Window), outbox: make(chan *Pending, opts.Window),
		closing: make(chan struct{}), quit: make(chan struct{}), stopped: make(chan struct{}),
	}
	go p.run()
	return p
}

// Pending is a message that the publisher has in charge.
type Pending struct {
	msg  Message
	done chan struct{}
	err  error // written before done is closed
}

func (p *Pending) Done() <-chan struct{} { return p.done }
func (p *Pending) Err() error            { return p.err }

// Publish takes a message in charge. It waits while Window messages are not settled.
func (p *Publisher) Publish(ctx context.Context, msg Message) (*Pending, error) {
	select {
	case p.slots <- struct{}{}:
	case <-p.closing:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	err := ctx.Err()
	if isClosed(p.closing) {
		err = ErrClosed
	}
	if err != nil { // both were ready
		<-p.slots
		return nil, err
	}
	m := &Pending{msg: msg, done: make(chan struct{})}
	p.live[m] = struct{}{}
	p.outbox <- m
	return m, nil
}

// Close waits until everything is settled. If ctx ends first, the rest is settled with ErrUnknown.
func (p *Publisher) Close(ctx context.Context) error {
	p.mu.Lock()
	if !isClosed(p.closing) {
		close(p.closing)
		p.quitIfSettled()
	}
	p.mu.Unlock()
	select {
	case <-p.stopped:
		return nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	p.gaveUp = true
	conn, rest := p.conn, maps.Clone(p.live)
	p.mu.Unlock()
	for m := range rest {
		p.settle(m, ErrUnknown)
	}
	if conn != nil {
		hangUp(conn)
	}
	return ctx.Err()
}

// again has m sent again, unless Close has given it up.
func (p *Publisher) again(m *Pending) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.live[m]; ok {
		p.outbox <- m
	}
}

func (p *Publisher) settle(m *Pending, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.live[m]; !ok {
		return // given up by Close
	}
	delete(p.live, m)
	<-p.slots
	m.err = err
	close(m.done)
	p.quitIfSettled()
}

// quitIfSettled ends run when the publisher is closing and has nothing in charge. The caller holds mu.
func (p *Publisher) quitIfSettled() {
	if isClosed(p.closing) && len(p.live) == 0 && !isClosed(p.quit) {
		close(p.quit)
	}
}

// run connects whenever there is something to send and no connection.
func (p *Publisher) run() {
	defer close(p.stopped)
	for failed := false; ; { // whether the attempt before has led to no answer
		select {
		case m := <-p.outbox:
			if failed {
				p.pause()
			}
			p.again(m)
		case <-p.quit:
			return
		}
		s := p.connect()
		failed = s == nil || !p.serve(s)
	}
}

// pause waits for the back-off; it returns false when the publisher has ended.
func (p *Publisher) pause() bool {
	select {
	case <-time.After(p.opts.Backoff):
		return true
	case <-p.quit:
		return false
	}
}

// session is what belongs to one channel and ends with it.
type session struct {
	conn     *amqp.Connection
	ch       *amqp.Channel
	closed   chan *amqp.Error
	gone     chan struct{}  // closed when the session is given up
	watchers sync.WaitGroup // one for each publish that is not answered
	answered atomic.Bool    // the broker has answered a publish

	mu       sync.Mutex
	returns  chan amqp.Return
	returned map[string]bool // ids that were returned and not yet acked
}

// connect opens a session, nil if it cannot.
func (p *Publisher) connect() *session {
	if isClosed(p.quit) {
		return nil
	}
	conn, err := p.dial()
	if err != nil {
		return nil
	}
	p.mu.Lock()
	p.conn = conn
	p.mu.Unlock()
	ch, err := conn.Channel()
	if err == nil {
		err = ch.Confirm(false)
	}
	if err != nil {
		hangUp(conn)
		return nil
	}
	return &session{
		conn: conn, ch: ch, gone: make(chan struct{}), returned: map[string]bool{},
		returns: ch.NotifyReturn(make(chan amqp.Return, p.opts.Window)), // a return stays here while its message is in charge
		closed:  ch.NotifyClose(make(chan *amqp.Error, 1)),
	}
}

// serve sends until the session or the publisher ends. It returns whether the broker has answered anything.
func (p *Publisher) serve(s *session) bool {
	p.send(s)
	p.mu.Lock()
	goodbye := isClosed(p.quit) && !p.gaveUp // everything was answered
	p.mu.Unlock()
	if goodbye {
		_ = s.conn.CloseDeadline(time.Now().Add(5 * time.Second))
	}
	hangUp(s.conn)
	close(s.gone)
	s.watchers.Wait()
	return s.answered.Load()
}

func (p *Publisher) send(s *session) {
	for !isClosed(p.quit) {
		select {
		case m := <-p.outbox:
			confirm, err := s.ch.PublishWithDeferredConfirm(p.opts.Exchange, m.msg.Key, true, false, amqp.Publishing{
				DeliveryMode: amqp.Persistent, MessageId: m.msg.ID, Body: m.msg.Body,
			})
			if err != nil {
				p.again(m)
				return
			}
			s.watchers.Add(1)
			go p.watch(s, m, confirm)
		case <-s.closed:
			return
		case <-p.quit:
		}
	}
}

// watch waits for what the broker says about one publish of m. A session does not wait for back-offs.
func (p *Publisher) watch(s *session, m *Pending, confirm *amqp.DeferredConfirmation) {
	lost := false
	select {
	case <-confirm.Done():
		lost = !confirm.Acked() && s.ch.IsClosed() // the library marks the channel first
	case <-s.gone:
		lost = !confirm.Acked()
	}
	if !lost {
		s.answered.Store(true)
	}
	switch returned := s.wasReturned(m.msg.ID); {
	case confirm.Acked() && returned:
		p.settle(m, ErrUnroutable)
	case confirm.Acked():
		p.settle(m, nil)
	case lost:
		p.again(m)
	}
	s.watchers.Done()
	if !lost && !confirm.Acked() && p.pause() {
		p.again(m)
	}
}

// wasReturned says of a message that was answered whether it was returned before: a return is handed over before the answer.
func (s *session) wasReturned(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.returns) > 0 {
		s.returned[(<-s.returns).MessageId] = true
	}
	returned := s.returned[id]
	delete(s.returned, id)
	return returned
}

// hangUp closes a connection without waiting for the broker.
func hangUp(conn *amqp.Connection) { _ = conn.CloseDeadline(time.Now()) }

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
