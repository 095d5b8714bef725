package minirabbit

import (
	"bufio"
	"bytes"
	"cmp"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"

	"scalelab/pkg/minirabbit/internal/wire"
)

// link is one connection through a proxy: a goroutine per direction, and one that writes to the client, so that a
// delayed confirm finds its way as well.
type link struct {
	proxy          *Proxy
	client, server net.Conn
	toClient       *outbox[[]byte]
	done           chan struct{}
	once           sync.Once
	gentle         atomic.Bool   // the client is gone already, the broker is still to read
	fence          atomic.Uint32 // while gentle: the channel on which the broker's next answer ends the connection
	frameMax       atomic.Uint32 // as the broker tunes it: the ends hold each other to less

	mu       sync.Mutex
	channels map[uint16]*publisher
}

// publisher is what a channel has published through the link.
type publisher struct {
	confirming  bool
	published   uint64
	outstanding []uint64 // tags without an answer, ascending
	cutAt       uint64   // cut when the answer to this tag comes; 0: none
	remaining   uint64   // of the body of the publish that is passing
	awaitHeader bool
	cutWhole    bool // cut as soon as the publish that is passing is whole
}

func newLink(p *Proxy, client, server net.Conn) *link {
	l := &link{proxy: p, client: client, server: server, toClient: newOutbox[[]byte](), done: make(chan struct{}),
		channels: map[uint16]*publisher{}}
	l.frameMax.Store(firstFrameMax)
	return l
}

func (l *link) cut() {
	l.once.Do(func() {
		close(l.done)
		l.client.Close()
		l.server.Close()
		l.toClient.close()
		l.proxy.forget(l)
	})
}

// run passes on in one direction; the end of one is the end of both, once all of it has been written.
func (l *link) run(direction func() error) {
	defer l.proxy.wait.Done()
	if err := direction(); err != nil {
		l.cut()
	}
}

// upstream passes the client's frames on, counting publishes.
func (l *link) upstream() error {
	r := bufio.NewReader(l.client)
	header := make([]byte, len(wire.Header))
	if _, err := io.ReadFull(r, header); err != nil {
		return err
	}
	if !l.proxy.in.pass(l.done) {
		return net.ErrClosed
	}
	if _, err := l.server.Write(header); err != nil {
		return err
	}
	for {
		f, err := wire.ReadFrame(r, l.frameMax.Load())
		if err != nil {
			return err
		}
		if !l.proxy.in.pass(l.done) {
			return net.ErrClosed
		}
		drop, cut := l.seenUpstream(f)
		if !drop {
			if _, err := l.server.Write(wire.AppendFrame(nil, f)); err != nil {
				return err
			}
		}
		if cut {
			return l.cutGently(f.Channel)
		}
	}
}

// cutGently ends the connection once the broker has worked through what the channel sent before. That the broker has read it would
// not do: RabbitMQ may end a channel whose connection is gone before the channel has looked at its last messages. So the proxy asks
// a question of its own behind them and waits for the answer.
func (l *link) cutGently(channel uint16) error {
	l.fence.Store(uint32(channel))
	l.gentle.Store(true)
	l.client.Close()
	if _, err := l.server.Write(wire.AppendMethod(nil, channel, &wire.BasicQos{})); err != nil {
		return err
	}
	<-l.done
	return net.ErrClosed
}

// seenUpstream follows the publishes of a channel from method to last body frame.
func (l *link) seenUpstream(f wire.Frame) (drop, cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ch := l.channel(f.Channel)
	if m, ok := isMethod(f); ok {
		switch m.(type) {
		case *wire.ConfirmSelect:
			ch.confirming = true
		case *wire.ChannelOpen, *wire.ChannelCloseOk:
			delete(l.channels, f.Channel)
		case *wire.BasicPublish:
			return l.publishStarts(ch)
		}
		return false, false
	}
	whole := false
	switch {
	case f.Type == wire.FrameHeader && ch.awaitHeader:
		h, err := wire.DecodeContentHeader(f.Payload)
		ch.awaitHeader, ch.remaining = false, h.BodySize
		whole = err == nil && h.BodySize == 0
	case f.Type == wire.FrameBody && ch.remaining > 0:
		ch.remaining -= min(ch.remaining, uint64(len(f.Payload)))
		whole = ch.remaining == 0
	}
	return false, whole && ch.cutWhole
}

// publishStarts counts a publish. To be cut after it, a publish in confirm mode waits for the broker's answer, which
// proves that it is stored; without confirms it must do that it was sent.
func (l *link) publishStarts(ch *publisher) (drop, cut bool) {
	ch.awaitHeader = true
	if ch.confirming {
		ch.published++
		ch.outstanding = append(ch.outstanding, ch.published)
	}
	fault, hit := l.proxy.publish()
	switch {
	case hit && fault.kind == cutBefore:
		return true, true
	case hit && ch.confirming:
		ch.cutAt = ch.published
	case hit:
		ch.cutWhole = true
	}
	return false, false
}

func (l *link) channel(id uint16) *publisher {
	ch, ok := l.channels[id]
	if !ok {
		ch = &publisher{}
		l.channels[id] = ch
	}
	return ch
}

// downstream takes the broker's frames and queues them for the client.
func (l *link) downstream() error {
	r := bufio.NewReader(l.server)
	for {
		if start, err := r.Peek(4); err == nil && bytes.Equal(start, wire.Header[:4]) {
			io.CopyN(l.client, r, int64(len(wire.Header))) // the broker does not like the client's protocol header
			return net.ErrClosed
		}
		f, err := wire.ReadFrame(r, l.frameMax.Load())
		if err != nil {
			l.toClient.close() // what was queued is still written
			return nil
		}
		if cut := l.seenDownstream(f); cut {
			l.toClient.close() // earlier answers still are
			return nil
		}
		l.toClient.awaitBelow(backlog)
	}
}

func (l *link) seenDownstream(f wire.Frame) (cut bool) {
	m, _ := isMethod(f)
	switch m := m.(type) {
	case *wire.BasicQosOk, *wire.ChannelClose:
		if l.gentle.Load() && l.fence.Load() == uint32(f.Channel) {
			return true
		}
	case *wire.ConnectionTune:
		l.frameMax.Store(min(cmp.Or(m.FrameMax, anyFrameMax), anyFrameMax) + frameFudge)
	case *wire.ConnectionBlocked:
		l.proxy.noteBlocked(m.Reason)
	case *wire.BasicAck:
		return l.answered(f.Channel, m.DeliveryTag, m.Multiple, func(tag uint64) wire.Method {
			return &wire.BasicAck{DeliveryTag: tag}
		})
	case *wire.BasicNack:
		return l.answered(f.Channel, m.DeliveryTag, m.Multiple, func(tag uint64) wire.Method {
			return &wire.BasicNack{DeliveryTag: tag}
		})
	}
	l.toClient.put(wire.AppendFrame(nil, f))
	return false
}

// answered takes the broker's answer to one or several publishes apart and sends what no fault takes.
func (l *link) answered(channel uint16, tag uint64, multiple bool, answer func(uint64) wire.Method) (cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ch := l.channel(channel)
	tags := []uint64{tag}
	if multiple {
		tags = nil
		for _, t := range ch.outstanding {
			if t <= tag || tag == 0 {
				tags = append(tags, t)
			}
		}
	}
	ch.outstanding = slices.DeleteFunc(ch.outstanding, func(t uint64) bool { return slices.Contains(tags, t) })
	for _, t := range tags {
		if t == ch.cutAt {
			return true
		}
		frame := wire.AppendMethod(nil, channel, answer(t))
		fault, hit := l.proxy.confirm()
		switch {
		case !hit:
			l.toClient.put(frame)
		case fault.kind == delayConfirm:
			fault.of.hold(l.proxy.clock, fault.delay, func() { l.toClient.put(frame) })
		}
	}
	return false
}

// write sends what is queued for the client, when it may.
func (l *link) write() {
	defer l.proxy.wait.Done()
	defer l.cut()
	for frames := l.toClient.take(); len(frames) > 0; frames = l.toClient.take() {
		if !l.proxy.out.pass(l.done) {
			return
		}
		for _, f := range frames {
			if _, err := l.client.Write(f); err != nil && !l.gentle.Load() {
				return
			}
		}
	}
}
