package minirabbit

import (
	"fmt"
	"net"
	"slices"
	"sync"

	"scalelab/pkg/minirabbit/internal/wire"
)

// Proxy stands in front of a broker, a real one perhaps, and understands the frames that pass: so every fault that
// minirabbit has exists in front of RabbitMQ, too.
//
//	client ──▶ Proxy ──▶ broker
//	       ◀──       ◀──
//
// It passes the connection on from the protocol header to the close. Of the frames it changes one thing: an ack or
// nack of several publishes is sent as one for each, so that any of them can be lost.
type Proxy struct {
	schedule
	target   string
	clock    Clock
	in, out  *gate // towards the broker, towards the client
	listener net.Listener
	wait     sync.WaitGroup

	mu      sync.Mutex
	links   []*link
	blocked string // why the broker has blocked a connection
	down    bool
	closed  bool
}

var (
	_ Faults = (*Proxy)(nil)
	_ Faults = (*Broker)(nil)
	_ Faults = (*VHost)(nil)
)

// NewProxy listens on a free port of the loopback interface and passes on to the broker at host:port. The clock is
// for delayed confirms; nil is package time. Error: the listener's.
func NewProxy(target string, clock Clock) (*Proxy, error) {
	if clock == nil {
		clock = systemClock{}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("amqp proxy: %w", err)
	}
	p := &Proxy{target: target, clock: clock, in: newGate(), out: newGate(), listener: l}
	p.wait.Add(1)
	go p.accept(l)
	return p, nil
}

// Addr is the host:port to connect to.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// SetTarget changes where new connections lead, after a broker came back on another port.
func (p *Proxy) SetTarget(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

// Blocked is why the broker has ever blocked a connection that passes here, by connection.blocked ("low on memory");
// empty if it has not.
func (p *Proxy) Blocked() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.blocked
}

func (p *Proxy) noteBlocked(reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.blocked = reason
}

// Close ends the proxy and its connections; no goroutine is left.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.listener.Close()
	p.Cut()
	p.clear()
	p.wait.Wait()
}

// Cut closes every connection, on both sides; new ones are accepted.
func (p *Proxy) Cut() {
	p.mu.Lock()
	links := slices.Clone(p.links)
	p.mu.Unlock()
	for _, l := range links {
		l.cut()
	}
}

// Stall keeps the connections open and passes nothing on.
func (p *Proxy) Stall() {
	p.in.shut()
	p.out.shut()
}

// Mute passes on to the broker and withholds its answers.
func (p *Proxy) Mute() { p.out.shut() }

// Down cuts the connections and closes new ones as soon as they are made.
func (p *Proxy) Down() {
	p.mu.Lock()
	p.down = true
	p.mu.Unlock()
	p.Cut()
}

// Heal ends Stall, Mute and Down, sends the confirms that are held back, and forgets the counted faults that have not
// struck.
func (p *Proxy) Heal() {
	p.mu.Lock()
	p.down = false
	p.mu.Unlock()
	p.clear()
	p.in.reopen()
	p.out.reopen()
}

func (p *Proxy) accept(l net.Listener) {
	defer p.wait.Done()
	for {
		client, err := l.Accept()
		if err != nil {
			return // the listener is closed
		}
		if err := p.connect(client); err != nil {
			client.Close()
		}
	}
}

// connect leads a client to the broker and passes on in both directions until one of them ends.
func (p *Proxy) connect(client net.Conn) error {
	p.mu.Lock()
	target, refused := p.target, p.down || p.closed
	p.mu.Unlock()
	if refused {
		return errDown
	}
	server, err := net.Dial("tcp", target)
	if err != nil {
		return err
	}
	l := newLink(p, client, server)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down || p.closed {
		server.Close()
		return errDown
	}
	p.links = append(p.links, l)
	p.wait.Add(3)
	go l.run(l.upstream)
	go l.run(l.downstream)
	go l.write()
	return nil
}

func (p *Proxy) forget(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.links = slices.DeleteFunc(p.links, func(x *link) bool { return x == l })
}

// What a proxy takes of one frame before the broker has said how much it takes, and if it sets no limit.
const (
	firstFrameMax = 131_072
	anyFrameMax   = 1 << 24
)

// frameFudge is how much larger than it said RabbitMQ lets a frame be.
const frameFudge = 8

// backlog is how many frames may wait for a client that does not read before the broker is not read any more.
const backlog = 256

// isMethod decodes a method frame, and no other.
func isMethod(f wire.Frame) (wire.Method, bool) {
	if f.Type != wire.FrameMethod {
		return nil, false
	}
	m, err := wire.DecodeMethod(f.Payload)
	return m, err == nil
}
