package rpc_test

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"scalelab/labs/ch03-essentials/rpc"
	"scalelab/pkg/check"
)

func TestLostConnectionFailsEveryCall(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		play(t, "Nobody listens", func(s *scene) {
			_, err := rpc.Dial(t.Context(), s.dial)
			s.same("client", true, errors.Is(err, rpc.ErrUnavailable), "the error of Dial is ErrUnavailable, if the dialer fails")
			s.same("client", true, errors.Is(err, syscall.ECONNREFUSED), "the error of Dial wraps that of the dialer, too")
		})
		for _, l := range losses {
			play(t, l.what, func(s *scene) { lose(s, l) })
		}
		play(t, "A reset while calls wait to write", func(s *scene) {
			_, d := s.open()
			s.stall()
			var calls []*call
			for i := range 4 {
				calls = append(calls, d.askLarge(t.Context(), fmt.Sprint(i+1), 40_000))
			}
			s.reset()
			for _, c := range calls {
				c.expect("ErrUnavailable", "a call returns when the connection ends, also if it waits to write")
			}
		})
	})
}

// loss is a way in which a connection ends.
type loss struct {
	what    string
	happens func(s *scene, b *backend, d *desk)
	cause   error // that every call must wrap; nil if that may differ
	byUs    bool  // it is the client who ends it, so it has to close its end
}

var losses = []loss{
	{what: "The server's process is killed", happens: func(s *scene, _ *backend, _ *desk) { s.kill() }},
	{what: "The connection is reset", cause: syscall.ECONNRESET, happens: func(s *scene, _ *backend, _ *desk) { s.reset() }},
	{what: "The server ends in the middle of a reply", happens: func(s *scene, b *backend, _ *desk) {
		reply := frames(rpc.Response{ID: b.request("a").ID, Body: []byte(`"reply to a"`)})
		s.tells("server", "a part of the reply to a", "client", "receive")
		b.write(reply[:len(reply)-4])
		s.settle()
		s.kill()
	}},
	{what: "The server sends what is no response", byUs: true, happens: func(s *scene, b *backend, _ *desk) {
		s.tells("server", "a frame of one byte", "client", "receive")
		b.write([]byte{0, 0, 0, 1, 0})
	}},
	{what: "The client is closed", byUs: true, happens: func(s *scene, _ *backend, d *desk) {
		s.does("client", "Close")
		s.same("client", nil, d.client.Close(), "Close returns nil")
	}},
	{what: "A request cannot be written", byUs: true, happens: func(s *scene, _ *backend, d *desk) {
		s.does("client", "from now on Write fails")
		d.line.broken.Store(true)
		d.ask(s.t.Context(), "in vain").expect("ErrUnavailable", "a call whose request cannot be written")
	}},
}

// lose makes calls, ends the connection, and makes another call.
func lose(s *scene, l loss) {
	b, d := s.open()
	calls := []*call{d.ask(s.t.Context(), "a"), d.ask(s.t.Context(), "b"), d.ask(s.t.Context(), "c")}
	for _, c := range calls {
		b.request(c.name)
	}
	b.reply("b")
	calls[1].answered("a call is answered before the connection ends")
	l.happens(s, b, d)
	s.settle()
	for _, c := range []*call{calls[0], calls[2]} {
		c.expect("ErrUnavailable", "every call that is under way returns when the connection ends")
		if l.cause != nil {
			s.same("client", true, errors.Is(c.err, l.cause), "the error wraps the cause: %v", l.cause)
		}
	}
	before := b.count()
	d.ask(s.t.Context(), "later").expect("ErrUnavailable", "a call on a connection that has ended returns at once")
	s.same("server", before, b.count(), "requests that have arrived after the end of the connection")
	if l.byUs {
		s.same("server", 1, b.closedByClient(), "connections that the client has closed")
	}
	s.same("server", 1, b.dials(), "connections that the client has made, before and after the end of the first")
	s.same("client", nil, d.client.Close(), "Close of a client whose connection has ended returns nil")
	s.same("client", nil, d.client.Close(), "Close returns nil, the second time as well")
}
