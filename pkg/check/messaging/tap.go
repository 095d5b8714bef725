package messaging

import (
	"bytes"
	"context"
	"net"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"scalelab/pkg/check"
)

// Tap is the subject's wire to the fault proxy. It notices when certain bytes go out, such as the body of a message that no
// queue wants, which no broker can tell, and lets the check act at exactly that moment.
//
//	subject ── tap ──▶ fault proxy ──▶ broker
//	             └ just before the bytes: the check's fault; just after them: sent
type Tap struct {
	net.Conn

	mu     sync.Mutex
	marker []byte
	fault  func()
	sent   chan struct{}
}

// When runs fault just before the marker goes out for the first time, and closes the returned channel when it has.
func (w *Tap) When(marker string, fault func()) (sent <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.marker, w.fault, w.sent = []byte(marker), fault, make(chan struct{})
	return w.sent
}

// Write hands bytes of the client library on.
func (w *Tap) Write(p []byte) (int, error) {
	w.mu.Lock()
	fault, sent := w.fault, w.sent
	if fault == nil || !bytes.Contains(p, w.marker) {
		w.mu.Unlock()
		return w.Conn.Write(p)
	}
	w.fault = nil
	w.mu.Unlock()
	fault()
	defer close(sent)
	return w.Conn.Write(p)
}

// DialTapped connects through the fault proxy with a tap on the wire.
func (b *Broker) DialTapped() (*amqp.Connection, *Tap) {
	b.T.Helper()
	tap := &Tap{}
	conn := b.DialOver(0, func(wire net.Conn) net.Conn {
		tap.Conn = wire
		return tap
	})
	return conn, tap
}

// DialOver connects through the fault proxy with something over the wire. channels bounds those of the connection, 0 for no bound. The
// connection is closed when the check ends.
func (b *Broker) DialOver(channels uint16, over func(wire net.Conn) net.Conn) *amqp.Connection {
	b.T.Helper()
	conn, err := Connect(b.URL, channels, over)
	if err != nil {
		check.Unjudged(b.T, "the connection through the fault proxy failed")
	}
	b.T.Cleanup(func() {
		_ = b.Heal(context.Background()) // the check's own context has ended
		_ = conn.CloseDeadline(time.Now().Add(time.Second))
	})
	return conn
}

// heartbeat is between both ends of a connection. The client gives up a broker of which it has heard nothing for one and a half of
// them. No check keeps a broker silent for as long, so none is taken for dead by chance (unless the server asks for shorter ones).
const heartbeat = time.Minute

// Connect connects to a broker with something over the wire. channels bounds those of the connection, 0 for no bound.
func Connect(url string, channels uint16, over func(wire net.Conn) net.Conn) (*amqp.Connection, error) {
	return amqp.DialConfig(url, amqp.Config{ChannelMax: channels, Heartbeat: heartbeat, Dial: func(network, addr string) (net.Conn, error) {
		wire, err := amqp.DefaultDial(Patience)(network, addr)
		if err != nil {
			return nil, err
		}
		return over(wire), nil
	}})
}

// Methods that a minirabbit.Ear is told of, by the numbers of AMQP 0-9-1's specification.
const (
	ClassChannel  = 20
	MethodOpen    = 10
	MethodClose   = 40
	MethodCloseOK = 41

	ClassBasic    = 60
	MethodPublish = 40
	MethodDeliver = 60
	MethodAck     = 80
	MethodReject  = 90
	MethodNack    = 120
)

// BasicConsume is how the method basic.consume begins on the wire: class 60, method 20, a reserved field of two bytes.
const BasicConsume = "\x00\x3c\x00\x14\x00\x00"
