package delivery

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"net"
	"slices"
	"sync"
	"time"
)

// This solution delivers in order and acknowledges as TCP does: an acknowledgement of n says that everything up to n has been
// returned, or given up. Every message tells the lowest number that is still under way, so that nobody waits for what was given up.

type kind = byte

const (
	message kind = 'm'
	upTo    kind = 'a'
)

// frame is kind, epoch, base, number, message; all numbers as varints.
type frame struct {
	kind           kind
	epoch, base, n uint64
	msg            []byte
}

func (f frame) bytes() []byte {
	b := []byte{f.kind}
	for _, v := range []uint64{f.epoch, f.base, f.n} {
		b = binary.AppendUvarint(b, v)
	}
	return append(b, f.msg...)
}

func parse(b []byte) (f frame, err error) {
	if len(b) == 0 {
		return f, io.ErrUnexpectedEOF
	}
	f.kind, b = b[0], b[1:]
	for _, v := range []*uint64{&f.epoch, &f.base, &f.n} {
		value, size := binary.Uvarint(b)
		if size <= 0 {
			return f, errors.New("delivery: bad number")
		}
		*v, b = value, b[size:]
	}
	f.msg = append([]byte{}, b...)
	return f, nil
}

// hear calls take for each frame of the peer, until the conn is closed.
func hear(conn net.PacketConn, peer net.Addr, take func(frame)) {
	b := make([]byte, 2048)
	for {
		n, from, err := conn.ReadFrom(b)
		if err != nil {
			return
		}
		if from.String() != peer.String() {
			continue
		}
		if f, err := parse(b[:n]); err == nil {
			take(f)
		}
	}
}

// Sender sends messages.
type Sender struct {
	conn net.PacketConn
	peer net.Addr
	opts Options
	done sync.WaitGroup

	mu       sync.Mutex
	n        uint64
	underWay map[uint64]chan error
	changed  chan struct{} // closed and renewed when there is more room
	closed   bool
}

// NewSender returns a sender.
func NewSender(conn net.PacketConn, peer net.Addr, opts Options) *Sender {
	if conn == nil || peer == nil {
		panic("delivery: NewSender(nil)")
	}
	s := &Sender{conn: conn, peer: peer, opts: opts.WithDefaults(), underWay: map[uint64]chan error{}, changed: make(chan struct{})}
	s.done.Go(func() { hear(conn, peer, s.acknowledged) })
	return s
}

func (s *Sender) acknowledged(f frame) {
	if f.kind != upTo || f.epoch != s.opts.Epoch {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := range s.underWay {
		if n <= f.n {
			s.finish(n, nil)
		}
	}
}

// finish is called with mu held.
func (s *Sender) finish(n uint64, err error) {
	if result, ok := s.underWay[n]; ok {
		result <- err
		delete(s.underWay, n)
		close(s.changed)
		s.changed = make(chan struct{})
	}
}

// Send sends a message.
func (s *Sender) Send(ctx context.Context, msg []byte) error {
	if len(msg) > MaxMessage {
		return ErrTooLarge
	}
	n, result, err := s.start(ctx, msg)
	if err != nil || result == nil {
		return err
	}
	again := time.NewTicker(s.opts.Retry)
	defer again.Stop()
	for {
		select {
		case err := <-result:
			return err
		case <-again.C:
			s.mu.Lock()
			s.transmit(n, msg)
			s.mu.Unlock()
		case <-ctx.Done():
			s.mu.Lock()
			s.finish(n, ctx.Err())
			s.mu.Unlock()
		}
	}
}

func (s *Sender) start(ctx context.Context, msg []byte) (n uint64, result chan error, err error) {
	for {
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			return 0, nil, ErrClosed
		}
		if s.opts.Guarantee == AtMostOnce || len(s.underWay) < s.opts.Window {
			defer s.mu.Unlock()
			s.n++
			if s.opts.Guarantee != AtMostOnce {
				result = make(chan error, 1)
				s.underWay[s.n] = result
			}
			s.transmit(s.n, msg)
			return s.n, result, nil
		}
		changed := s.changed
		s.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return 0, nil, ctx.Err()
		}
	}
}

// transmit is called with mu held. It sends nothing of what has ended.
func (s *Sender) transmit(n uint64, msg []byte) {
	base := n
	for other := range s.underWay {
		base = min(base, other)
	}
	if _, ok := s.underWay[n]; ok || s.opts.Guarantee == AtMostOnce {
		_, _ = s.conn.WriteTo(frame{message, s.opts.Epoch, base, n, msg}.bytes(), s.peer)
	}
}

// Close ends everything.
func (s *Sender) Close() error {
	s.mu.Lock()
	s.closed = true
	for n := range s.underWay {
		s.finish(n, ErrClosed)
	}
	close(s.changed)
	s.changed = make(chan struct{})
	s.mu.Unlock()
	_ = s.conn.Close()
	s.done.Wait()
	return nil
}

// Receiver receives messages.
type Receiver struct {
	conn net.PacketConn
	peer net.Addr
	opts Options
	done sync.WaitGroup

	mu      sync.Mutex
	epoch   uint64
	next    uint64            // the number of the message that is returned next
	arrived map[uint64][]byte // from next on, a window at most
	changed chan struct{}     // closed and renewed when there is something to do
	closed  bool
}

// NewReceiver returns a receiver.
func NewReceiver(conn net.PacketConn, peer net.Addr, opts Options) *Receiver {
	if conn == nil || peer == nil || opts.Guarantee == ExactlyOnce && opts.State == nil {
		panic("delivery: NewReceiver(nil)")
	}
	r := &Receiver{conn: conn, peer: peer, opts: opts.WithDefaults(), arrived: map[uint64][]byte{}, changed: make(chan struct{})}
	r.done.Go(func() { hear(conn, peer, r.keep) })
	return r
}

func (r *Receiver) keep(f frame) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f.kind != message || f.epoch < r.epoch {
		return
	}
	if f.epoch > r.epoch {
		r.epoch, r.next = f.epoch, 0
		clear(r.arrived)
	}
	if r.opts.Guarantee != AtMostOnce {
		r.skipTo(f.base)
	}
	switch {
	case f.n < r.next:
		r.acknowledge()
	case r.hasRoomFor(f.n):
		r.arrived[f.n] = f.msg
	}
	close(r.changed)
	r.changed = make(chan struct{})
}

// skipTo forgets what lies before base: it was returned or given up.
func (r *Receiver) skipTo(base uint64) {
	for n := range r.arrived {
		if n < base {
			delete(r.arrived, n)
		}
	}
	r.next = max(r.next, base)
}

func (r *Receiver) hasRoomFor(n uint64) bool {
	if r.opts.Guarantee == AtMostOnce {
		return len(r.arrived) < r.opts.Window
	}
	return n < r.next+uint64(r.opts.Window)
}

func (r *Receiver) acknowledge() {
	if r.opts.Guarantee != AtMostOnce {
		_, _ = r.conn.WriteTo(frame{kind: upTo, epoch: r.epoch, n: r.next - 1}.bytes(), r.peer)
	}
}

// Receive returns messages in the order of their numbers.
func (r *Receiver) Receive(ctx context.Context) ([]byte, error) {
	for {
		r.mu.Lock()
		if r.closed {
			r.mu.Unlock()
			return nil, ErrClosed
		}
		msg, fresh, err := r.take()
		_, more := r.arrived[r.next]
		changed := r.changed
		r.mu.Unlock()
		if fresh || err != nil {
			return msg, err
		}
		if more {
			continue // after a copy
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// take is called with mu held, which also keeps the order.
func (r *Receiver) take() (msg []byte, fresh bool, err error) {
	if r.opts.Guarantee == AtMostOnce && len(r.arrived) > 0 {
		r.next = slices.Min(slices.Collect(maps.Keys(r.arrived))) // what is missing is lost
	}
	msg, ok := r.arrived[r.next]
	if !ok {
		return nil, false, nil
	}
	delete(r.arrived, r.next)
	fresh = true
	if r.opts.Guarantee == ExactlyOnce {
		if fresh, err = r.opts.State.Deliver(ID{r.epoch, r.next}, msg); err != nil {
			return nil, false, err
		}
	}
	r.next++
	r.acknowledge()
	return msg, fresh, nil
}

// Close ends everything.
func (r *Receiver) Close() error {
	r.mu.Lock()
	r.closed = true
	close(r.changed)
	r.changed = make(chan struct{})
	r.mu.Unlock()
	_ = r.conn.Close()
	r.done.Wait()
	return nil
}
