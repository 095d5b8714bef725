// Package memconn is an in-memory connection that behaves as a socket does where it matters to a client under test:
// writes are buffered, deadlines work, and a fault can hold bytes back or cut the line. All its waiting is durably
// blocking, so it may be used in a testing/synctest bubble.
//
//	client ── write ─▶ [ half: requests ] ─ read ─▶ server
//	client ◀─ read ──  [ half: answers  ] ◀ write ─ server
//
// net.Pipe will not do: its Write waits for the reader, so two ends that write at the same time wait for ever,
// where two sockets would not.
package memconn

import (
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// Conn is one end of a connection.
type Conn struct {
	in, out   *half
	local     Addr
	remote    Addr
	writeOver atomic.Pointer[time.Time] // write deadline
	closed    atomic.Bool
	onClose   func()
}

var _ net.Conn = (*Conn)(nil)

// Addr names an end; there is no network to find it on.
type Addr string

// Network is "memory".
func (Addr) Network() string { return "memory" }

func (a Addr) String() string { return string(a) }

// Read returns io.EOF once the other end closed and everything was read.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.in.read(p)
	return n, c.wrap("read", err)
}

// Write never waits.
func (c *Conn) Write(p []byte) (int, error) {
	if over := c.writeOver.Load(); over != nil && !over.IsZero() && !time.Now().Before(*over) {
		return 0, c.wrap("write", os.ErrDeadlineExceeded)
	}
	n, err := c.out.write(p)
	return n, c.wrap("write", err)
}

// Close ends both directions; the other end still reads what was written before.
func (c *Conn) Close() error {
	c.out.end()
	c.in.kill()
	c.closed.Store(true)
	if c.onClose != nil {
		c.onClose()
	}
	return nil
}

func (c *Conn) LocalAddr() net.Addr  { return c.local }
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

func (c *Conn) SetDeadline(t time.Time) error {
	_ = c.SetWriteDeadline(t)
	return c.SetReadDeadline(t)
}

func (c *Conn) SetReadDeadline(t time.Time) error {
	c.in.setDeadline(t)
	return nil
}

func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.writeOver.Store(&t)
	return nil
}

// wrap gives errors the shape that net's have; io.EOF stays as it is.
func (c *Conn) wrap(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &net.OpError{Op: op, Net: "memory", Source: c.local, Addr: c.remote, Err: err}
}
