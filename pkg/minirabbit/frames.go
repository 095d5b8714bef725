package minirabbit

import (
	"maps"
	"slices"

	"scalelab/pkg/minirabbit/internal/wire"
)

// channelsInOrder iterates over the numbers of the open channels, ascending.
func (c *conn) channelsInOrder(yield func(uint16) bool) {
	for _, id := range slices.Sorted(maps.Keys(c.channels)) {
		if !yield(id) {
			return
		}
	}
}

// act does what one frame asks for; over means that the connection has ended.
func (c *conn) act(f wire.Frame) (over bool) {
	var by wire.ID
	err := c.actOn(f, &by)
	if err == errOver {
		return true
	}
	if err != nil {
		c.fail(err, by)
		return true
	}
	return c.isClosing()
}

// errOver ends the reader without an answer.
var errOver = &wire.Error{Text: "over"}

// isClosing tells that another goroutine has sent a close; the reader then waits for the answer to it.
func (c *conn) isClosing() bool {
	c.broker.mu.Lock()
	closing := c.closing || c.gone
	c.broker.mu.Unlock()
	if closing {
		c.awaitCloseOk()
	}
	return closing
}

func (c *conn) actOn(f wire.Frame, by *wire.ID) *wire.Error {
	switch {
	case f.Type == wire.FrameHeartbeat:
		if f.Channel != 0 {
			return wire.Errorf(wire.FrameError, "heartbeat on channel %d", f.Channel)
		}
		return nil
	case f.Channel == 0 && f.Type != wire.FrameMethod:
		return wire.Errorf(wire.UnexpectedFrame, "content on channel 0")
	case f.Type == wire.FrameMethod:
		m, err := wire.DecodeMethod(f.Payload)
		if err != nil {
			return err.(*wire.Error)
		}
		*by = m.ID()
		if !c.passAlarm(m) {
			return errOver
		}
		if f.Channel == 0 {
			return c.connectionMethod(m)
		}
		return c.channelMethod(f.Channel, m)
	}
	*by = wire.ID{Class: 60, Method: 40}
	return c.contentFrame(f)
}

func (c *conn) connectionMethod(m wire.Method) *wire.Error {
	switch m.(type) {
	case *wire.ConnectionClose:
		c.bye()
		return errOver
	case *wire.ConnectionCloseOk:
		return errOver
	case *wire.ConnectionUpdateSecret:
		c.send(&wire.ConnectionUpdateSecretOk{})
		return nil
	}
	id := m.ID()
	return wire.Errorf(wire.CommandInvalid, "method %d of class %d on channel 0", id.Method, id.Class)
}

func (c *conn) channelMethod(id uint16, m wire.Method) *wire.Error {
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
	ch, open := c.channels[id]
	if !open {
		return c.openChannel(id, m)
	}
	if ch.incoming != nil {
		return wire.Errorf(wire.UnexpectedFrame, "expected content header for class 60, got non content header frame instead")
	}
	switch m := m.(type) {
	case *wire.ChannelClose:
		if !ch.closing {
			ch.release()
			delete(c.channels, id)
		}
		ch.send(&wire.ChannelCloseOk{})
		c.broker.settle()
		return nil
	case *wire.ChannelCloseOk:
		delete(c.channels, id)
		return nil
	case *wire.BasicPublish:
		ch.incoming = &content{method: m}
		return nil
	}
	if ch.closing {
		return nil
	}
	err := ch.handle(m)
	c.broker.settle()
	return c.raise(ch, err, m.ID())
}

func (c *conn) openChannel(id uint16, m wire.Method) *wire.Error {
	switch m.(type) {
	case *wire.ChannelOpen:
		if id > c.channelMax || len(c.channels) >= int(c.channelMax) {
			return wire.Errorf(wire.NotAllowed, "number of channels opened (%d) has reached the negotiated channel_max (%d)",
				len(c.channels), c.channelMax)
		}
		ch := &channel{conn: c, id: id}
		c.channels[id] = ch
		ch.send(&wire.ChannelOpenOk{})
		return nil
	case *wire.ChannelCloseOk, *wire.ChannelClose:
		return nil
	}
	return wire.Errorf(wire.ChannelError, "expected 'channel.open'")
}

// raise closes the channel for a soft error; a hard one is handed on and closes the connection.
func (c *conn) raise(ch *channel, err *wire.Error, by wire.ID) *wire.Error {
	if err == nil || err.Code >= 500 || err.Code == wire.ConnectionForced {
		return err
	}
	ch.closing = true
	ch.release()
	ch.send(&wire.ChannelClose{Code: err.Code, Text: err.Text, By: by})
	c.broker.settle()
	return nil
}

// contentFrame adds a header or body frame to the publish that it belongs to.
func (c *conn) contentFrame(f wire.Frame) *wire.Error {
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
	ch, open := c.channels[f.Channel]
	if !open {
		return wire.Errorf(wire.ChannelError, "expected 'channel.open'")
	}
	in := ch.incoming
	switch {
	case in == nil:
		return wire.Errorf(wire.UnexpectedFrame, "expected method frame, got non method frame instead")
	case in.header == nil:
		if err := in.takeHeader(f); err != nil {
			return err
		}
	default:
		if err := in.takeBody(f); err != nil {
			return err
		}
	}
	if !in.complete() {
		return nil
	}
	ch.incoming = nil
	if ch.closing {
		return nil
	}
	cut, err := ch.publish(in)
	if cut {
		c.abort("cut")
	}
	c.broker.settle()
	return c.raise(ch, err, wire.ID{Class: 60, Method: 40})
}

func (in *content) takeHeader(f wire.Frame) *wire.Error {
	if f.Type != wire.FrameHeader {
		return wire.Errorf(wire.UnexpectedFrame, "expected content header for class 60, got non content header frame instead")
	}
	h, err := wire.DecodeContentHeader(f.Payload)
	if err != nil {
		return err.(*wire.Error)
	}
	if h.Class != 60 {
		return wire.Errorf(wire.UnexpectedFrame, "expected content header for class 60, got one for class %d instead", h.Class)
	}
	in.header, in.tooLong = &h, h.BodySize > maxBody
	return nil
}

func (in *content) takeBody(f wire.Frame) *wire.Error {
	if f.Type != wire.FrameBody {
		return wire.Errorf(wire.UnexpectedFrame, "expected content body, got non content body frame instead")
	}
	if uint64(len(in.body)+len(f.Payload)) > in.header.BodySize {
		return wire.Errorf(wire.FrameError, "content body of more than the announced %d octets", in.header.BodySize)
	}
	in.body = append(in.body, f.Payload...)
	return nil
}

// complete tells that all frames are here; of a message that is too long the body is not waited for.
func (in *content) complete() bool {
	return in.header != nil && (in.tooLong || uint64(len(in.body)) == in.header.BodySize)
}
