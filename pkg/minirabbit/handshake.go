package minirabbit

import (
	"bytes"
	"io"
	"strings"
	"time"

	"scalelab/pkg/minirabbit/internal/wire"
)

// handshakeTimeout bounds the time from the connect to connection.open.
const handshakeTimeout = 10 * time.Second

// handshake takes the client from the protocol header to an open virtual host. Errors: *wire.Error to be told to
// the client, anything else is the network's.
func (c *conn) handshake() error {
	b := c.broker
	limit := b.after(handshakeTimeout, func() { c.abort("handshake timeout") })
	defer limit.Stop()
	if err := c.protocolHeader(); err != nil {
		return err
	}
	c.send(&wire.ConnectionStart{VersionMajor: 0, VersionMinor: 9, ServerProperties: serverProperties(),
		Mechanisms: "PLAIN AMQPLAIN", Locales: "en_US"})
	var startOk *wire.ConnectionStartOk
	if err := expect(c, &startOk); err != nil {
		return err
	}
	if err := c.login(startOk); err != nil {
		return err
	}
	o := &b.options
	c.send(&wire.ConnectionTune{ChannelMax: o.ChannelMax, FrameMax: o.FrameMax, Heartbeat: seconds(o.Heartbeat)})
	var tuneOk *wire.ConnectionTuneOk
	if err := expect(c, &tuneOk); err != nil {
		return err
	}
	if err := c.tune(tuneOk); err != nil {
		return err
	}
	var open *wire.ConnectionOpen
	if err := expect(c, &open); err != nil {
		return err
	}
	return c.open(open)
}

// protocolHeader reads the client's first eight bytes; a wrong header is answered with the right one.
func (c *conn) protocolHeader() error {
	var header [8]byte
	if _, err := io.ReadFull(c.reader, header[:]); err != nil {
		return err
	}
	if !c.pass(inbound) {
		return io.ErrClosedPipe
	}
	if !bytes.Equal(header[:], wire.Header[:]) {
		c.net.Write(wire.Header[:]) // nobody else writes yet
		return io.ErrUnexpectedEOF
	}
	return nil
}

// expect reads the one method that may come now.
func expect[M wire.Method](c *conn, into *M) error {
	for {
		f, err := c.readFrame()
		if err != nil {
			return err
		}
		if f.Type == wire.FrameHeartbeat {
			continue
		}
		if f.Type != wire.FrameMethod || f.Channel != 0 {
			return wire.Errorf(wire.UnexpectedFrame, "frame of type %d on channel %d during the handshake", f.Type, f.Channel)
		}
		m, err := wire.DecodeMethod(f.Payload)
		if err != nil {
			return err
		}
		if got, ok := m.(M); ok {
			*into = got
			return nil
		}
		if _, ok := m.(*wire.ConnectionClose); ok {
			c.send(&wire.ConnectionCloseOk{})
			return io.EOF
		}
		id := m.ID()
		return wire.Errorf(wire.CommandInvalid, "unexpected method %d of class %d during the handshake", id.Method, id.Class)
	}
}

func serverProperties() Table {
	return Table{
		"product": "RabbitMQ", "version": "3.10.8", "platform": "minirabbit",
		"information": "minirabbit, a test double that behaves as RabbitMQ 3.10",
		"capabilities": Table{"publisher_confirms": true, "exchange_exchange_bindings": true, "basic.nack": true,
			"consumer_cancel_notify": true, "connection.blocked": true, "authentication_failure_close": true,
			"per_consumer_qos": true, "consumer_priorities": false, "direct_reply_to": false},
	}
}

// login checks name and password, and notes what the client can do and how it calls itself.
func (c *conn) login(m *wire.ConnectionStartOk) error {
	name, password, err := credentials(m)
	if err != nil {
		return err
	}
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
	c.capabilities, _ = m.ClientProperties["capabilities"].(Table)
	if given, ok := m.ClientProperties["connection_name"].(string); ok && given != "" {
		c.name = given
	}
	u, ok := c.broker.users[name]
	if !ok || u.password != password {
		if !c.capable("authentication_failure_close") {
			return io.EOF // the client would not understand a reason: RabbitMQ closes without one, three seconds later
		}
		return wire.Errorf(wire.AccessRefused, "Login was refused using authentication mechanism %s. "+
			"For details see the broker logfile.", m.Mechanism)
	}
	c.user = u
	return nil
}

// credentials reads the response of either mechanism: PLAIN is "\0name\0password", AMQPLAIN a table.
func credentials(m *wire.ConnectionStartOk) (name, password string, err error) {
	switch m.Mechanism {
	case "PLAIN":
		parts := strings.Split(m.Response, "\x00")
		if len(parts) != 3 {
			return "", "", wire.Errorf(wire.SyntaxError, "PLAIN response is not \\0name\\0password")
		}
		return parts[1], parts[2], nil
	case "AMQPLAIN":
		t, err := wire.DecodeTableBody([]byte(m.Response))
		if err != nil {
			return "", "", err
		}
		name, _ = t["LOGIN"].(string)
		password, _ = t["PASSWORD"].(string)
		return name, password, nil
	}
	return "", "", wire.Errorf(wire.CommandInvalid, "unknown authentication mechanism '%s'", m.Mechanism)
}

// tune takes the client's limits; they may lower the broker's, not raise them.
func (c *conn) tune(m *wire.ConnectionTuneOk) error {
	o := &c.broker.options
	switch {
	case m.FrameMax != 0 && m.FrameMax < wire.MinFrameMax:
		return wire.Errorf(wire.NotAllowed, "frame_max=%d < %d min size", m.FrameMax, wire.MinFrameMax)
	case m.FrameMax == 0 || m.FrameMax > o.FrameMax:
		return wire.Errorf(wire.NotAllowed, "negotiated frame_max = %d is higher than the maximum allowed value (%d)", m.FrameMax, o.FrameMax)
	case m.ChannelMax == 0 || m.ChannelMax > o.ChannelMax:
		return wire.Errorf(wire.NotAllowed, "negotiated channel_max = %d is higher than the maximum allowed value (%d)", m.ChannelMax, o.ChannelMax)
	}
	c.frameMax.Store(m.FrameMax)
	c.channelMax = m.ChannelMax
	c.startHeartbeats(time.Duration(m.Heartbeat) * time.Second)
	return nil
}

// open enters the virtual host.
func (c *conn) open(m *wire.ConnectionOpen) error {
	b := c.broker
	b.mu.Lock()
	defer b.mu.Unlock()
	v, ok := b.vhosts[m.VirtualHost]
	switch {
	case !ok:
		return wire.Errorf(wire.NotAllowed, "vhost %s not found", m.VirtualHost)
	case c.user.permissions[v.name] == nil:
		return wire.Errorf(wire.NotAllowed, "access to vhost '%s' refused for user '%s'", v.name, c.user.name)
	case v.down:
		return io.EOF
	case c.gone: // cut while it was at the door
		return io.EOF
	}
	c.vhost = v
	c.send(&wire.ConnectionOpenOk{})
	v.emit(Event{Kind: Connected, Connection: c.name})
	return nil
}

func seconds(d time.Duration) uint16 { return uint16(max(0, d/time.Second)) }
