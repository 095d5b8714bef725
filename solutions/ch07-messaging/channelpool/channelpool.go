package channelpool

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Pool lends channels of one connection.
type Pool struct {
	conn *amqp.Connection
	opts Options

	mu      sync.Mutex // never held while the broker is asked
	idle    []*amqp.Channel
	lent    map[*amqp.Channel]bool
	pending int       // places of channels that are being opened or closed
	waiting list.List // of turn, the longest wait in front; empty unless all places are taken and nothing is idle
	closed  bool
}

// turn is how somebody who waits is served: with a channel, with nil, which is a place to open one in, or by its end, when the
// pool is closed. Its one value is sent under the lock, by whoever takes the turn out of the queue.
type turn chan *amqp.Channel

// New returns a pool that opens its channels on conn.
func New(conn *amqp.Connection, opts Options) *Pool {
	if conn == nil || opts.Max < 1 || opts.MaxIdle < 0 {
		panic(fmt.Sprintf("channelpool: New needs a connection, Max of at least 1 and MaxIdle of at least 0, got %+v", opts))
	}
	return &Pool{conn: conn, opts: opts, lent: map[*amqp.Channel]bool{}}
}

// Borrow lends an open channel.
func (p *Pool) Borrow(ctx context.Context) (*amqp.Channel, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("borrow a channel: %w", err)
	}
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, ErrPoolClosed
	}
	if ch := p.takeIdle(); ch != nil {
		p.lent[ch] = true
		p.mu.Unlock()
		return ch, nil
	}
	if len(p.lent)+p.pending < p.opts.Max {
		p.pending++
		p.mu.Unlock()
		return p.open()
	}
	mine := make(turn, 1)
	place := p.waiting.PushBack(mine)
	p.mu.Unlock()

	select {
	case ch, ok := <-mine:
		switch {
		case !ok:
			return nil, ErrPoolClosed
		case ch == nil:
			return p.open()
		}
		return ch, nil
	case <-ctx.Done():
		p.leave(mine, place)
		return nil, fmt.Errorf("wait for a channel: %w", ctx.Err())
	}
}

// takeIdle removes an idle channel that is still open. Closed ones on the way are forgotten. The lock is held.
func (p *Pool) takeIdle() *amqp.Channel {
	for len(p.idle) > 0 {
		last := len(p.idle) - 1
		ch := p.idle[last]
		p.idle = p.idle[:last]
		if !ch.IsClosed() {
			return ch
		}
	}
	return nil
}

// open opens a channel in a place that is pending already.
func (p *Pool) open() (*amqp.Channel, error) {
	ch, err := p.conn.Channel()
	p.mu.Lock()
	if err == nil && !p.closed {
		p.pending--
		p.lent[ch] = true
		p.mu.Unlock()
		return ch, nil
	}
	p.mu.Unlock()
	if err == nil {
		ch.Close()
		err = ErrPoolClosed
	}
	p.vacate()
	return nil, fmt.Errorf("open a channel: %w", err)
}

// vacate gives up a pending place, to whoever has waited longest.
func (p *Pool) vacate() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending--
	p.serve(nil)
}

// serve gives a channel, or a place for one, to whoever has waited longest; false if nobody waits. The lock is held.
func (p *Pool) serve(ch *amqp.Channel) bool {
	first := p.waiting.Front()
	if first == nil {
		return false
	}
	if ch == nil {
		p.pending++
	} else {
		p.lent[ch] = true
	}
	p.waiting.Remove(first).(turn) <- ch
	return true
}

// leave ends a wait. If the turn came in the same moment, what it brought goes on to the next.
func (p *Pool) leave(mine turn, place *list.Element) {
	p.mu.Lock()
	p.waiting.Remove(place) // nothing happens if it was taken out already
	p.mu.Unlock()
	select {
	case ch, ok := <-mine:
		switch {
		case ch != nil:
			p.Return(ch)
		case ok:
			p.vacate()
		}
	default:
	}
}

// Return gives back a channel that Borrow has lent.
func (p *Pool) Return(ch *amqp.Channel) {
	p.mu.Lock()
	if !p.lent[ch] {
		p.mu.Unlock()
		return
	}
	delete(p.lent, ch)
	switch {
	case ch.IsClosed():
		p.serve(nil)
	case p.serve(ch):
	case len(p.idle) < p.opts.MaxIdle && !p.closed:
		p.idle = append(p.idle, ch)
	default:
		p.pending++
		p.mu.Unlock()
		ch.Close() // an error means that it is closed already
		p.vacate()
		return
	}
	p.mu.Unlock()
}

// With calls use with a borrowed channel.
func (p *Pool) With(ctx context.Context, use func(*amqp.Channel) error) error {
	if use == nil {
		panic("channelpool: With: the function is nil")
	}
	ch, err := p.Borrow(ctx)
	if err != nil {
		return err
	}
	defer p.Return(ch)
	return use(ch)
}

// Close closes the idle channels and ends every wait.
func (p *Pool) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	idle := p.idle
	p.idle = nil
	p.pending += len(idle)
	for first := p.waiting.Front(); first != nil; first = p.waiting.Front() {
		close(p.waiting.Remove(first).(turn))
	}
	p.mu.Unlock()

	var errs []error
	for _, ch := range idle {
		errs = append(errs, ch.Close())
		p.vacate()
	}
	return errors.Join(errs...)
}

// Stats returns a snapshot of the pool.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	inUse := len(p.lent) + p.pending
	return Stats{Open: len(p.idle) + inUse, Idle: len(p.idle), InUse: inUse, Waiting: p.waiting.Len()}
}
