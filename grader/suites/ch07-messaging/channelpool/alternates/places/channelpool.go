package channelpool

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Pool lends channels of one connection. Many goroutines may use it at once.
//
// It has opts.Max places. A place is free or holds exactly one of: an idle channel, a lent channel, or a channel (or the right to
// open one) that some call of the pool has in hand just now. What is in hand belongs to that call, which must pass it on: lend it,
// keep it idle, give it to a waiter or free it. No call talks to the broker while it holds mu.
//
// Invariant: while somebody waits, no place is free and no channel is idle.
type Pool struct {
	conn *amqp.Connection
	opts Options

	mu      sync.Mutex
	idle    []*amqp.Channel
	lent    map[*amqp.Channel]struct{}
	inHand  int        // places whose channel is being opened, closed or handed over
	waiters *list.List // of *waiter, the longest wait first
	closed  bool
}

// A waiter is a Borrow that waits. Whoever takes it off the list sends exactly one grant.
type waiter struct {
	ctx     context.Context
	granted chan grant // has room for the one grant
}

// A grant is a place in hand, with a channel in it or (ch == nil) to open one; or, with err, the end of the wait.
type grant struct {
	ch  *amqp.Channel
	err error
}

// New returns a pool that opens its channels on conn, which stays the caller's to close. A nil conn and bounds that make no sense
// panic.
func New(conn *amqp.Connection, opts Options) *Pool {
	switch {
	case conn == nil:
		panic("channelpool: New with a nil connection")
	case opts.Max < 1:
		panic(fmt.Sprintf("channelpool: New with Max %d, want at least 1", opts.Max))
	case opts.MaxIdle < 0:
		panic(fmt.Sprintf("channelpool: New with MaxIdle %d, want at least 0", opts.MaxIdle))
	}
	return &Pool{conn: conn, opts: opts, lent: make(map[*amqp.Channel]struct{}), waiters: list.New()}
}

// Borrow lends an open channel: an idle one, or a new one while fewer than Max are open. Otherwise it waits for its turn.
//
// ErrPoolClosed: the pool was closed. The error of ctx: it ended first. Otherwise the library's error: no channel could be opened.
func (p *Pool) Borrow(ctx context.Context) (*amqp.Channel, error) {
	g := p.acquire(ctx)
	if g.err != nil {
		return nil, g.err
	}
	return p.lend(ctx, g.ch)
}

// acquire takes a place in hand, with an idle channel in it if there is one, and waits for it if it must.
func (p *Pool) acquire(ctx context.Context) grant {
	p.mu.Lock()
	if err := p.refusal(ctx); err != nil {
		p.mu.Unlock()
		return grant{err: err}
	}
	p.forgetDead()
	if n := len(p.idle); n > 0 {
		ch := p.idle[n-1]
		p.idle = slices.Delete(p.idle, n-1, n)
		p.inHand++
		p.mu.Unlock()
		return grant{ch: ch}
	}
	if p.open() < p.opts.Max {
		p.inHand++
		p.mu.Unlock()
		return grant{}
	}
	w := &waiter{ctx: ctx, granted: make(chan grant, 1)}
	e := p.waiters.PushBack(w)
	p.mu.Unlock()

	select {
	case g := <-w.granted:
		return g
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case g := <-w.granted: // it came in the same moment, and must not be lost
		return g
	default:
		p.waiters.Remove(e)
		return grant{err: ctx.Err()}
	}
}

// lend lends the channel of the place in hand, and opens one if there is none or if it is dead.
func (p *Pool) lend(ctx context.Context, ch *amqp.Channel) (*amqp.Channel, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for ch == nil || ch.IsClosed() {
		err := p.refusal(ctx)
		if err == nil {
			ch, err = p.openChannel()
		}
		if err != nil {
			p.free()
			return nil, err
		}
	}
	p.inHand--
	p.lent[ch] = struct{}{}
	return ch, nil
}

// openChannel opens a channel, and does not hold mu while it waits for the broker. mu is held before and after.
func (p *Pool) openChannel() (*amqp.Channel, error) {
	p.mu.Unlock()
	defer p.mu.Lock()
	ch, err := p.conn.Channel()
	if err != nil {
		return nil, fmt.Errorf("channelpool: open a channel: %w", err)
	}
	return ch, nil
}

// Return gives back a channel that Borrow has lent: to whoever has waited longest, or to the idle ones. A closed channel frees its
// place. A channel that is not lent is refused without harm.
func (p *Pool) Return(ch *amqp.Channel) {
	if p.takeBack(ch) {
		_ = p.retire(ch) // nobody to tell; the channel is closed in any case
	}
}

// takeBack does what Return does, but for the closing of a channel that is not to be kept: then it returns true, and the channel
// is in hand.
func (p *Pool) takeBack(ch *amqp.Channel) (surplus bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.lent[ch]; !ok {
		return false
	}
	delete(p.lent, ch)
	p.inHand++
	p.forgetDead()
	switch {
	case ch.IsClosed():
		p.free()
	case p.grant(ch):
	case !p.closed && len(p.idle) < p.opts.MaxIdle:
		p.inHand--
		p.idle = append(p.idle, ch)
	default:
		return true
	}
	return false
}

// With calls use with a borrowed channel and returns what use returns. The channel is returned however use ends.
func (p *Pool) With(ctx context.Context, use func(*amqp.Channel) error) error {
	if use == nil {
		panic("channelpool: With a nil function")
	}
	ch, err := p.Borrow(ctx)
	if err != nil {
		return err
	}
	defer p.Return(ch)
	return use(ch)
}

// Close closes the idle channels and ends every wait with ErrPoolClosed. Lent channels are closed when they are returned.
func (p *Pool) Close() error {
	var errs []error
	for _, ch := range p.shut() {
		// ErrClosed: it was closed already, which is all we want.
		if err := p.retire(ch); err != nil && !errors.Is(err, amqp.ErrClosed) {
			errs = append(errs, fmt.Errorf("channelpool: close a channel: %w", err))
		}
	}
	return errors.Join(errs...)
}

// shut marks the pool as closed, ends every wait and takes the idle channels in hand.
func (p *Pool) shut() []*amqp.Channel {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for e := p.waiters.Front(); e != nil; e = p.waiters.Front() {
		p.waiters.Remove(e).(*waiter).granted <- grant{err: ErrPoolClosed}
	}
	p.forgetDead()
	idle := p.idle
	p.idle = nil
	p.inHand += len(idle)
	return idle
}

// Stats returns a snapshot of the pool.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forgetDead()
	return Stats{
		Open:    p.open(),
		Idle:    len(p.idle),
		InUse:   len(p.lent) + p.inHand,
		Waiting: p.waiters.Len(),
	}
}

// retire closes the channel in hand and frees its place. mu is not held.
func (p *Pool) retire(ch *amqp.Channel) error {
	err := ch.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free()
	return err
}

// The methods below are called with mu held.

// open returns how many places are taken.
func (p *Pool) open() int { return len(p.idle) + len(p.lent) + p.inHand }

// refusal tells why nothing may be lent to who comes with ctx.
func (p *Pool) refusal(ctx context.Context) error {
	if p.closed {
		return ErrPoolClosed
	}
	return ctx.Err()
}

// free gives up the place in hand, whose channel is gone: whoever has waited longest may open another one.
func (p *Pool) free() {
	if !p.grant(nil) {
		p.inHand--
	}
}

// grant hands the place in hand to whoever has waited longest, with ch in it, and reports whether anybody waits. It stays "in hand":
// it is the waiter's now. Those whose context has ended are sent away.
func (p *Pool) grant(ch *amqp.Channel) bool {
	for e := p.waiters.Front(); e != nil; e = p.waiters.Front() {
		w := p.waiters.Remove(e).(*waiter)
		if err := w.ctx.Err(); err != nil {
			w.granted <- grant{err: err}
			continue
		}
		w.granted <- grant{ch: ch}
		return true
	}
	return false
}

// forgetDead frees the places of idle channels that were closed meanwhile. While there are any, nobody waits for a place.
func (p *Pool) forgetDead() {
	p.idle = slices.DeleteFunc(p.idle, (*amqp.Channel).IsClosed)
}
