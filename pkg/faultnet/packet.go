package faultnet

import (
	"bytes"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	largestDatagram = 65507     // what fits into an IPv4 packet
	receiveBuffer   = 208 << 10 // Linux's default
)

// packetConn is a socket for datagrams: a net.PacketConn and, if it was dialled, a net.Conn.
type packetConn struct {
	host    *Host
	local   Addr
	remote  Addr // the zero Addr unless dialled
	changed *sync.Cond
	readBy  deadline
	writeBy deadline
	in      []*message
	size    int // of all in in
	failed  syscall.Errno
	closed  bool
}

var (
	_ net.PacketConn = (*packetConn)(nil)
	_ net.Conn       = (*packetConn)(nil)
)

// ListenPacket opens a port for datagrams: "udp" and ":53". Port 0 takes the next free one.
func (h *Host) ListenPacket(network, address string) (net.PacketConn, error) {
	kind, err := networkOf(network)
	if err == nil && kind != "udp" {
		err = net.UnknownNetworkError(network)
	}
	if err != nil {
		return nil, failure("listen", network, nil, nil, err)
	}
	at, err := h.own("udp", address)
	if err != nil {
		return nil, failure("listen", network, nil, at, err)
	}
	h.net.enter()
	defer h.net.mu.Unlock()
	p, err := h.socket(at, Addr{})
	if err != nil {
		return nil, failure("listen", network, nil, at, err)
	}
	return p, nil
}

// dialPacket opens a socket that knows one peer only.
func (h *Host) dialPacket(to Addr) (net.Conn, error) {
	p, err := h.socket(Addr{Net: "udp", Host: h.name}, to)
	if err != nil {
		return nil, failure("dial", "udp", nil, to, err)
	}
	return p, nil
}

func (h *Host) socket(local, remote Addr) (*packetConn, error) {
	port, err := bind(h, h.sockets, local.Port)
	if err != nil {
		return nil, err
	}
	local.Port = port
	p := &packetConn{host: h, local: local, remote: remote, changed: sync.NewCond(&h.net.mu)}
	h.sockets[port] = p
	return p, nil
}

func (p *packetConn) LocalAddr() net.Addr { return p.local }

// RemoteAddr is nil unless the socket was dialled.
func (p *packetConn) RemoteAddr() net.Addr {
	if p.remote == (Addr{}) {
		return nil
	}
	return p.remote
}

// ReadFrom waits for a datagram. What does not fit into b is gone.
func (p *packetConn) ReadFrom(b []byte) (int, net.Addr, error) {
	p.host.net.enter()
	defer p.host.net.mu.Unlock()
	for {
		switch {
		case p.closed:
			return 0, nil, p.fail("read", net.ErrClosed)
		case p.readBy.over():
			return 0, nil, p.fail("read", os.ErrDeadlineExceeded)
		case p.failed != 0:
			return 0, nil, p.fail("read", p.takeFailure())
		case len(p.in) > 0:
			m := p.in[0]
			p.in[0] = nil
			p.in = p.in[1:]
			p.size -= len(m.Data)
			return copy(b, m.payload()), m.From, nil
		}
		p.changed.Wait()
	}
}

func (p *packetConn) Read(b []byte) (int, error) {
	n, _, err := p.ReadFrom(b)
	return n, err
}

// WriteTo sends a datagram to an Addr, or to anything whose String is "host:port". That it returns nil says nothing about what
// becomes of the datagram.
func (p *packetConn) WriteTo(b []byte, to net.Addr) (int, error) {
	dst, ok := to.(Addr)
	if !ok {
		var err error
		if to == nil {
			err = &net.AddrError{Err: "missing address"}
		} else {
			dst, err = p.host.resolve("udp", to.String())
		}
		if err != nil {
			return 0, failure("write", "udp", p.local, to, err)
		}
	}
	p.host.net.enter()
	defer p.host.net.mu.Unlock()
	if p.remote != (Addr{}) {
		return 0, failure("write", "udp", p.local, to, net.ErrWriteToConnected)
	}
	return p.write(b, dst)
}

func (p *packetConn) Write(b []byte) (int, error) {
	p.host.net.enter()
	defer p.host.net.mu.Unlock()
	if p.remote == (Addr{}) {
		return 0, failure("write", "udp", p.local, nil, syscall.EDESTADDRREQ)
	}
	return p.write(b, p.remote)
}

func (p *packetConn) write(b []byte, to Addr) (int, error) {
	var err error
	switch {
	case p.closed:
		err = net.ErrClosed
	case p.writeBy.over():
		err = os.ErrDeadlineExceeded
	case p.failed != 0:
		err = p.takeFailure()
	case len(b) > largestDatagram:
		err = syscall.EMSGSIZE
	}
	if err != nil {
		return 0, failure("write", "udp", p.local, to, err)
	}
	to.Net = "udp"
	n := p.host.net
	f := n.flow(p.local, to)
	m := &message{
		Message: Message{From: p.local, To: to, Seq: f.next(), Repeat: f.repeats(b), Data: bytes.Clone(b)},
		flow:    f, byPayload: n.byPayload,
	}
	n.transmit(m)
	return len(b), nil
}

func (p *packetConn) takeFailure() syscall.Errno {
	err := p.failed
	p.failed = 0
	return err
}

// Close drops what was not read.
func (p *packetConn) Close() error {
	p.host.net.enter()
	defer p.host.net.mu.Unlock()
	if p.closed {
		return p.fail("close", net.ErrClosed)
	}
	p.close()
	return nil
}

func (p *packetConn) close() {
	p.closed = true
	p.in, p.size = nil, 0
	p.readBy.stop()
	p.writeBy.stop()
	delete(p.host.sockets, p.local.Port)
	p.changed.Broadcast()
}

func (p *packetConn) SetDeadline(t time.Time) error      { return p.setDeadlines(t, &p.readBy, &p.writeBy) }
func (p *packetConn) SetReadDeadline(t time.Time) error  { return p.setDeadlines(t, &p.readBy) }
func (p *packetConn) SetWriteDeadline(t time.Time) error { return p.setDeadlines(t, &p.writeBy) }

func (p *packetConn) setDeadlines(t time.Time, which ...*deadline) error {
	p.host.net.enter()
	defer p.host.net.mu.Unlock()
	if p.closed {
		return failure("set", "udp", nil, p.local, net.ErrClosed)
	}
	for _, d := range which {
		d.set(t, p.changed)
	}
	return nil
}

func (p *packetConn) fail(op string, err error) error {
	return failure(op, "udp", p.local, p.RemoteAddr(), err)
}
