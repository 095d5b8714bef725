package delivery

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// Sender sends messages to one receiver. It is safe for concurrent use.
type Sender struct {
	*endpoint
	slots chan struct{} // holds one value for each message under way

	mu      sync.Mutex
	last    uint64               // number of the newest message
	waiting map[ID]chan struct{} // closed by the acknowledgement
}

// NewSender returns a sender that reaches its receiver at peer.
func NewSender(conn net.PacketConn, peer net.Addr, opts Options) *Sender {
	s := &Sender{endpoint: newEndpoint(conn, peer, opts), waiting: map[ID]chan struct{}{}}
	s.slots = make(chan struct{}, s.opts.Window)
	go s.listen(Ack, s.acknowledge)
	return s
}

// Send sends one message, as often as the guarantee asks for.
func (s *Sender) Send(ctx context.Context, msg []byte) error {
	if len(msg) > MaxMessage {
		return fmt.Errorf("%w: %d bytes", ErrTooLarge, len(msg))
	}
	if s.closed.Err() != nil {
		return ErrClosed
	}
	if s.opts.Guarantee == AtMostOnce {
		s.mu.Lock() // the receiver drops what was overtaken, so nothing may overtake in here
		defer s.mu.Unlock()
		s.write(Packet{Data, s.next(), msg})
		return nil
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closed.Done():
		return ErrClosed
	}
	return s.sendUntilAcknowledged(ctx, msg)
}

// sendUntilAcknowledged is the only place where a message is sent again, so nothing is once it has returned.
func (s *Sender) sendUntilAcknowledged(ctx context.Context, msg []byte) error {
	id, acknowledged := s.begin()
	defer s.end(id)
	again := time.NewTicker(s.opts.Retry)
	defer again.Stop()
	for {
		s.write(Packet{Data, id, msg})
		select {
		case <-acknowledged:
			return nil
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.closed.Done():
			return ErrClosed
		}
	}
}

// begin gives a new message its ID, and returns the channel that its acknowledgement will close.
func (s *Sender) begin() (ID, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, acknowledged := s.next(), make(chan struct{})
	s.waiting[id] = acknowledged
	return id, acknowledged
}

// next is called with mu held.
func (s *Sender) next() ID {
	s.last++
	return ID{s.opts.Epoch, s.last}
}

// acknowledge is called for every copy of an acknowledgement, and for those of earlier epochs.
func (s *Sender) acknowledge(p Packet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if acknowledged, ok := s.waiting[p.ID]; ok {
		close(acknowledged)
		delete(s.waiting, p.ID)
	}
}

func (s *Sender) end(id ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.waiting, id)
}

// Close ends everything that the sender does.
func (s *Sender) Close() error { return s.close() }

// Receiver receives the messages of one sender. It is safe for concurrent use.
type Receiver struct {
	*endpoint
	arrived chan Packet // what Receive has not taken yet; nothing of it is acknowledged
	newest  ID          // used with AtMostOnce, by the listening goroutine alone
}

// NewReceiver returns a receiver of the messages that come from peer.
func NewReceiver(conn net.PacketConn, peer net.Addr, opts Options) *Receiver {
	if opts.Guarantee == ExactlyOnce && opts.State == nil {
		panic("delivery: a receiver that promises ExactlyOnce needs a State")
	}
	r := &Receiver{endpoint: newEndpoint(conn, peer, opts)}
	r.arrived = make(chan Packet, r.opts.Window)
	go r.listen(Data, r.keep)
	return r
}

// keep puts a packet where Receive finds it. If there is no room it is lost: whoever promised more will send it again.
func (r *Receiver) keep(p Packet) {
	if r.opts.Guarantee == AtMostOnce {
		if !p.ID.After(r.newest) {
			return // a copy, or overtaken: to tell which would take a longer memory
		}
		r.newest = p.ID
	}
	p.Msg = bytes.Clone(p.Msg) // listen reads the next packet into the same bytes
	select {
	case r.arrived <- p:
	default:
	}
}

// Receive returns the next message.
func (r *Receiver) Receive(ctx context.Context) ([]byte, error) {
	for r.closed.Err() == nil {
		select {
		case p := <-r.arrived:
			fresh, err := r.deliver(p)
			if err != nil {
				return nil, fmt.Errorf("delivery: deliver: %w", err)
			}
			if fresh {
				return p.Msg, nil
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-r.closed.Done():
		}
	}
	return nil, ErrClosed
}

// deliver does what must come before the acknowledgement, and then acknowledges.
func (r *Receiver) deliver(p Packet) (fresh bool, err error) {
	fresh = true
	switch r.opts.Guarantee {
	case AtMostOnce:
		return true, nil
	case ExactlyOnce:
		if fresh, err = r.opts.State.Deliver(p.ID, p.Msg); err != nil {
			return false, err
		}
	}
	r.write(Packet{Kind: Ack, ID: p.ID})
	return fresh, nil
}

// Close ends everything that the receiver does.
func (r *Receiver) Close() error { return r.close() }

// endpoint is what senders and receivers have in common: a conn, somebody who listens, and an end.
type endpoint struct {
	conn    net.PacketConn
	peer    net.Addr
	opts    Options
	closed  context.Context // ends with close
	cancel  context.CancelFunc
	stopped chan struct{} // closed when listen has ended
}

func newEndpoint(conn net.PacketConn, peer net.Addr, opts Options) *endpoint {
	if conn == nil || peer == nil {
		panic("delivery: no conn, or no peer")
	}
	e := &endpoint{conn: conn, peer: peer, opts: opts.WithDefaults(), stopped: make(chan struct{})}
	e.closed, e.cancel = context.WithCancel(context.Background())
	return e
}

// write sends a packet. That it cannot be sent is no different from its being lost.
func (e *endpoint) write(p Packet) { _, _ = e.conn.WriteTo(p.Encode(), e.peer) }

// listen hands over the peer's packets of one kind until the conn is closed.
func (e *endpoint) listen(kind Kind, handle func(Packet)) {
	defer close(e.stopped)
	b := make([]byte, maxPacket)
	for {
		n, from, err := e.conn.ReadFrom(b)
		if err != nil {
			return
		}
		if p, ok := Decode(b[:n]); ok && p.Kind == kind && from.String() == e.peer.String() {
			handle(p)
		}
	}
}

func (e *endpoint) close() error {
	e.cancel()
	_ = e.conn.Close() // ends listen; a second time it changes nothing
	<-e.stopped
	return nil
}
