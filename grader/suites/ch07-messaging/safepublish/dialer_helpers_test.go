package safepublish_test

import (
	"encoding/binary"
	"errors"
	"net"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"

	"scalelab/pkg/check/messaging"
)

// dialer connects the subject through the fault proxy, refuses to when it is told to, and counts.
type dialer struct {
	url string

	mu        sync.Mutex
	conns     []*amqp.Connection
	dials     int // calls, refused ones too
	refuse    int // so many calls more
	published int // messages that the subject has sent, over all connections
}

var errRefused = errors.New("connection refused")

// dial is what the subject calls.
func (d *dialer) dial() (*amqp.Connection, error) {
	d.mu.Lock()
	d.dials++
	if d.refuse > 0 {
		d.refuse--
		d.mu.Unlock()
		return nil, errRefused
	}
	d.mu.Unlock()
	conn, err := amqp.DialConfig(d.url, amqp.Config{Dial: func(network, addr string) (net.Conn, error) {
		conn, err := amqp.DefaultDial(messaging.Patience)(network, addr)
		return &wire{Conn: conn, dialer: d}, err
	}})
	if err == nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.conns = append(d.conns, conn)
	}
	return conn, err
}

// forbid refuses so many dials from now on.
func (d *dialer) forbid(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refuse = n
}

func (d *dialer) dialled() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dials
}

func (d *dialer) sent() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.published
}

// open is how many of the connections are open.
func (d *dialer) open() (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, conn := range d.conns {
		if !conn.IsClosed() {
			n++
		}
	}
	return n
}

// wire counts the messages that go out on one connection.
type wire struct {
	net.Conn
	dialer *dialer
	unread []byte // of a frame that is not complete
	begun  bool   // the protocol header is through
}

// On the wire: a frame is its type, its channel, its length, the payload and an end; a method's payload begins with class and method.
const (
	protocolHeader = 8
	frameHeader    = 7
	methodFrame    = 1
	basicPublish   = 60<<16 | 40
)

// Write hands bytes of the client library on.
func (w *wire) Write(p []byte) (int, error) {
	w.dialer.mu.Lock()
	w.unread = append(w.unread, p...)
	if !w.begun && len(w.unread) >= protocolHeader {
		w.begun, w.unread = true, w.unread[protocolHeader:]
	}
	for w.begun && len(w.unread) >= frameHeader {
		size := frameHeader + int(binary.BigEndian.Uint32(w.unread[3:])) + 1
		if len(w.unread) < size {
			break
		}
		if w.unread[0] == methodFrame && binary.BigEndian.Uint32(w.unread[frameHeader:]) == basicPublish {
			w.dialer.published++
		}
		w.unread = w.unread[size:]
	}
	w.dialer.mu.Unlock()
	return w.Conn.Write(p)
}
