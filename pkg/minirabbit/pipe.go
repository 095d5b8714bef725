package minirabbit

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// pipe makes a connection in memory. Unlike net.Pipe it has a buffer, as a socket has: a write does not wait for the
// reader, and what was written before a close can still be read. It blocks on a sync.Cond only, which a synctest
// bubble can see.
func pipe() (client, server net.Conn) {
	up, down := newStream(), newStream()
	return &pipeConn{in: down, out: up, name: "client"}, &pipeConn{in: up, out: down, name: "server"}
}

// stream is one direction.
type stream struct {
	mu       sync.Mutex
	changed  *sync.Cond
	buf      []byte
	closed   bool // by the writer: what is buffered can still be read
	broken   bool // by the reader: writes fail
	deadline time.Time
	timer    *time.Timer
}

func newStream() *stream {
	s := &stream{}
	s.changed = sync.NewCond(&s.mu)
	return s
}

func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.broken:
			return 0, net.ErrClosed
		case !s.deadline.IsZero() && !time.Now().Before(s.deadline):
			return 0, os.ErrDeadlineExceeded
		case len(s.buf) > 0:
			n := copy(p, s.buf)
			s.buf = s.buf[n:]
			return n, nil
		case s.closed:
			return 0, io.EOF
		}
		s.changed.Wait()
	}
}

func (s *stream) write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, net.ErrClosed
	}
	if s.broken {
		return 0, io.ErrClosedPipe
	}
	s.buf = append(s.buf, p...)
	s.changed.Broadcast()
	return len(p), nil
}

func (s *stream) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	s.changed.Broadcast()
}

func (s *stream) setDeadline(t time.Time) {
	s.set(func() {
		s.deadline = t
		if s.timer != nil {
			s.timer.Stop()
		}
		if !t.IsZero() {
			s.timer = time.AfterFunc(time.Until(t), func() { s.set(func() {}) })
		}
	})
}

type pipeConn struct {
	in, out *stream
	name    string
}

func (c *pipeConn) Read(p []byte) (int, error)  { return c.in.read(p) }
func (c *pipeConn) Write(p []byte) (int, error) { return c.out.write(p) }

func (c *pipeConn) Close() error {
	c.out.set(func() { c.out.closed = true })
	c.in.setDeadline(time.Time{})
	c.in.set(func() { c.in.broken = true })
	return nil
}

func (c *pipeConn) LocalAddr() net.Addr  { return pipeAddr(c.name) }
func (c *pipeConn) RemoteAddr() net.Addr { return pipeAddr(c.name + " peer") }

func (c *pipeConn) SetDeadline(t time.Time) error     { return c.SetReadDeadline(t) }
func (c *pipeConn) SetReadDeadline(t time.Time) error { c.in.setDeadline(t); return nil }

// SetWriteDeadline has nothing to bound: a write never blocks.
func (c *pipeConn) SetWriteDeadline(time.Time) error { return nil }

type pipeAddr string

func (pipeAddr) Network() string  { return "memory" }
func (a pipeAddr) String() string { return string(a) }
