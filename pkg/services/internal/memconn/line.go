package memconn

import (
	"context"
	"net"
	"slices"
	"sync"
	"syscall"
)

// Line is the way from clients to one server, with the faults of package faults on it.
type Line struct {
	accept func(net.Conn) // the server takes its end of a new connection

	mu      sync.Mutex
	stalled bool
	muted   bool
	down    bool
	conns   []*Conn // the clients' ends, the oldest first: faults come over them in this order
}

// NewLine returns a line on which every connection's far end is given to accept, which must not block.
func NewLine(accept func(net.Conn)) *Line {
	return &Line{accept: accept}
}

// Dial connects to the server, or is refused while the line is down.
func (l *Line) Dial(ctx context.Context) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down {
		return nil, &net.OpError{Op: "dial", Net: "memory", Addr: Addr("server"), Err: syscall.ECONNREFUSED}
	}
	requests, answers := newHalf(), newHalf()
	requests.hold(l.stalled)
	answers.hold(l.stalled || l.muted)
	client := &Conn{in: answers, out: requests, local: "client", remote: "server"}
	client.onClose = func() { l.forget(client) }
	l.conns = append(l.conns, client)
	l.accept(&Conn{in: requests, out: answers, local: "server", remote: "client"})
	return client, nil
}

// forget drops a connection that its client closed, unless a fault still holds what was sent before: a host sends
// that on its own when the network is well again.
func (l *Line) forget(c *Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.stalled {
		l.conns = slices.DeleteFunc(l.conns, func(other *Conn) bool { return other == c })
	}
}

// Cut closes every connection; what was under way in them is lost.
func (l *Line) Cut(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut()
	return nil
}

// Stall holds every byte, in both directions.
func (l *Line) Stall(context.Context) error {
	l.set(func() { l.stalled = true })
	return nil
}

// Mute holds the server's bytes.
func (l *Line) Mute(context.Context) error {
	l.set(func() { l.muted = true })
	return nil
}

// Down closes every connection and refuses new ones.
func (l *Line) Down(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = true
	l.cut()
	return nil
}

// Heal undoes Stall, Mute and Down; bytes that were held arrive.
func (l *Line) Heal(context.Context) error {
	l.set(func() { l.stalled, l.muted, l.down = false, false, false })
	return nil
}

func (l *Line) set(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
	for _, c := range l.conns {
		c.out.hold(l.stalled)
		c.in.hold(l.stalled || l.muted)
	}
	if !l.stalled {
		l.conns = slices.DeleteFunc(l.conns, func(c *Conn) bool { return c.closed.Load() })
	}
}

func (l *Line) cut() {
	for _, c := range l.conns {
		c.out.cut()
		c.in.cut()
	}
	l.conns = nil
}
