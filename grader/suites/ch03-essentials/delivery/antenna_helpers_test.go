package delivery_test

import (
	"bytes"
	"errors"
	"net"
	"runtime"
	"slices"
	"sync"
	"time"

	"scalelab/pkg/check"
)

// antenna is the conn of a sender or a receiver: a port of a host on the scene's network. It remembers what was sent.
type antenna struct {
	net.PacketConn
	scene *scene
	host  string
	began time.Time

	mu      sync.Mutex
	packets []transmission
	shut    bool
	errors  int // how often ReadFrom has said that the conn is closed
}

// transmission is one WriteTo to an open conn.
type transmission struct {
	at   time.Duration
	data []byte
}

// antenna opens the one port of a host.
func (s *scene) antenna(host string) *antenna {
	s.t.Helper()
	conn, err := s.net.Host(host).ListenPacket("udp", ":7")
	if err != nil {
		check.Unjudged(s.t, "the network does not open a port: "+err.Error())
	}
	return &antenna{PacketConn: conn, scene: s, host: host, began: time.Now()}
}

func (a *antenna) WriteTo(b []byte, to net.Addr) (int, error) {
	a.scene.leaveIfOver()
	a.remember(b)
	return a.PacketConn.WriteTo(b, to)
}

// remember takes down a packet. What is written to a closed conn is none: it is sent nowhere.
func (a *antenna) remember(b []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.shut {
		a.packets = append(a.packets, transmission{time.Since(a.began), bytes.Clone(b)})
	}
}

// mostErrors is how often a goroutine of the subject may ask a closed conn, before it is ended.
const mostErrors = 1000

func (a *antenna) ReadFrom(b []byte) (int, net.Addr, error) {
	a.scene.leaveIfOver()
	n, from, err := a.PacketConn.ReadFrom(b)
	a.mu.Lock()
	defer a.mu.Unlock()
	if !errors.Is(err, net.ErrClosed) {
		return n, from, err
	}
	a.errors++
	if a.errors == mostErrors && a.scene.strict {
		check.Cause(a.scene.t, check.Livelock)
		a.scene.t.Errorf("the conn of the %s is closed, and ReadFrom says so; yet it is called again and again, for ever", a.host)
	}
	if a.errors >= mostErrors {
		runtime.Goexit()
	}
	return n, from, err
}

func (a *antenna) Close() error {
	a.mu.Lock()
	a.shut = true
	a.mu.Unlock()
	return a.PacketConn.Close()
}

func (a *antenna) closed() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.shut
}

// sent is what was sent so far, by whatever goroutine of the subject.
func (a *antenna) sent() []transmission {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.packets)
}

func (a *antenna) count() int { return len(a.sent()) }
