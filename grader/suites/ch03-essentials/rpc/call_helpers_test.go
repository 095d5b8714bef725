package rpc_test

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"syscall"
	"time"

	"scalelab/labs/ch03-essentials/rpc"
)

// desk is the student's client, and the calls that the check makes with it.
type desk struct {
	s       *scene
	client  *rpc.Client
	line    *line
	dialled context.CancelFunc // ends the context of Dial
	calls   map[string]*call   // by name
}

// dialled makes a client of the server at the other end.
func (s *scene) dialled() *desk {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	s.cleanup(cancel)
	d := &desk{s: s, dialled: cancel, calls: map[string]*call{}}
	client, err := rpc.Dial(ctx, func(ctx context.Context) (net.Conn, error) {
		conn, err := s.dial(ctx)
		d.line = &line{Conn: conn}
		return d.line, err
	})
	if err != nil || client == nil {
		s.t.Fatalf("Dial returns a client if the dialer returns a connection: it returned %s", outcome("", err))
	}
	s.cleanup(func() { client.Close() })
	s.settle()
	d.client = client
	return d
}

// line is the client's connection, whose Write the check can break.
type line struct {
	net.Conn
	broken atomic.Bool
}

func (l *line) Write(p []byte) (int, error) {
	if l.broken.Load() {
		return 0, syscall.EPIPE
	}
	return l.Conn.Write(p)
}

// call is a call in a goroutine of its own.
type call struct {
	d     *desk
	name  string
	reply string
	err   error
	took  time.Duration // virtual
	done  chan struct{}
	asked int  // the step of the picture at which it began
	drawn bool // that it has returned stands in the picture
}

// ask calls the handler "ask", saying name. What is said may be filled up with blanks to a size.
func (d *desk) ask(ctx context.Context, name string) *call { return d.askLarge(ctx, name, 0) }

func (d *desk) askLarge(ctx context.Context, name string, size int) *call {
	c := &call{d: d, name: name, done: make(chan struct{})}
	return c.start(func() error { return d.client.Call(ctx, "ask", fmt.Sprintf("%-*s", size, name), &c.reply) })
}

// start makes the call, and lets the request arrive.
func (c *call) start(do func() error) *call {
	began := time.Now()
	c.asked = c.d.s.does("client", "call "+c.name)
	c.d.calls[c.name] = c
	go func() {
		defer close(c.done)
		c.err = do()
		c.took = time.Since(began)
	}()
	c.d.s.settle()
	return c
}

func (c *call) returned() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

const waits = "nothing yet: it has not returned"

// outcome is what has become of the call.
func (c *call) outcome() string {
	if !c.returned() {
		return waits
	}
	return outcome(c.reply, c.err)
}

// expect fails unless the call has come to this.
func (c *call) expect(want, rule string, args ...any) {
	c.d.s.t.Helper()
	got := c.outcome()
	if got == want && got != waits && !c.drawn {
		c.drawn = true
		c.d.s.does("client", "call "+c.name+" returns "+got)
	}
	c.d.s.same("client", "call "+c.name+": "+want, "call "+c.name+": "+got, rule, args...)
}

// answered fails unless the call has returned its own reply.
func (c *call) answered(rule string, args ...any) {
	c.d.s.t.Helper()
	c.expect(outcome("reply to "+c.name, nil), rule, args...)
}

// waiting fails unless the call is under way.
func (c *call) waiting(rule string, args ...any) {
	c.d.s.t.Helper()
	c.expect(waits, rule, args...)
}

// lives fails unless the connection is as good as before: another call is answered.
func (d *desk) lives(b *backend, name, after string) {
	d.s.t.Helper()
	c := d.ask(d.s.t.Context(), name)
	b.reply(name)
	c.answered("%s the connection is as good as before: the next call is answered", after)
	d.s.same("server", 0, b.closedByClient(), "connections that the client has ended, %s", after)
	d.s.same("server", 1, b.dials(), "connections that the client has made, %s", after)
}
