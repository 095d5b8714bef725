package minirabbit

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"scalelab/pkg/minirabbit/internal/wire"
)

// Start makes a broker and listens. Error: the listener's.
func Start(o Options) (*Broker, error) {
	b := New(o)
	if err := b.listen(b.options.Addr); err != nil {
		return nil, fmt.Errorf("minirabbit: %w", err)
	}
	return b, nil
}

// TB is the part of testing.TB that Run needs.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Run starts a broker for one test and closes it when the test ends.
func Run(t TB) *Broker {
	t.Helper()
	b, err := Start(Options{})
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(b.Close)
	return b
}

// Close ends the broker and its connections; when it returns no goroutine of it is left.
func (b *Broker) Close() {
	b.crash()
	b.mu.Lock()
	for _, v := range b.vhosts {
		for _, q := range v.queues {
			q.stopTimers()
		}
	}
	b.mu.Unlock()
	b.goroutines.Wait()
}

// Stop shuts the broker down in good order: clients are told (320), durable queues keep their persistent messages,
// all else is gone. Resume brings it back on the same port.
func (b *Broker) Stop() {
	b.mu.Lock()
	b.halt()
	b.closeConns(wire.Errorf(wire.ConnectionForced, "broker forced connection closure with reason 'shutdown'"),
		func(*conn) bool { return true })
	b.settle()
	b.mu.Unlock()
	b.goroutines.Wait()
	b.keep(func(*entry) bool { return true })
}

// Kill ends the broker as kill -9 would: connections break without a word, and of the messages in durable queues
// only those survive that are persistent and were confirmed, or made safe by Sync. Resume brings it back.
func (b *Broker) Kill() {
	b.crash()
	b.goroutines.Wait()
	b.keep(func(e *entry) bool { return e.synced })
	b.suspectDeliveries()
}

// suspectDeliveries marks what a crash left in classic queues as redelivered: after one RabbitMQ does not know any
// more which messages had been sent to consumers.
func (b *Broker) suspectDeliveries() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, v := range b.vhosts {
		for _, q := range v.queues {
			if q.kind == Classic {
				q.eachEntry(func(e *entry) { e.redelivered = true })
			}
		}
	}
}

// Sync makes every stored persistent message survive a Kill, confirmed or not: what time alone does in RabbitMQ.
func (b *Broker) Sync() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, v := range b.vhosts {
		for _, q := range v.queues {
			q.eachEntry(func(e *entry) { e.synced = true })
		}
	}
}

// Restart is Stop and Resume.
func (b *Broker) Restart() error {
	b.Stop()
	return b.Resume()
}

// Resume brings a stopped or killed broker back on its port. Error: the listener's.
func (b *Broker) Resume() error {
	b.mu.Lock()
	addr, running := b.addr, b.running
	b.running = true
	b.mu.Unlock()
	if running || addr == "" {
		return nil
	}
	err := b.listen(addr)
	for tries := 1; err != nil && tries < 100; tries++ { // the port may be in use for a moment, by an outgoing connection
		time.Sleep(10 * time.Millisecond)
		err = b.listen(addr)
	}
	return err
}

func (b *Broker) crash() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.halt()
	b.cut(func(*conn) bool { return true })
}

// halt stops to accept connections. The lock is held.
func (b *Broker) halt() {
	b.running = false
	if b.listener != nil {
		b.listener.Close()
		b.listener = nil
	}
}

// keep forgets what is not durable, and the messages that do not survive.
func (b *Broker) keep(survives func(*entry) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, v := range byName(b.vhosts) {
		for _, x := range v.exchanges {
			x.bindings = slices.DeleteFunc(x.bindings, func(b *binding) bool { return !b.durable() })
		}
		for _, q := range byName(v.queues) {
			if !q.durable {
				q.remove()
				continue
			}
			q.keep(survives)
			q.startUnusedTimer()
			q.touch()
		}
		for _, x := range byName(v.exchanges) {
			if !x.durable {
				v.removeExchange(x)
			}
		}
	}
	b.settle()
}

func (q *queue) keep(survives func(*entry) bool) {
	lost := func(e *entry) bool { return !(q.kind == Quorum || e.persistent()) || !survives(e) }
	q.fresh = slices.DeleteFunc(q.fresh, lost)
	q.returned = slices.DeleteFunc(q.returned, lost)
	q.readyBytes = 0
	q.eachEntry(func(e *entry) { q.readyBytes += int64(len(e.body)) })
}

// eachEntry visits what is ready and what is unacknowledged.
func (q *queue) eachEntry(visit func(*entry)) {
	for _, list := range [][]*entry{q.returned, q.fresh} {
		for _, e := range list {
			visit(e)
		}
	}
	for e := range q.unacked {
		visit(e)
	}
}

var errDown = errors.New("minirabbit: the broker is down")

func (b *Broker) listen(addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.listener, b.addr = l, l.Addr().String()
	b.goroutines.Add(1)
	go b.accept(l)
	return nil
}

func (b *Broker) accept(l net.Listener) {
	defer b.goroutines.Done()
	for {
		nc, err := l.Accept()
		if err != nil {
			return // the listener is closed
		}
		if err := b.ServeConn(nc); err != nil {
			nc.Close()
		}
	}
}

// ServeConn serves one connection in goroutines of its own and returns at once. Error: the broker is down.
func (b *Broker) ServeConn(nc net.Conn) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.running || b.down {
		return errDown
	}
	c := newConn(b, nc)
	b.conns = append(b.conns, c)
	b.goroutines.Add(2)
	go c.serve()
	go c.write()
	return nil
}

// Dial connects in memory; it fits amqp091.Config.Dial, the address is not looked at. Error: the broker is down.
func (b *Broker) Dial(network, addr string) (net.Conn, error) {
	client, server := pipe()
	if err := b.ServeConn(server); err != nil {
		return nil, err
	}
	return client, nil
}
