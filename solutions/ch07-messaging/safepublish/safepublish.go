package safepublish

import (
	"context"
	"fmt"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// farewell bounds the polite end of a connection whose broker is silent.
const farewell = time.Second

// Declare sets up a direct exchange and a queue that is bound to it.
func Declare(ch *amqp.Channel, exchange, queue, key string) error {
	if err := ch.ExchangeDeclare(exchange, amqp.ExchangeDirect, true, false, false, false, nil); err != nil {
		return fmt.Errorf("declare exchange %s: %w", exchange, err)
	}
	if _, err := ch.QueueDeclare(queue, true, false, false, false, nil); err != nil {
		return fmt.Errorf("declare queue %s: %w", queue, err)
	}
	if err := ch.QueueBind(queue, key, exchange, false, nil); err != nil {
		return fmt.Errorf("bind queue %s: %w", queue, err)
	}
	return nil
}

// Publisher publishes to one exchange. One goroutine, run, owns the connection and everything that is in charge.
type Publisher struct {
	dial func() (*amqp.Connection, error)
	opts Options

	window chan struct{} // one element for each message that is not settled
	send   chan *Pending // to be sent, for the first time or after a nack; it has room for all of them

	once    sync.Once
	failed  error         // what Close returns
	closing chan struct{} // closed by Close: no new messages
	giveUp  chan struct{} // closed when Close is done waiting
	settled chan struct{} // closed by run: every message is settled
	gone    chan struct{} // closed by run: the connection is closed, too
}

// Pending is a message in charge.
type Pending struct {
	msg  Message
	done chan struct{}
	err  error // written before done is closed
}

// Done is closed when the message is settled.
func (p *Pending) Done() <-chan struct{} { return p.done }

// Err says what became of the message once Done is closed.
func (p *Pending) Err() error { return p.err }

// NewPublisher returns a publisher that connects by dial.
func NewPublisher(dial func() (*amqp.Connection, error), opts Options) *Publisher {
	if dial == nil || opts.Window < 1 || opts.Backoff < 0 {
		panic(fmt.Sprintf("safepublish: NewPublisher needs dial, Window of at least 1 and Backoff of at least 0, got %+v", opts))
	}
	p := &Publisher{
		dial: dial, opts: opts,
		window: make(chan struct{}, opts.Window), send: make(chan *Pending, opts.Window),
		closing: make(chan struct{}), giveUp: make(chan struct{}), settled: make(chan struct{}), gone: make(chan struct{}),
	}
	go p.run()
	return p
}

// Publish takes a message in charge.
func (p *Publisher) Publish(ctx context.Context, msg Message) (*Pending, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("publish %s: %w", msg.ID, err)
	}
	select {
	case p.window <- struct{}{}:
	case <-p.closing:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, fmt.Errorf("publish %s: wait for the window: %w", msg.ID, ctx.Err())
	}
	select {
	case <-p.closing: // both were ready
		<-p.window
		return nil, ErrClosed
	default:
	}
	m := &Pending{msg: msg, done: make(chan struct{})}
	p.send <- m
	return m, nil
}

// Close waits until everything is settled: whoever has every place of the window knows that nobody else has one.
func (p *Publisher) Close(ctx context.Context) error {
	p.once.Do(func() {
		close(p.closing)
		for range cap(p.window) {
			select {
			case p.window <- struct{}{}:
				continue
			case <-ctx.Done():
				p.failed = fmt.Errorf("close: %w", ctx.Err())
			}
			break
		}
		close(p.giveUp)
		<-p.settled
		if p.failed == nil {
			<-p.gone
		}
	})
	return p.failed
}

// run works on one line after the other. owed is everything that it has taken from send and not settled.
func (p *Publisher) run() {
	defer close(p.gone)
	owed := map[*Pending]bool{}
	for {
		l, answered := p.connect(), false
		if l != nil {
			answered = p.work(l, owed)
		}
		select {
		case <-p.giveUp:
			p.abandon(owed)
			close(p.settled)
			l.close()
			return
		default:
		}
		l.close()
		if !answered {
			p.pause()
		}
	}
}

// pause waits for the back-off, or until Close gives up.
func (p *Publisher) pause() {
	select {
	case <-time.After(p.opts.Backoff):
	case <-p.giveUp:
	}
}

// abandon settles what is left when Close has given up.
func (p *Publisher) abandon(owed map[*Pending]bool) {
	for m := range owed {
		p.settle(owed, m, ErrUnknown)
	}
	for {
		select {
		case m := <-p.send:
			p.settle(owed, m, ErrUnknown)
		default:
			return
		}
	}
}

func (p *Publisher) settle(owed map[*Pending]bool, m *Pending, err error) {
	select {
	case <-m.done: // abandoned already
		return
	default:
	}
	delete(owed, m)
	m.err = err
	close(m.done)
	<-p.window
}

// line is a connection with one channel in confirm mode. Tags mean something on their own line only.
type line struct {
	conn     *amqp.Connection
	ch       *amqp.Channel
	confirms chan amqp.Confirmation
	returns  chan amqp.Return
	sent     map[uint64]*Pending // by tag: what the broker has not answered
	returned map[string]bool     // by id: what it has returned and not yet acked
}

// connect opens a line, nil if it cannot. Its Go channels have room for every answer that can be outstanding, so the library never
// waits for us.
func (p *Publisher) connect() *line {
	conn, err := p.dial()
	if err != nil {
		return nil
	}
	l := &line{conn: conn, sent: map[uint64]*Pending{}, returned: map[string]bool{}}
	if l.ch, err = conn.Channel(); err != nil {
		l.close()
		return nil
	}
	l.confirms = l.ch.NotifyPublish(make(chan amqp.Confirmation, p.opts.Window))
	l.returns = l.ch.NotifyReturn(make(chan amqp.Return, p.opts.Window))
	if err := l.ch.Confirm(false); err != nil {
		l.close()
		return nil
	}
	return l
}

// close ends the connection, also if the broker is silent.
func (l *line) close() {
	if l != nil {
		_ = l.conn.CloseDeadline(time.Now().Add(farewell))
	}
}

// work sends and settles until the line is lost or Close gives up. What is unanswered then has to be sent again.
func (p *Publisher) work(l *line, owed map[*Pending]bool) (answered bool) {
	defer func() {
		for _, m := range l.sent {
			p.send <- m
		}
	}()
	for {
		select {
		case m := <-p.send:
			owed[m] = true
			if l.publish(p.opts.Exchange, m) != nil {
				return answered
			}
		case c, open := <-l.confirms:
			if !open {
				return answered
			}
			answered = true
			p.answer(l, owed, c)
		case <-p.giveUp:
			return answered
		}
	}
}

// publish sends a message. Its tag is noted before anybody can answer.
func (l *line) publish(exchange string, m *Pending) error {
	l.sent[l.ch.GetNextPublishSeqNo()] = m
	return l.ch.Publish(exchange, m.msg.Key, true, false, amqp.Publishing{
		DeliveryMode: amqp.Persistent, MessageId: m.msg.ID, Body: m.msg.Body,
	})
}

// answer deals with the broker's answer to one message. A return comes before the ack, so it is there already.
func (p *Publisher) answer(l *line, owed map[*Pending]bool, c amqp.Confirmation) {
	m := l.sent[c.DeliveryTag]
	delete(l.sent, c.DeliveryTag)
	for len(l.returns) > 0 {
		l.returned[(<-l.returns).MessageId] = true
	}
	switch {
	case !c.Ack:
		time.AfterFunc(p.opts.Backoff, func() { p.send <- m })
	case l.returned[m.msg.ID]:
		delete(l.returned, m.msg.ID)
		p.settle(owed, m, ErrUnroutable)
	default:
		p.settle(owed, m, nil)
	}
}
