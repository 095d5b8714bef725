package faultnet

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"
)

// dialPatience is how long Linux tries to reach a host that does not answer: six times, 127 s in all.
const dialPatience = 127 * time.Second

// Dial connects to "host:port". For "tcp" it returns when the other machine has answered, for "udp" at once. Its signature is
// that of net.Dialer.DialContext, so it fits http.Transport.
func (h *Host) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	kind, err := networkOf(network)
	if err != nil {
		return nil, failure("dial", network, nil, nil, err)
	}
	to, err := h.resolve(kind, address)
	if err != nil {
		return nil, failure("dial", network, nil, nil, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, failure("dial", network, nil, to, dialEnded(err))
	}
	n := h.net
	n.enter()
	defer n.mu.Unlock()
	if _, ok := n.hosts[to.Host]; !ok {
		return nil, failure("dial", network, nil, nil, &net.DNSError{Err: "no such host", Name: to.Host, IsNotFound: true})
	}
	if h.down {
		return nil, failure("dial", network, nil, to, syscall.ENETDOWN)
	}
	if kind == "udp" {
		return h.dialPacket(to)
	}
	c := h.dialling(to)
	if err := c.await(ctx); err != nil {
		c.close()
		delete(h.conns, c)
		return nil, failure("dial", network, nil, to, err)
	}
	return c, nil
}

// dialling sends the SYN. The local port follows from the number of the connection, so it does not depend on what else the
// host dials; two connections to different places may share it.
func (h *Host) dialling(to Addr) *conn {
	h.dials[to]++
	number := h.dials[to]
	local := Addr{Net: "tcp", Host: h.name, Port: firstDialling + (number-1)%ephemeralPorts}
	c := newConn(h, local, to, number)
	c.dialled = true
	c.control(SYN)
	return c
}

// await waits for the answer to a dial.
func (c *conn) await(ctx context.Context) error {
	wake := func() {
		c.host.net.enter()
		defer c.host.net.mu.Unlock()
		c.changed.Broadcast()
	}
	defer context.AfterFunc(ctx, wake)()
	patience := time.AfterFunc(dialPatience, wake)
	defer patience.Stop()
	start := time.Now()
	for {
		switch {
		case c.closed:
			return net.ErrClosed
		case isOver(ctx):
			return timedOut{}
		case ctx.Err() != nil:
			return dialEnded(ctx.Err())
		case c.opened:
			return nil
		case c.dead:
			return syscall.ECONNREFUSED
		case time.Since(start) >= dialPatience:
			return syscall.ETIMEDOUT
		}
		c.changed.Wait()
	}
}

// isOver asks the clock: at the very instant of its deadline a context may or may not have ended yet.
func isOver(ctx context.Context) bool {
	at, ok := ctx.Deadline()
	return ok && !time.Now().Before(at) && !errors.Is(ctx.Err(), context.Canceled)
}
