package faultnet

import (
	"net"
	"os"
	"sync"
	"time"
)

// backlog is how many connections a listener holds that nobody has accepted; further dials wait.
const backlog = 128

// Listen announces a port for streams: "tcp" and ":80", or the host's own name before the colon. Port 0 takes the next free one.
func (h *Host) Listen(network, address string) (net.Listener, error) {
	kind, err := networkOf(network)
	if err == nil && kind != "tcp" {
		err = net.UnknownNetworkError(network)
	}
	if err != nil {
		return nil, failure("listen", network, nil, nil, err)
	}
	at, err := h.own("tcp", address)
	if err != nil {
		return nil, failure("listen", network, nil, at, err)
	}
	h.net.enter()
	defer h.net.mu.Unlock()
	port, err := bind(h, h.listeners, at.Port)
	if err != nil {
		return nil, failure("listen", network, nil, at, err)
	}
	at.Port = port
	l := &listener{host: h, at: at, changed: sync.NewCond(&h.net.mu)}
	h.listeners[port] = l
	return l, nil
}

// own resolves an address of this host.
func (h *Host) own(network, address string) (Addr, error) {
	at, err := h.resolve(network, address)
	if err == nil && at.Host != h.name {
		err = &net.AddrError{Err: "not an address of host " + h.name, Addr: address}
	}
	return at, err
}

type listener struct {
	host     *Host
	at       Addr
	changed  *sync.Cond
	accepted []*conn    // by the operating system, not by the program
	waiting  []*message // dials for which there is no room
	acceptBy deadline
	closed   bool
}

func (l *listener) Addr() net.Addr { return l.at }

// Accept waits for the next connection.
func (l *listener) Accept() (net.Conn, error) {
	l.host.net.enter()
	defer l.host.net.mu.Unlock()
	for {
		switch {
		case l.closed:
			return nil, failure("accept", "tcp", nil, l.at, net.ErrClosed)
		case l.acceptBy.over():
			return nil, failure("accept", "tcp", nil, l.at, os.ErrDeadlineExceeded)
		case len(l.accepted) > 0:
			c := l.accepted[0]
			l.accepted = l.accepted[1:]
			if len(l.waiting) > 0 {
				next := l.waiting[0]
				l.waiting = l.waiting[1:]
				l.open(next)
			}
			return c, nil
		}
		l.changed.Wait()
	}
}

// SetDeadline bounds Accept.
func (l *listener) SetDeadline(t time.Time) error {
	l.host.net.enter()
	defer l.host.net.mu.Unlock()
	if l.closed {
		return failure("set", "tcp", nil, l.at, net.ErrClosed)
	}
	l.acceptBy.set(t, l.changed)
	return nil
}

// Close refuses further dials and resets connections that nobody has accepted.
func (l *listener) Close() error {
	l.host.net.enter()
	defer l.host.net.mu.Unlock()
	if l.closed {
		return failure("close", "tcp", nil, l.at, net.ErrClosed)
	}
	l.close()
	return nil
}

func (l *listener) close() {
	l.end()
	for _, c := range l.accepted {
		c.abortive = true
		c.close()
	}
	for _, m := range l.waiting {
		l.host.refuse(m)
	}
}

// vanish is the end of a listener whose host has lost its power.
func (l *listener) vanish() {
	l.end()
	l.host.unmet = append(l.host.unmet, l.waiting...)
}

func (l *listener) end() {
	l.closed = true
	l.acceptBy.stop()
	delete(l.host.listeners, l.at.Port)
	l.changed.Broadcast()
}

// answer takes a dial from the network.
func (h *Host) answer(m *message) {
	l, ok := h.listeners[m.To.Port]
	switch {
	case !ok:
		h.refuse(m)
	case len(l.accepted) >= backlog:
		l.waiting = append(l.waiting, m)
	default:
		l.open(m)
	}
}

// open accepts a dial in the name of the operating system.
func (l *listener) open(m *message) {
	c := l.host.meet(m)
	c.opened = true
	l.accepted = append(l.accepted, c)
	l.changed.Broadcast()
	c.answer(SYNACK)
}

func (h *Host) refuse(m *message) { h.meet(m).answer(RST) }

// meet makes this host's end of a connection that was dialled.
func (h *Host) meet(m *message) *conn {
	h.net.log.delivered(h, m)
	c := newConn(h, m.To, m.From, m.Conn)
	c.peer, m.by.peer = m.by, c
	return c
}
