package minirabbit

import (
	"bytes"
	"math"
	"net"
	"sync"

	"scalelab/pkg/minirabbit/internal/wire"
)

// Ear is told of a method by its numbers of class and method in the specification. It must not use the connection.
type Ear func(class, method uint16)

// Overhear returns a client's connection that tells of every method which the client sends, just before the bytes with the method's end
// are handed on, and of every one which it receives, just after they have been read. Either may be nil. It works in front of any broker.
func Overhear(conn net.Conn, sent, received Ear) net.Conn {
	return &overheard{
		Conn:     conn,
		sent:     methods{told: sent, header: len(wire.Header)},
		received: methods{told: received},
	}
}

type overheard struct {
	net.Conn
	sent, received methods
}

// Write hands bytes of the client on.
func (o *overheard) Write(p []byte) (int, error) {
	o.sent.follow(p)
	return o.Conn.Write(p)
}

// Read hands bytes of the broker on.
func (o *overheard) Read(p []byte) (int, error) {
	n, err := o.Conn.Read(p)
	o.received.follow(p[:n])
	return n, err
}

// methods finds the methods in one direction of a connection, whatever pieces it comes in.
type methods struct {
	told   Ear
	header int // bytes before the first frame that have not come yet

	mu     sync.Mutex
	unread []byte // of a frame that is not complete
}

func (m *methods) follow(p []byte) {
	if m.told == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	skip := min(m.header, len(p))
	m.header -= skip
	m.unread = append(m.unread, p[skip:]...)
	for {
		rest := bytes.NewReader(m.unread)
		frame, err := wire.ReadFrame(rest, math.MaxUint32)
		if err != nil {
			return // not complete yet
		}
		m.unread = m.unread[len(m.unread)-rest.Len():]
		if method, ok := isMethod(frame); ok {
			m.told(method.ID().Class, method.ID().Method)
		}
	}
}
