package safepublish_test

import (
	"errors"
	"net"
	"slices"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"

	"scalelab/pkg/check/messaging"
	"scalelab/pkg/minirabbit"
)

// dialer connects the subject through the fault proxy, refuses to when it is told to, and counts.
type dialer struct {
	url  string
	door sync.RWMutex // locked while dials shall wait

	mu        sync.Mutex
	conns     []*amqp.Connection
	dials     int // calls, refused ones too
	refuse    int // so many calls more
	published int // messages that the subject has sent, over all connections
	answered  int // acks and nacks that its library has read
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
	d.door.RLock()
	defer d.door.RUnlock()
	conn, err := messaging.Connect(d.url, 0, func(wire net.Conn) net.Conn { return minirabbit.Overhear(wire, d.countPublish, d.countAnswer) })
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

func (d *dialer) dialledConns() []*amqp.Connection {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.conns)
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

func (d *dialer) answers() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.answered
}

func (d *dialer) countPublish(class, method uint16) {
	d.countIf(&d.published, class, method, messaging.MethodPublish)
}

func (d *dialer) countAnswer(class, method uint16) {
	d.countIf(&d.answered, class, method, messaging.MethodAck, messaging.MethodNack)
}

func (d *dialer) countIf(n *int, class, method uint16, wanted ...uint16) {
	if class != messaging.ClassBasic || !slices.Contains(wanted, method) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	*n++
}

// cut loses the connection, and returns when the subject's library knows.
func (s *scene) cut() {
	s.T.Helper()
	s.mu.Lock()
	last := s.conns[len(s.conns)-1]
	s.mu.Unlock()
	s.door.Lock() // a new connection that comes at once must not be cut, too
	s.Fault(s.Cut)
	s.door.Unlock()
	s.Lost(last)
	s.Does(exchange, "the connection is cut")
}
