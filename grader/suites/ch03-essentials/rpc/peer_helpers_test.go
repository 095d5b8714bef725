package rpc_test

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"

	"scalelab/labs/ch03-essentials/rpc"
	"scalelab/pkg/check"
)

// peer is a client made by hand: it sends what the check wants, and collects what comes back.
type peer struct {
	s    *scene
	lane string // in the picture
	conn net.Conn

	mu      sync.Mutex
	replies []string // "#1 OK "a""
	ended   bool     // the server has ended the connection
}

// connect makes a peer that reads whatever comes.
func (s *scene) connect(lane string) *peer {
	p := s.connectDeaf(lane)
	p.listen()
	return p
}

// connectDeaf makes a peer that does not read.
func (s *scene) connectDeaf(lane string) *peer {
	s.t.Helper()
	conn, err := s.dial(s.t.Context())
	if err != nil {
		s.t.Fatalf("the server accepts every connection while it serves: a connection to it cannot be made")
	}
	s.cleanup(func() { conn.Close() })
	s.lanes(lane)
	return &peer{s: s, lane: lane, conn: conn}
}

// listen begins to read.
func (p *peer) listen() {
	go func() {
		for {
			r, err := rpc.ReadResponse(p.conn)
			p.mu.Lock()
			if err != nil {
				p.ended = true
				p.mu.Unlock()
				return
			}
			p.replies = append(p.replies, fmt.Sprintf("#%d %s", r.ID, describeResponse(r)))
			p.mu.Unlock()
		}
	}()
}

// send sends a request and lets it arrive.
func (p *peer) send(id uint64, name, args string) {
	p.s.t.Helper()
	q := rpc.Request{ID: id, Name: name, Args: []byte(args)}
	p.s.tells(p.lane, fmt.Sprintf("send #%d %s", id, describeRequest(q)), "server", "receive")
	p.write(frame(q))
	p.s.settle()
}

// write sends bytes; it does not wait for them to arrive.
func (p *peer) write(data []byte) {
	p.s.t.Helper()
	if _, err := p.conn.Write(data); err != nil {
		p.s.t.Fatalf("the connection lives on, but the server has ended it")
	}
}

func frame(q rpc.Request) []byte {
	var b bytes.Buffer
	if err := rpc.WriteRequest(&b, q); err != nil {
		panic(err) // the suite's own mistake
	}
	return b.Bytes()
}

const (
	nothing = "nothing"
	theEnd  = "the end of the connection"
)

// got is what has come back since the last call of got, in the order of the IDs that the peer chose.
func (p *peer) got() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	replies := p.replies
	p.replies = nil
	slices.Sort(replies)
	if p.ended {
		replies = append(replies, theEnd)
	}
	if len(replies) == 0 {
		return nothing
	}
	return strings.Join(replies, ", ")
}

// expect fails unless exactly this has come back.
func (p *peer) expect(want, rule string, args ...any) {
	p.s.t.Helper()
	got := p.got()
	if got == want && got != nothing {
		p.s.tells("server", want, p.lane, "receive")
	}
	p.s.same(p.lane, want, got, rule, args...)
}

// lives fails unless the connection is as good as before.
func (p *peer) lives(id uint64, after string) {
	p.s.t.Helper()
	p.send(id, "echo", `"still there"`)
	p.expect(fmt.Sprintf(`#%d OK "still there"`, id), "%s the connection is as good as before: the next request is answered", after)
}

// broken turns an error of the network that no student can cause into no verdict.
func broken(t *check.T, err error) {
	t.Helper()
	if err != nil {
		check.Unjudged(t, err.Error())
	}
}

// over tells whether the server has ended the connection.
func (p *peer) over() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended
}
