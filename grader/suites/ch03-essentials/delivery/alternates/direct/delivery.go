package delivery

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// This solution has no goroutine of its own: whoever waits for something reads from the conn, one at a time, for himself and for
// the others who wait.

var errTimeout = errors.New("delivery: nothing has come")

func timedOut(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// port is a conn that one goroutine at a time may read from.
type port struct {
	conn   net.PacketConn
	peer   net.Addr
	opts   Options
	turn   chan struct{} // holds a value while nobody reads
	closed chan struct{}
	once   sync.Once
	buf    [maxPacket]byte
}

func newPort(conn net.PacketConn, peer net.Addr, opts Options) *port {
	if conn == nil || peer == nil {
		panic("delivery: conn or peer is nil")
	}
	p := &port{conn: conn, peer: peer, opts: opts.WithDefaults(), turn: make(chan struct{}, 1), closed: make(chan struct{})}
	p.turn <- struct{}{}
	return p
}

// read returns the next packet of the peer with its message copied. It needs the turn.
func (p *port) read(ctx context.Context, until time.Time) (Packet, error) {
	_ = p.conn.SetReadDeadline(until)
	stop := context.AfterFunc(ctx, func() { _ = p.conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	for {
		n, from, err := p.conn.ReadFrom(p.buf[:])
		switch {
		case timedOut(err):
			return Packet{}, errTimeout
		case err != nil:
			return Packet{}, ErrClosed
		case from.String() != p.peer.String():
			continue
		}
		if packet, ok := Decode(p.buf[:n]); ok {
			packet.Msg = bytes.Clone(packet.Msg)
			return packet, nil
		}
	}
}

func (p *port) write(packet Packet) { _, _ = p.conn.WriteTo(packet.Encode(), p.peer) }

// Close wakes everybody.
func (p *port) Close() error {
	p.once.Do(func() {
		close(p.closed)
		_ = p.conn.Close()
	})
	return nil
}

func (p *port) isClosed() bool {
	select {
	case <-p.closed:
		return true
	default:
		return false
	}
}

// Sender sends messages.
type Sender struct {
	port    *port
	room    chan struct{}
	mu      sync.Mutex
	seq     uint64
	waiting map[ID]chan struct{}
}

// NewSender returns a sender.
func NewSender(conn net.PacketConn, peer net.Addr, opts Options) *Sender {
	p := newPort(conn, peer, opts)
	return &Sender{port: p, room: make(chan struct{}, p.opts.Window), waiting: map[ID]chan struct{}{}}
}

// Close closes the conn.
func (s *Sender) Close() error { return s.port.Close() }

// Send sends a message.
func (s *Sender) Send(ctx context.Context, msg []byte) error {
	switch {
	case len(msg) > MaxMessage:
		return ErrTooLarge
	case s.port.opts.Guarantee == AtMostOnce && s.port.isClosed():
		return ErrClosed
	case s.port.opts.Guarantee == AtMostOnce:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.seq++
		s.port.write(Packet{Data, ID{s.port.opts.Epoch, s.seq}, msg})
		return nil
	}
	select {
	case s.room <- struct{}{}: // perhaps after Close: then what is written goes nowhere, and wait says so
		defer func() { <-s.room }()
	case <-ctx.Done():
		return ctx.Err()
	case <-s.port.closed:
		return ErrClosed
	}
	s.mu.Lock()
	s.seq++
	id, mine := ID{s.port.opts.Epoch, s.seq}, make(chan struct{}, 1)
	s.waiting[id] = mine
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.waiting, id)
		s.mu.Unlock()
	}()
	for {
		s.port.write(Packet{Data, id, msg})
		if done, err := s.wait(ctx, mine, time.Now().Add(s.port.opts.Retry)); done {
			return err
		}
	}
}

// wait waits for an acknowledgement until the time has come to send again.
func (s *Sender) wait(ctx context.Context, mine chan struct{}, until time.Time) (done bool, err error) {
	again := time.NewTimer(time.Until(until))
	defer again.Stop()
	select {
	case <-mine:
		return true, nil
	case <-ctx.Done():
		return true, ctx.Err()
	case <-s.port.closed:
		return true, ErrClosed
	case <-again.C:
		return false, nil
	case <-s.port.turn:
		defer func() { s.port.turn <- struct{}{} }()
	}
	for {
		select {
		case <-mine:
			return true, nil
		default:
		}
		p, err := s.port.read(ctx, until)
		switch {
		case ctx.Err() != nil:
			return true, ctx.Err()
		case errors.Is(err, ErrClosed):
			return true, ErrClosed
		case err == nil && p.Kind == Ack:
			s.tell(p.ID)
		case err != nil && !time.Now().Before(until):
			return false, nil
		}
	}
}

func (s *Sender) tell(id ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ch, ok := s.waiting[id]; ok {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// Receiver receives messages.
type Receiver struct {
	port *port
	last ID // with AtMostOnce; who has the turn may use it
}

// NewReceiver returns a receiver.
func NewReceiver(conn net.PacketConn, peer net.Addr, opts Options) *Receiver {
	if opts.Guarantee == ExactlyOnce && opts.State == nil {
		panic("delivery: ExactlyOnce without a State")
	}
	return &Receiver{port: newPort(conn, peer, opts)}
}

// Close closes the conn.
func (r *Receiver) Close() error { return r.port.Close() }

// Receive reads until there is a message to return.
func (r *Receiver) Receive(ctx context.Context) ([]byte, error) {
	if r.port.isClosed() {
		return nil, ErrClosed
	}
	select {
	case <-r.port.turn:
		defer func() { r.port.turn <- struct{}{} }()
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-r.port.closed:
		return nil, ErrClosed
	}
	for {
		p, err := r.port.read(ctx, time.Time{})
		switch {
		case errors.Is(err, ErrClosed):
			return nil, ErrClosed
		case err != nil:
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
		case p.Kind == Data:
			if fresh, err := r.fresh(p); fresh || err != nil {
				return p.Msg, err
			}
		}
	}
}

func (r *Receiver) fresh(p Packet) (fresh bool, err error) {
	switch r.port.opts.Guarantee {
	case AtMostOnce:
		if fresh = p.ID.After(r.last); fresh {
			r.last = p.ID
		}
		return fresh, nil
	case AtLeastOnce:
		fresh = true
	case ExactlyOnce:
		if fresh, err = r.port.opts.State.Deliver(p.ID, p.Msg); err != nil {
			return false, err
		}
	}
	r.port.write(Packet{Kind: Ack, ID: p.ID})
	return fresh, nil
}
