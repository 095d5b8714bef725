package delivery_test

import (
	"bytes"
	"net"
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
}

func newPlugs() (upper, lower *plug) {
	upper = &plug{at: toLift, in: make(chan []byte, 64), unplugged: make(chan struct{})}
	lower = &plug{at: toValley, in: make(chan []byte, 64), unplugged: make(chan struct{}), other: upper}
	upper.other = lower
	return upper, lower
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
	select {
	case packet := <-p.in:
		return copy(b, packet), p.other.at, nil
	case <-p.unplugged:
		if p.errors.Add(1) > mostErrors {
			runtime.Goexit()
		}
		return 0, nil, net.ErrClosed
	}
}

func (p *plug) Close() error {
	p.once.Do(func() { close(p.unplugged) })
	return nil
}

func (p *plug) SetDeadline(time.Time) error      { return nil }
func (p *plug) SetReadDeadline(time.Time) error  { return nil }
func (p *plug) SetWriteDeadline(time.Time) error { return nil }
