package minirabbit

import (
	"bufio"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"scalelab/pkg/minirabbit/internal/wire"
)

// conn is a client's connection: one goroutine reads and acts, one writes.
type conn struct {
	broker *Broker
	net    net.Conn
	reader *bufio.Reader
	out    *outbox[outgoing]
	done   chan struct{} // closed when the connection is over
	once   sync.Once

	received atomic.Int64 // frames, for the heartbeat monitor
	sent     atomic.Int64

	// Under the broker's lock, once the handshake is done:
	name         string
	user         *user
	vhost        *VHost
	capabilities Table
	frameMax     atomic.Uint32
	channelMax   uint16
	channels     map[uint16]*channel
	unconfirmed  []*channel // with confirms to flush
	timers       []Timer
	closing      bool // a close is sent or received: only close-ok is of interest
	gone         bool // everything released
	blocked      bool
}

func newConn(b *Broker, nc net.Conn) *conn {
	c := &conn{broker: b, net: nc, reader: bufio.NewReader(nc), out: newOutbox[outgoing](), done: make(chan struct{}),
		name: nc.RemoteAddr().String(), channels: map[uint16]*channel{}}
	c.frameMax.Store(wire.MinFrameMax)
	return c
}

// closeGrace is how long the broker waits for close-ok before it closes the socket.
const closeGrace = time.Second

// serve reads until the connection ends.
func (c *conn) serve() {
	defer c.broker.goroutines.Done()
	defer c.end("closed")
	if err := c.handshake(); err != nil {
		c.fail(err, wire.ID{})
		return
	}
	for {
		c.flushGathered()
		f, err := c.readFrame()
		if err != nil {
			c.fail(err, wire.ID{})
			return
		}
		if over := c.act(f); over {
			return
		}
	}
}

// readFrame reads one frame and waits at the gates that faults have shut.
func (c *conn) readFrame() (wire.Frame, error) {
	f, err := wire.ReadFrame(c.reader, c.frameMax.Load())
	c.received.Add(1)
	if err == nil && !c.pass(inbound) {
		return f, net.ErrClosed
	}
	return f, err
}

// flushGathered sends the gathered confirms before the reader may have to wait for the client.
func (c *conn) flushGathered() {
	if len(c.unconfirmed) == 0 || c.reader.Buffered() > 0 {
		return
	}
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
	for _, ch := range c.unconfirmed {
		ch.flushConfirms()
	}
	c.unconfirmed = nil
}

// fail answers a protocol error with connection.close and reads on until the client has understood. Any other error
// is the network's: there is nobody to answer.
func (c *conn) fail(err error, by wire.ID) {
	var broken *wire.Error
	if !errors.As(err, &broken) {
		return
	}
	c.broker.mu.Lock()
	c.closeWith(broken, by)
	c.broker.settle()
	c.broker.mu.Unlock()
	c.awaitCloseOk()
}

// bye answers the client's close and lets it close the socket first, so that no answer is lost on the way.
func (c *conn) bye() {
	c.broker.mu.Lock()
	c.send(&wire.ConnectionCloseOk{})
	c.closing = true
	c.release()
	c.broker.settle()
	c.broker.mu.Unlock()
	c.net.SetDeadline(time.Now().Add(closeGrace))
	io.Copy(io.Discard, c.reader)
}

// awaitCloseOk discards what the client still sends. After a broken frame there may be no frames any more, so the
// end of the stream and the deadline count as well.
func (c *conn) awaitCloseOk() {
	for {
		f, err := wire.ReadFrame(c.reader, c.broker.options.FrameMax)
		var broken *wire.Error
		switch {
		case errors.As(err, &broken):
			continue
		case err != nil:
			return
		}
		if f.Channel == 0 && f.Type == wire.FrameMethod {
			switch m, _ := wire.DecodeMethod(f.Payload); m.(type) {
			case *wire.ConnectionCloseOk:
				return
			case *wire.ConnectionClose:
				c.out.put(outgoing{method: &wire.ConnectionCloseOk{}})
			}
		}
	}
}

// closeWith says why and releases all that the connection holds. The lock is held.
func (c *conn) closeWith(why *wire.Error, by wire.ID) {
	if c.closing || c.gone {
		return
	}
	if c.stuck() {
		c.abort(why.Text)
		return
	}
	c.closing = true
	c.release()
	c.send(&wire.ConnectionClose{Code: why.Code, Text: why.Text, By: by})
	deadline := time.Now().Add(closeGrace)
	c.net.SetDeadline(deadline)
}

// abort ends the connection without a word. The lock is held.
func (c *conn) abort(reason string) {
	c.releaseFor(reason)
	c.once.Do(func() { close(c.done) })
	c.out.close()
	c.net.Close()
}

// end is the reader's last act.
func (c *conn) end(reason string) {
	c.broker.mu.Lock()
	c.releaseFor(reason)
	c.broker.conns = slices.DeleteFunc(c.broker.conns, func(x *conn) bool { return x == c })
	c.broker.settle()
	c.broker.mu.Unlock()
	c.once.Do(func() { close(c.done) })
	c.out.close() // the writer writes what is left, a close-ok perhaps, and closes the socket
}

func (c *conn) release() { c.releaseFor("closed") }

// releaseFor gives back what the channels hold and deletes the exclusive queues, once. The lock is held.
func (c *conn) releaseFor(reason string) {
	if c.gone {
		return
	}
	c.gone = true
	for _, t := range c.timers {
		t.Stop()
	}
	for id := range c.channelsInOrder {
		c.channels[id].release()
	}
	c.channels = map[uint16]*channel{}
	if c.vhost == nil {
		return
	}
	for _, q := range c.exclusiveQueues() {
		q.remove()
	}
	c.vhost.emit(Event{Kind: Disconnected, Connection: c.name, Reason: reason})
}

func (c *conn) send(m wire.Method) { c.out.put(outgoing{method: m}) }

// write empties the outbox until it is closed, then closes the socket.
func (c *conn) write() {
	defer c.broker.goroutines.Done()
	defer c.net.Close()
	var buf []byte
	for items := c.out.take(); len(items) > 0; items = c.out.take() {
		if !c.pass(outbound) {
			return
		}
		buf = buf[:0]
		for _, item := range items {
			buf = item.append(buf, c.frameMax.Load())
		}
		c.sent.Add(1)
		if _, err := c.net.Write(buf); err != nil {
			return
		}
	}
}

// capable tells what the client said it understands.
func (c *conn) capable(of string) bool {
	yes, _ := c.capabilities[of].(bool)
	return yes
}
