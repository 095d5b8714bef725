package channelpool

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Pool is a semaphore and a Go channel of idle AMQP channels. Goroutines that wait for a Go channel are served in their order, which
// is all the queue that is needed.
type Pool struct {
	conn    *amqp.Connection
	places  chan struct{}      // one element for every channel that is lent, being opened or being closed
	idle    chan *amqp.Channel // its capacity is MaxIdle
	closed  chan struct{}
	waiting atomic.Int32

	mu   sync.Mutex
	lent map[*amqp.Channel]struct{}
	over bool
}

// New returns a pool on conn.
func New(conn *amqp.Connection, opts Options) *Pool {
	switch {
	case conn == nil:
		panic("channelpool.New: no connection")
	case opts.Max < 1:
		panic("channelpool.New: Max is below 1")
	case opts.MaxIdle < 0:
		panic("channelpool.New: MaxIdle is below 0")
	}
	return &Pool{
		conn:   conn,
		places: make(chan struct{}, opts.Max),
		idle:   make(chan *amqp.Channel, opts.MaxIdle),
		closed: make(chan struct{}),
		lent:   make(map[*amqp.Channel]struct{}),
	}
}

// Borrow takes a place first, then a channel.
func (p *Pool) Borrow(ctx context.Context) (*amqp.Channel, error) {
	if err := p.takePlace(ctx); err != nil {
		return nil, err
	}
	ch, err := p.channel()
	if err != nil {
		<-p.places
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lent[ch] = struct{}{}
	return ch, nil
}

func (p *Pool) takePlace(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	select {
	case <-p.closed:
		return ErrPoolClosed
	default:
	}
	select {
	case p.places <- struct{}{}:
		return nil
	default:
	}
	p.waiting.Add(1)
	defer p.waiting.Add(-1)
	select {
	case p.places <- struct{}{}:
		return nil
	case <-p.closed:
		return ErrPoolClosed
	case <-ctx.Done():
		return fmt.Errorf("channelpool: gave up waiting: %w", ctx.Err())
	}
}

func (p *Pool) channel() (*amqp.Channel, error) {
	for {
		select {
		case ch := <-p.idle:
			if !ch.IsClosed() {
				return ch, nil
			}
		case <-p.closed:
			return nil, ErrPoolClosed
		default:
			return p.conn.Channel()
		}
	}
}

// Return gives up the channel, then the place.
func (p *Pool) Return(ch *amqp.Channel) {
	p.mu.Lock()
	_, lent := p.lent[ch]
	delete(p.lent, ch)
	p.mu.Unlock()
	if !lent {
		return
	}
	if !ch.IsClosed() && !p.keep(ch) {
		_ = ch.Close()
	}
	<-p.places
}

// keep puts the channel among the idle ones, if there is room and the pool is open.
func (p *Pool) keep(ch *amqp.Channel) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return false
	}
	select {
	case p.idle <- ch:
		return true
	default:
		return false
	}
}

// With lends a channel to use.
func (p *Pool) With(ctx context.Context, use func(*amqp.Channel) error) error {
	if use == nil {
		panic("channelpool.With: no function")
	}
	ch, err := p.Borrow(ctx)
	if err != nil {
		return err
	}
	defer p.Return(ch)
	return use(ch)
}

// Close ends the pool.
func (p *Pool) Close() error {
	p.mu.Lock()
	if p.over {
		p.mu.Unlock()
		return nil
	}
	p.over = true
	close(p.closed)
	p.mu.Unlock()
	var failed error
	for {
		select {
		case ch := <-p.idle:
			failed = errors.Join(failed, ch.Close())
		default:
			return failed
		}
	}
}

// Stats counts.
func (p *Pool) Stats() Stats {
	s := Stats{Idle: len(p.idle), InUse: len(p.places), Waiting: int(p.waiting.Load())}
	s.Open = s.Idle + s.InUse
	return s
}
