package rpc_test

import (
	"errors"
	"net"
	"testing"

	"scalelab/labs/ch03-essentials/rpc"
	"scalelab/pkg/check"
)

func TestBrokenConnectionHarmsNobody(t *testing.T) {
	half := frame(rpc.Request{ID: 1, Name: "hold", Args: []byte(`"half"`)})
	half = half[:len(half)-3]
	check.Bubble(t, func(t *check.T) {
		for _, b := range []struct {
			what string
			harm func(s *scene, p *peer)
		}{
			{"a frame that is too short", func(_ *scene, p *peer) { p.write([]byte{0, 0, 0, 2, 1, 2}) }},
			{"a frame that is too long", func(_ *scene, p *peer) { p.write([]byte{255, 255, 255, 255, 1, 2}) }},
			{"a name longer than its frame", func(_ *scene, p *peer) { p.write([]byte{0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1, 200}) }},
			{"half a request, and then no more", func(s *scene, p *peer) {
				p.write(half)
				broken(s.t, p.conn.(interface{ CloseWrite() error }).CloseWrite())
			}},
			{"a reset in the middle of a request", func(s *scene, p *peer) {
				p.write(half)
				s.settle()
				broken(s.t, p.conn.(interface{ SetLinger(int) error }).SetLinger(0))
				broken(s.t, p.conn.Close())
			}},
		} {
			play(t, "One connection breaks: "+b.what, func(s *scene) {
				v := s.serve()
				other, bad := s.connect("another client"), s.connect("client")
				other.send(1, "hold", `"other"`)
				s.tells("client", b.what, "server", "receive")
				b.harm(s, bad)
				s.settle()
				bad.expect(theEnd, "the server closes a connection on which this comes: %s", b.what)
				v.expect("half", notBegun, "the handler of a request that has not arrived whole")
				v.letGo("other")
				other.expect(`#1 OK "done other"`, "a call of one connection does not notice that another has broken")
				other.lives(2, "when another one has broken,")
				s.connect("later client").lives(1, "when another one has broken,")
			})
		}
		play(t, "A client leaves before it is answered", func(s *scene) {
			v := s.serve()
			other, gone := s.connect("another client"), s.connect("client")
			gone.send(1, "hold", `"gone"`)
			s.does("client", "closes its connection")
			broken(t, gone.conn.Close())
			s.settle()
			v.letGo("gone")
			other.lives(1, "when another one has ended,")
			s.connect("later client").lives(1, "when another one has ended,")
		})
	})
}

func TestHandlersLearnThatTheirCallerIsGone(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		play(t, "A client closes its connection", func(s *scene) {
			v := s.serve()
			a, b := s.connect("client a"), s.connect("client b")
			a.lives(1, "before anything else")
			a.send(2, "hold", `"a"`)
			b.send(1, "hold", `"b"`)
			v.expect("a", running, "a handler whose connection lives, after another call of that connection has returned")
			s.does("client a", "closes its connection")
			broken(t, a.conn.Close())
			s.settle()
			v.expect("a", interrupted, "a handler whose connection was closed by the client")
			v.expect("b", running, "a handler whose connection lives, after another connection has ended")
			v.letGo("b")
			b.expect(`#1 OK "done b"`, "the other connection lives on")
		})
		play(t, "A connection is reset", func(s *scene) {
			v := s.serve()
			a := s.connect("client")
			a.send(1, "hold", `"a"`)
			s.reset()
			v.expect("a", interrupted, "a handler whose connection was reset")
		})
		play(t, "The listener is closed", func(s *scene) {
			v := s.serve()
			a, b := s.connect("client a"), s.connect("client b")
			a.send(1, "hold", `"a"`)
			_, returned := v.returned()
			s.same("server", false, returned, "Serve has returned, while its listener is open")
			s.does("server", "the listener is closed")
			v.close()
			s.settle()
			v.expect("a", interrupted, "a handler, when the listener was closed")
			s.same("server", true, a.over() && b.over(), "the connections have ended, busy or idle, when the listener was closed")
			v.letGo("a") // Serve may wait for its handlers
			err, returned := v.returned()
			s.same("server", true, returned, "Serve has returned, after its listener was closed and its handlers have returned")
			s.same("server", true, errors.Is(err, net.ErrClosed), "the error of Serve is that of Accept")
		})
	})
}
