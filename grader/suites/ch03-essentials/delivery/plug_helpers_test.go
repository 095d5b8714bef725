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

// ReadFrom has nothing for who comes too late: when its time is over, or the conn closed, it gives out no packet, though one be there.
func (p *plug) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		by, moved := p.deadline()
		if err := p.over(by); err != nil {
			return 0, nil, err
		}
		var late <-chan time.Time
		if !by.IsZero() {
			late = time.After(time.Until(by))
		}
		select {
		case packet := <-p.in:
			return copy(b, packet), p.other.at, nil
		case <-p.unplugged:
		case <-late:
		case <-moved:
		}
	}
}

// over is why nothing is read any more.
func (p *plug) over(by time.Time) error {
	select {
	case <-p.unplugged:
		if p.errors.Add(1) > mostErrors {
			runtime.Goexit()
		}
		return net.ErrClosed
	default:
	}
	if !by.IsZero() && !time.Now().Before(by) {
		return os.ErrDeadlineExceeded
	}
	return nil
}

// deadline is when reading ends, and a channel that says that there is another one.
func (p *plug) deadline() (by time.Time, moved <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.readBy, p.moved
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
