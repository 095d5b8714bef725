package delivery_test

import (
	"bytes"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"scalelab/pkg/faultnet"
)

// plug is one end of the shortest of networks: what is written at one end is read at the other. Unlike faultnet it keeps no log, so
// that the memory in use is the subject's own.
type plug struct {
	at        faultnet.Addr
	other     *plug
	in        chan []byte
	once      sync.Once
	unplugged chan struct{}
	errors    atomic.Int64 // answers of ReadFrom

	mu     sync.Mutex
	readBy time.Time
	moved  chan struct{} // closed when readBy changes
}

func newPlugs() (upper, lower *plug) {
	upper, lower = newPlug(toLift), newPlug(toValley)
	upper.other, lower.other = lower, upper
	return upper, lower
}

func newPlug(at faultnet.Addr) *plug {
	return &plug{at: at, in: make(chan []byte, 64), unplugged: make(chan struct{}), moved: make(chan struct{})}
}

func (p *plug) LocalAddr() net.Addr { return p.at }

// WriteTo loses what does not fit into the other end's buffer, as every network does.
func (p *plug) WriteTo(b []byte, _ net.Addr) (int, error) {
	select {
	case <-p.unplugged:
		return 0, net.ErrClosed
	default:
	}
	select {
	case p.other.in <- bytes.Clone(b):
	default:
	}
	return len(b), nil
}

func (p *plug) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		over, moved := p.deadline()
		select {
		case packet := <-p.in:
			return copy(b, packet), p.other.at, nil
		case <-p.unplugged:
			if p.errors.Add(1) > mostErrors {
				runtime.Goexit()
			}
			return 0, nil, net.ErrClosed
		case <-over:
			return 0, nil, os.ErrDeadlineExceeded
		case <-moved:
		}
	}
}

// deadline returns a channel that says when the read deadline is over, and one that says that there is another.
func (p *plug) deadline() (over <-chan time.Time, moved <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.readBy.IsZero() {
		return nil, p.moved
	}
	return time.After(time.Until(p.readBy)), p.moved
}

// SetReadDeadline wakes whoever is in ReadFrom.
func (p *plug) SetReadDeadline(t time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.readBy = t
	close(p.moved)
	p.moved = make(chan struct{})
	return nil
}

func (p *plug) Close() error {
	p.once.Do(func() { close(p.unplugged) })
	return nil
}

func (p *plug) SetDeadline(t time.Time) error    { return p.SetReadDeadline(t) }
func (p *plug) SetWriteDeadline(time.Time) error { return nil }
