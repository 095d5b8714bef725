package faultnet

import (
	"bytes"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// largestSegment bounds what a stream sends at once. A Write is cut at fixed places, and a piece is sent when there is room for
// all of it, so what the segments are does not depend on how fast the reader is.
const largestSegment = 16 << 10

// conn is one end of a stream.
type conn struct {
	host    *Host
	local   Addr
	remote  Addr
	number  int
	dialled bool  // by this end
	peer    *conn // the other end
	flow    *flow // from here to there

	changed  *sync.Cond // on the network's lock
	readBy   deadline
	writeBy  deadline
	writing  bool         // somebody is inside Write
	in       bytes.Buffer // arrived and not read
	unread   int          // sent and not read by the peer
	opened   bool         // the dial was answered
	fin      bool         // the peer said that it has sent all
	dead     bool         // reset, or crashed: nothing is sent any more
	failed   syscall.Errno
	closed   bool // by the program
	gone     bool // with the host that crashed
	missed   bool // something arrived while the host was down
	noReads  bool // CloseRead
	noWrites bool // CloseWrite
	abortive bool // SetLinger(0)
}

var _ net.Conn = (*conn)(nil)

func newConn(h *Host, local, remote Addr, number int) *conn {
	c := &conn{host: h, local: local, remote: remote, number: number, flow: &flow{}, changed: sync.NewCond(&h.net.mu)}
	h.conns[c] = struct{}{}
	return c
}

func (c *conn) LocalAddr() net.Addr  { return c.local }
func (c *conn) RemoteAddr() net.Addr { return c.remote }

// Read waits for bytes, the end of the stream, an error or the deadline.
func (c *conn) Read(p []byte) (int, error) {
	c.host.net.enter()
	defer c.host.net.mu.Unlock()
	for {
		switch {
		case c.closed:
			return 0, c.fail("read", net.ErrClosed)
		case len(p) == 0:
			return 0, nil
		case c.readBy.over():
			return 0, c.fail("read", os.ErrDeadlineExceeded)
		case c.in.Len() > 0:
			k, _ := c.in.Read(p)
			c.peer.unread -= k
			c.peer.changed.Broadcast()
			return k, nil
		case c.fin || c.noReads:
			return 0, io.EOF
		case c.failed != 0:
			return 0, c.fail("read", c.takeFailure())
		case c.dead:
			return 0, io.EOF
		}
		c.changed.Wait()
	}
}

// Write returns when everything is on its way or waits in the window, not when it has arrived.
func (c *conn) Write(p []byte) (int, error) {
	c.host.net.enter()
	defer c.host.net.mu.Unlock()
	for c.writing && !c.closed {
		c.changed.Wait()
	}
	if c.closed {
		return 0, c.fail("write", net.ErrClosed)
	}
	c.writing = true
	defer func() { c.writing = false; c.changed.Broadcast() }()
	done := 0
	for {
		if err := c.cannotWrite(); err != nil {
			return done, c.fail("write", err)
		}
		if done == len(p) {
			return done, nil
		}
		next := min(len(p)-done, largestSegment, c.host.net.window)
		if c.unread+next > c.host.net.window {
			c.changed.Wait()
			continue
		}
		c.send(c.segment(Data, bytes.Clone(p[done:done+next])))
		if done += next; done == len(p) {
			return done, nil
		}
	}
}

func (c *conn) cannotWrite() error {
	switch {
	case c.closed:
		return net.ErrClosed
	case c.writeBy.over():
		return os.ErrDeadlineExceeded
	case c.failed != 0:
		return c.takeFailure()
	case c.dead || c.noWrites:
		return syscall.EPIPE
	}
	return nil
}

// takeFailure returns an error once, as a socket does; afterwards there is the end of the stream, and a broken pipe.
func (c *conn) takeFailure() syscall.Errno {
	err := c.failed
	c.failed = 0
	return err
}

// Close sends what was written and then the end of the stream; or a reset, if there is something that was not read.
func (c *conn) Close() error {
	c.host.net.enter()
	defer c.host.net.mu.Unlock()
	if c.closed {
		return c.fail("close", net.ErrClosed)
	}
	c.close()
	return nil
}

// CloseWrite ends the stream in one direction: the peer reads io.EOF, and can still write.
func (c *conn) CloseWrite() error {
	c.host.net.enter()
	defer c.host.net.mu.Unlock()
	switch {
	case c.closed:
		return c.fail("close", net.ErrClosed)
	case c.dead:
		return c.fail("close", os.NewSyscallError("shutdown", syscall.ENOTCONN))
	case !c.noWrites:
		c.noWrites = true
		c.control(FIN)
		c.changed.Broadcast()
	}
	return nil
}

// CloseRead makes reads return io.EOF. The peer is not told.
func (c *conn) CloseRead() error {
	c.host.net.enter()
	defer c.host.net.mu.Unlock()
	if c.closed {
		return c.fail("close", net.ErrClosed)
	}
	c.noReads = true
	c.changed.Broadcast()
	return nil
}

// SetLinger with 0 makes Close send a reset instead of the end of the stream. Other values change nothing.
func (c *conn) SetLinger(seconds int) error {
	c.host.net.enter()
	defer c.host.net.mu.Unlock()
	if c.closed {
		return c.fail("set", net.ErrClosed)
	}
	c.abortive = seconds == 0
	return nil
}

func (c *conn) SetDeadline(t time.Time) error      { return c.setDeadlines(t, &c.readBy, &c.writeBy) }
func (c *conn) SetReadDeadline(t time.Time) error  { return c.setDeadlines(t, &c.readBy) }
func (c *conn) SetWriteDeadline(t time.Time) error { return c.setDeadlines(t, &c.writeBy) }

func (c *conn) setDeadlines(t time.Time, which ...*deadline) error {
	c.host.net.enter()
	defer c.host.net.mu.Unlock()
	if c.closed {
		return c.fail("set", net.ErrClosed)
	}
	for _, d := range which {
		d.set(t, c.changed)
	}
	return nil
}

func (c *conn) fail(op string, err error) error {
	if op == "set" {
		return failure(op, "tcp", nil, c.local, err)
	}
	return failure(op, "tcp", c.local, c.remote, err)
}
