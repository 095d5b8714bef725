package minirabbit

import (
	"bytes"
	"math"
	"net"
	"sync"

	"scalelab/pkg/minirabbit/internal/wire"
)

// Overhear returns a client's connection that tells of every method which the client sends, by the numbers of class and method in the
// specification, just before the bytes with the method's end are handed on. told must not use the connection. It works in front of any broker.
func Overhear(conn net.Conn, told func(class, method uint16)) net.Conn {
	return &overheard{Conn: conn, told: told}
}

type overheard struct {
	net.Conn
	told func(class, method uint16)

	mu     sync.Mutex
	unread []byte // of a frame that is not complete
	begun  bool   // the protocol header is through
}

// Write hands bytes of the client on.
func (o *overheard) Write(p []byte) (int, error) {
	o.mu.Lock()
	o.unread = append(o.unread, p...)
	o.read()
	o.mu.Unlock()
	return o.Conn.Write(p)
}

// read takes whole frames off what is unread. The lock is held.
func (o *overheard) read() {
	if !o.begun && len(o.unread) >= len(wire.Header) {
		o.begun, o.unread = true, o.unread[len(wire.Header):]
	}
	for o.begun {
		rest := bytes.NewReader(o.unread)
		frame, err := wire.ReadFrame(rest, math.MaxUint32)
		if err != nil {
			return // not complete yet
		}
		o.unread = o.unread[len(o.unread)-rest.Len():]
		if m, ok := isMethod(frame); ok {
			o.told(m.ID().Class, m.ID().Method)
		}
	}
}
