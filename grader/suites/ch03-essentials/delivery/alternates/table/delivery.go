package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net"
	"slices"
	"sync"
	"time"
)

// letter is this solution's own packet, in JSON.
type letter struct {
	Epoch, Seq uint64
	Ack        bool   `json:",omitempty"`
	Body       []byte `json:",omitempty"`
}

const largestLetter = 64 + MaxMessage*2

// Sender keeps a table of what is under way; one goroutine sends again what is due, another takes acknowledgements.
type Sender struct {
	conn   net.PacketConn
	peer   string
	to     net.Addr
	opts   Options
	mu     sync.Mutex
	seq    uint64
	table  map[uint64]*entry
	room   chan struct{} // closed and renewed whenever an entry leaves the table
	wakeUp chan struct{} // tells the clerk that there is something in the table
	quit   chan struct{}
	wg     sync.WaitGroup
	closed bool
}

type entry struct {
	packet []byte
	due    time.Time
	result chan error
}

// NewSender starts the two goroutines.
func NewSender(conn net.PacketConn, peer net.Addr, opts Options) *Sender {
	if conn == nil || peer == nil {
		panic("delivery: NewSender needs a conn and a peer")
	}
	s := &Sender{
		conn: conn, peer: peer.String(), to: peer, opts: opts.WithDefaults(),
		table: map[uint64]*entry{}, room: make(chan struct{}), wakeUp: make(chan struct{}, 1), quit: make(chan struct{}),
	}
	s.wg.Go(s.takeAcknowledgements)
	s.wg.Go(s.sendAgain)
	return s
}

// Send enters the message into the table and waits for its result.
func (s *Sender) Send(ctx context.Context, msg []byte) error {
	if len(msg) > MaxMessage {
		return ErrTooLarge
	}
	seq, e, err := s.enter(ctx, msg)
	if err != nil || e == nil {
		return err
	}
	select {
	case err := <-e.result:
		return err
	case <-ctx.Done():
		s.leave(seq, ctx.Err())
		return <-e.result
	}
}

// enter waits for room, numbers the message, and sends it for the first time. There is no entry with AtMostOnce.
func (s *Sender) enter(ctx context.Context, msg []byte) (uint64, *entry, error) {
	for {
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			return 0, nil, ErrClosed
		}
		if s.opts.Guarantee == AtMostOnce || len(s.table) < s.opts.Window {
			defer s.mu.Unlock()
			s.seq++
			packet, _ := json.Marshal(letter{Epoch: s.opts.Epoch, Seq: s.seq, Body: msg})
			_, _ = s.conn.WriteTo(packet, s.to)
			if s.opts.Guarantee == AtMostOnce {
				return 0, nil, nil
			}
			e := &entry{packet, time.Now().Add(s.opts.Retry), make(chan error, 1)}
			s.table[s.seq] = e
			select {
			case s.wakeUp <- struct{}{}:
			default:
			}
			return s.seq, e, nil
		}
		room := s.room
		s.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
			return 0, nil, ctx.Err()
		}
	}
}

// leave takes a message out of the table and tells its Send why. It does nothing if somebody else has done so.
func (s *Sender) leave(seq uint64, result error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.table[seq]; ok {
		delete(s.table, seq)
		e.result <- result
		close(s.room)
		s.room = make(chan struct{})
	}
}

func (s *Sender) takeAcknowledgements() {
	buf := make([]byte, largestLetter)
	for {
		n, from, err := s.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		var l letter
		if from.String() == s.peer && json.Unmarshal(buf[:n], &l) == nil && l.Ack && l.Epoch == s.opts.Epoch {
			s.leave(l.Seq, nil)
		}
	}
}

func (s *Sender) sendAgain() {
	timer := time.NewTimer(s.opts.Retry)
	for {
		next := s.sendWhatIsDue()
		if next > 0 {
			timer.Reset(next)
		}
		select {
		case <-s.quit:
			timer.Stop()
			return
		case <-s.wakeUp:
		case <-timer.C:
		}
	}
}

// sendWhatIsDue returns how long it is until the next message is due; 0 if there is none.
func (s *Sender) sendWhatIsDue() (next time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, seq := range slices.Sorted(maps.Keys(s.table)) {
		e := s.table[seq]
		if !e.due.After(time.Now()) {
			_, _ = s.conn.WriteTo(e.packet, s.to)
			e.due = time.Now().Add(s.opts.Retry)
		}
		if in := time.Until(e.due); next == 0 || in < next {
			next = in
		}
	}
	return next
}

// Close ends all Sends and both goroutines.
func (s *Sender) Close() error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		for seq, e := range s.table {
			delete(s.table, seq)
			e.result <- ErrClosed
		}
		close(s.room)
		s.room = make(chan struct{})
		close(s.quit)
		_ = s.conn.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
	return nil
}

// Receiver keeps a mailbox.
type Receiver struct {
	conn   net.PacketConn
	peer   string
	to     net.Addr
	opts   Options
	mu     sync.Mutex
	box    []letter
	more   chan struct{} // closed and renewed when something changes
	closed bool
	window antiReplay
	wg     sync.WaitGroup
}

// NewReceiver starts the goroutine that fills the mailbox.
func NewReceiver(conn net.PacketConn, peer net.Addr, opts Options) *Receiver {
	if conn == nil || peer == nil || opts.Guarantee == ExactlyOnce && opts.State == nil {
		panic("delivery: NewReceiver needs a conn, a peer, and for ExactlyOnce a State")
	}
	r := &Receiver{conn: conn, peer: peer.String(), to: peer, opts: opts.WithDefaults(), more: make(chan struct{})}
	r.wg.Go(r.fill)
	return r
}

func (r *Receiver) fill() {
	buf := make([]byte, largestLetter)
	for {
		n, from, err := r.conn.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		var l letter
		if err == nil && from.String() == r.peer && json.Unmarshal(buf[:n], &l) == nil && !l.Ack {
			r.put(l)
		}
	}
}

// put drops what there is no room for, and copies of what is in the box already.
func (r *Receiver) put(l letter) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.box) == r.opts.Window || r.opts.Guarantee == AtMostOnce && !r.window.fresh(l.Epoch, l.Seq) {
		return
	}
	for _, other := range r.box {
		if other.Epoch == l.Epoch && other.Seq == l.Seq {
			return
		}
	}
	r.box = append(r.box, l)
	r.tell()
}

func (r *Receiver) tell() {
	close(r.more)
	r.more = make(chan struct{})
}

// Receive takes the oldest letter.
func (r *Receiver) Receive(ctx context.Context) ([]byte, error) {
	for {
		r.mu.Lock()
		closed, more := r.closed, r.more
		var l *letter
		if !closed && len(r.box) > 0 {
			l = &r.box[0]
			r.box = append([]letter(nil), r.box[1:]...)
		}
		r.mu.Unlock()
		switch {
		case closed:
			return nil, ErrClosed
		case l != nil:
			if msg, fresh, err := r.deliver(*l); fresh || err != nil {
				return msg, err
			}
		default:
			select {
			case <-more:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
	}
}

func (r *Receiver) deliver(l letter) (msg []byte, fresh bool, err error) {
	if r.opts.Guarantee == AtMostOnce {
		return l.Body, true, nil
	}
	fresh = true
	if r.opts.Guarantee == ExactlyOnce {
		if fresh, err = r.opts.State.Deliver(ID{l.Epoch, l.Seq}, l.Body); err != nil {
			return nil, false, err
		}
	}
	answer, _ := json.Marshal(letter{Epoch: l.Epoch, Seq: l.Seq, Ack: true})
	_, _ = r.conn.WriteTo(answer, r.to)
	return l.Body, fresh, nil
}

// Close empties the mailbox and ends everything.
func (r *Receiver) Close() error {
	r.mu.Lock()
	if !r.closed {
		r.closed, r.box = true, nil
		_ = r.conn.Close()
		r.tell()
	}
	r.mu.Unlock()
	r.wg.Wait()
	return nil
}

// antiReplay remembers in 64 bits which of the last messages have arrived, as IPsec does.
type antiReplay struct {
	epoch, top, bits uint64
}

func (w *antiReplay) fresh(epoch, seq uint64) bool {
	if epoch < w.epoch {
		return false
	}
	if epoch > w.epoch {
		*w = antiReplay{epoch: epoch}
	}
	if seq > w.top {
		w.bits = w.bits<<(seq-w.top) | 1
		w.top = seq
		return true
	}
	bit := uint64(1) << (w.top - seq)
	fresh := bit&^w.bits != 0
	w.bits |= bit
	return fresh
}
