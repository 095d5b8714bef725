package rpc_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"sync"

	"scalelab/labs/ch03-essentials/rpc"
)

// backend is a server made by hand: it collects requests, and replies what the check wants, when it wants.
type backend struct {
	s     *scene
	desk  *desk           // whose client it serves; nil until it has dialled
	drawn map[string]bool // calls whose requests stand in the picture

	mu       sync.Mutex
	conns    []net.Conn
	requests []rpc.Request
	ended    int // connections that the client has ended
}

// open starts the server made by hand, and a client of it.
func (s *scene) open() (*backend, *desk) {
	s.lanes("client", "server")
	b := s.openServer()
	b.desk = s.dialled()
	return b, b.desk
}

func (s *scene) openServer() *backend {
	b := &backend{s: s, drawn: map[string]bool{}}
	l := s.listen()
	s.cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			b.mu.Lock()
			b.conns = append(b.conns, conn)
			b.mu.Unlock()
			go b.collect(conn)
		}
	}()
	return b
}

func (b *backend) collect(conn net.Conn) {
	defer conn.Close()
	for {
		q, err := rpc.ReadRequest(conn)
		b.mu.Lock()
		if err != nil {
			b.ended++
			b.mu.Unlock()
			return
		}
		b.requests = append(b.requests, q)
		b.mu.Unlock()
	}
}

// request finds the request of a call by what the call says. Without one the check fails.
func (b *backend) request(name string) rpc.Request {
	b.s.t.Helper()
	found := b.find(name)
	if len(found) == 1 && !b.drawn[name] {
		b.drawn[name] = true
		b.s.leads(b.asked(name), "server", "receive "+describeRequest(found[0]))
	}
	const once = "has arrived once"
	got := once
	switch {
	case len(found) == 0:
		got = "has not arrived"
	case len(found) > 1:
		got = "has arrived more than once"
	}
	b.s.same("server", "request of call "+name+": "+once, "request of call "+name+": "+got, "the request of a call that is under way")
	return found[0]
}

// asked is the step at which a call began.
func (b *backend) asked(name string) int {
	if b.desk == nil || b.desk.calls[name] == nil {
		return -1
	}
	return b.desk.calls[name].asked
}

func (b *backend) find(name string) (found []rpc.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, q := range b.requests {
		var said string
		if json.Unmarshal(q.Args, &said) == nil && strings.TrimRight(said, " ") == name {
			found = append(found, q)
		}
	}
	return found
}

// ids are all IDs that the client has used.
func (b *backend) ids() map[uint64]bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	ids := map[uint64]bool{}
	for _, q := range b.requests {
		ids[q.ID] = true
	}
	return ids
}

// count is how many requests have come.
func (b *backend) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.requests)
}

// reply sends "reply to <name>" to the call that said name, and lets it arrive.
func (b *backend) reply(name string) {
	b.s.t.Helper()
	b.respond(rpc.Response{ID: b.request(name).ID, Body: fmt.Appendf(nil, `"reply to %s"`, name)})
}

// respond sends responses by a single Write, and lets them arrive.
func (b *backend) respond(responses ...rpc.Response) {
	b.s.t.Helper()
	for _, p := range responses {
		b.s.tells("server", describeResponse(p), "client", "receive")
	}
	b.write(frames(responses...))
	b.s.settle()
}

func frames(responses ...rpc.Response) []byte {
	var all bytes.Buffer
	for _, p := range responses {
		if err := rpc.WriteResponse(&all, p); err != nil {
			panic(err) // the suite's own mistake
		}
	}
	return all.Bytes()
}

// write sends bytes on the client's connection.
func (b *backend) write(data []byte) {
	b.s.t.Helper()
	if _, err := b.conn().Write(data); err != nil {
		b.s.t.Fatalf("the connection lives on, but the client has ended it")
	}
}

func (b *backend) conn() net.Conn {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.conns[0]
}

// dials is how often the client has connected.
func (b *backend) dials() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.conns)
}

// closedByClient tells how many connections the client has ended.
func (b *backend) closedByClient() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ended
}
