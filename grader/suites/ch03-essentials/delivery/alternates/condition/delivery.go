package delivery

import (
	"bytes"
	"context"
	"encoding/gob"
	"net"
	"sync"
	"time"
)

// envelope is what travels, written by encoding/gob.
type envelope struct {
	IsAck bool
	ID    ID
	Msg   []byte
}

// half is what both ends have: a lock, a condition that everybody waits for, and a conn.
type half struct {
	mu      sync.Mutex
	cond    *sync.Cond
	conn    net.PacketConn
	peer    net.Addr
	opts    Options
	closed  bool
	readers sync.WaitGroup
}

func (h *half) init(conn net.PacketConn, peer net.Addr, opts Options, handle func(envelope)) {
	if conn == nil || peer == nil {
		panic("delivery: nil conn or peer")
	}
	h.conn, h.peer, h.opts = conn, peer, opts.WithDefaults()
	h.cond = sync.NewCond(&h.mu)
	h.readers.Add(1)
	go func() {
		defer h.readers.Done()
		buf := make([]byte, 65536)
		for {
			n, addr, err := h.conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var e envelope
			if addr.String() != peer.String() || gob.NewDecoder(bytes.NewReader(buf[:n])).Decode(&e) != nil {
				continue
			}
			h.mu.Lock()
			handle(e)
			h.cond.Broadcast()
			h.mu.Unlock()
		}
	}()
}

func (h *half) post(e envelope) {
	var buf bytes.Buffer
	if gob.NewEncoder(&buf).Encode(e) == nil {
		_, _ = h.conn.WriteTo(buf.Bytes(), h.peer)
	}
}

// wait waits, with the lock held, until ready is true, the context has ended or the half is closed.
func (h *half) wait(ctx context.Context, ready func() bool) error {
	stop := context.AfterFunc(ctx, h.wake)
	defer stop()
	for {
		switch {
		case h.closed:
			return ErrClosed
		case ready():
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		}
		h.cond.Wait()
	}
}

func (h *half) wake() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cond.Broadcast()
}

// Close wakes everybody up.
func (h *half) close() error {
	h.mu.Lock()
	h.closed = true
	h.cond.Broadcast()
	h.mu.Unlock()
	_ = h.conn.Close()
	h.readers.Wait()
	return nil
}

// Sender sends.
type Sender struct {
	half
	number     uint64
	unanswered map[ID]bool
}

// NewSender makes a Sender.
func NewSender(conn net.PacketConn, peer net.Addr, opts Options) *Sender {
	s := &Sender{unanswered: make(map[ID]bool)}
	s.init(conn, peer, opts, func(e envelope) {
		if e.IsAck {
			delete(s.unanswered, e.ID)
		}
	})
	return s
}

// Send sends msg.
func (s *Sender) Send(ctx context.Context, msg []byte) error {
	if len(msg) > MaxMessage {
		return ErrTooLarge
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	reliable := s.opts.Guarantee != AtMostOnce
	if err := s.wait(ctx, func() bool { return !reliable || len(s.unanswered) < s.opts.Window }); err != nil {
		return err
	}
	s.number++
	e := envelope{ID: ID{s.opts.Epoch, s.number}, Msg: msg}
	if !reliable {
		s.post(e)
		return nil
	}
	s.unanswered[e.ID] = true
	defer s.cond.Broadcast() // there is room
	defer delete(s.unanswered, e.ID)
	for {
		s.post(e)
		next := time.Now().Add(s.opts.Retry)
		timer := time.AfterFunc(s.opts.Retry, s.wake)
		err := s.wait(ctx, func() bool { return !s.unanswered[e.ID] || !time.Now().Before(next) })
		timer.Stop()
		if err != nil || !s.unanswered[e.ID] {
			return err
		}
	}
}

// Close closes the Sender.
func (s *Sender) Close() error { return s.close() }

// Receiver receives.
type Receiver struct {
	half
	inbox  []envelope
	newest ID
}

// NewReceiver makes a Receiver.
func NewReceiver(conn net.PacketConn, peer net.Addr, opts Options) *Receiver {
	if opts.Guarantee == ExactlyOnce && opts.State == nil {
		panic("delivery: ExactlyOnce needs a State")
	}
	r := &Receiver{}
	r.init(conn, peer, opts, r.arrive)
	return r
}

func (r *Receiver) arrive(e envelope) {
	if e.IsAck || len(r.inbox) == r.opts.Window {
		return
	}
	if r.opts.Guarantee == AtMostOnce {
		if !e.ID.After(r.newest) {
			return
		}
		r.newest = e.ID
	}
	r.inbox = append(r.inbox, e)
}

// Receive receives.
func (r *Receiver) Receive(ctx context.Context) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		if err := r.wait(ctx, func() bool { return len(r.inbox) > 0 }); err != nil {
			return nil, err
		}
		e := r.inbox[0]
		r.inbox = r.inbox[1:]
		fresh := true
		if r.opts.Guarantee == ExactlyOnce {
			var err error
			if fresh, err = r.opts.State.Deliver(e.ID, e.Msg); err != nil {
				return nil, err
			}
		}
		if r.opts.Guarantee != AtMostOnce {
			r.post(envelope{IsAck: true, ID: e.ID})
		}
		if fresh {
			return append([]byte{}, e.Msg...), nil
		}
	}
}

// Close closes the Receiver.
func (r *Receiver) Close() error { return r.close() }
