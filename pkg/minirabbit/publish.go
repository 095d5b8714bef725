package minirabbit

import (
	"scalelab/pkg/minirabbit/internal/wire"
)

// maxBody is the largest message that RabbitMQ 3.10 takes.
const maxBody = 134_217_728

// publish takes one complete message: it checks, routes, stores, and answers with return and confirm, in this order.
// cut tells that a fault wants the connection gone now.
func (ch *channel) publish(in *content) (cut bool, err *wire.Error) {
	c, v := ch.conn, ch.vhost()
	x, err := ch.checkPublish(in)
	if err != nil {
		return false, err
	}
	fault, hit := c.plannedPublish()
	if hit && fault.kind == cutBefore {
		return true, nil
	}
	m, err := c.broker.newMessage(in.method.Exchange, in.method.RoutingKey, in.header.Properties, in.body)
	if err != nil {
		return false, err
	}
	var tag uint64
	if ch.confirming {
		ch.published++
		tag = ch.published
	}
	event := m.about(Published)
	event.Connection, event.Channel, event.Tag = c.name, ch.id, tag
	v.emit(event)
	stored := ch.store(x, m, in.method.Mandatory)
	if hit && fault.kind == cutAfter {
		return true, nil
	}
	if ch.confirming {
		ch.confirm(tag, stored)
	}
	return false, nil
}

// store routes the message and puts it in its queues; false means that one of them is full and refused it.
func (ch *channel) store(x *exchange, m *message, mandatory bool) bool {
	targets := x.routes(m.keys, m.props.Headers)
	if len(targets) == 0 {
		ch.unroutable(m, mandatory)
		return true
	}
	stored := true
	for _, q := range targets {
		if !q.enqueue(m, ch.confirming) {
			stored = false
		}
	}
	return stored
}

func (ch *channel) unroutable(m *message, mandatory bool) {
	kind := Unroutable
	if mandatory {
		kind = Returned
		ch.sendContent(&wire.BasicReturn{Code: wire.NoRoute, Text: "NO_ROUTE", Exchange: m.exchange,
			RoutingKey: m.routingKey}, &m.props, m.body)
	}
	event := m.about(kind)
	event.Connection, event.Channel = ch.conn.name, ch.id
	ch.vhost().emit(event)
}

func (ch *channel) checkPublish(in *content) (*exchange, *wire.Error) {
	c, v, m, p := ch.conn, ch.vhost(), in.method, &in.header.Properties
	switch {
	case in.tooLong:
		return nil, wire.Errorf(wire.PreconditionFailed, "message size %d is larger than configured max size %d",
			in.header.BodySize, maxBody)
	case m.Immediate:
		return nil, wire.Errorf(wire.NotImplemented, "immediate=true")
	}
	if err := c.may(write, "exchange", m.Exchange); err != nil {
		return nil, err
	}
	x, err := v.exchange(m.Exchange)
	switch {
	case err != nil:
		return nil, err
	case x.internal:
		return nil, wire.Errorf(wire.AccessRefused, "cannot publish to internal exchange '%s' in vhost '%s'", x.name, v.name)
	case p.Flags&wire.FlagUserID != 0 && p.UserID != c.user.name:
		return nil, wire.Errorf(wire.PreconditionFailed, "user_id property set to '%s' but authenticated user was '%s'",
			p.UserID, c.user.name)
	}
	_, _, err = parseExpiration(p)
	return x, err
}

func (ch *channel) confirmSelect(m *wire.ConfirmSelect) *wire.Error {
	ch.confirming = true
	return ch.answer(m.NoWait, &wire.ConfirmSelectOk{})
}

// confirm answers one publish, unless a fault takes the answer.
func (ch *channel) confirm(tag uint64, stored bool) {
	fault, hit := ch.conn.plannedConfirm()
	if !hit {
		ch.sendConfirm(tag, stored)
		return
	}
	ch.flushConfirms()
	ch.singly = true
	if fault.kind == delayConfirm {
		fault.of.hold(ch.conn.broker.clock, fault.delay, ch.conn.broker.locked(func() {
			if ch.conn.channels[ch.id] == ch && !ch.closing {
				ch.sendConfirm(tag, stored)
			}
		}))
		return
	}
	ch.emitConfirm(tag, stored, "lost")
}

func (ch *channel) sendConfirm(tag uint64, stored bool) {
	ch.emitConfirm(tag, stored, "")
	switch {
	case !stored:
		ch.send(&wire.BasicNack{DeliveryTag: tag})
	case ch.conn.broker.options.ConfirmMultiple && !ch.singly:
		ch.unsent = tag
		ch.conn.unconfirmed = append(ch.conn.unconfirmed, ch)
	default:
		ch.send(&wire.BasicAck{DeliveryTag: tag})
	}
}

// flushConfirms tells the client what it has not been told yet, with one ack for all. Confirms gather only while
// more of the client's publishes have arrived already.
func (ch *channel) flushConfirms() {
	if ch.unsent == 0 {
		return
	}
	tag := ch.unsent
	ch.unsent = 0
	ch.conn.out.put(outgoing{channel: ch.id, method: &wire.BasicAck{DeliveryTag: tag, Multiple: true}})
}

func (ch *channel) emitConfirm(tag uint64, stored bool, reason string) {
	kind := Confirmed
	if !stored {
		kind = Nacked
	}
	ch.vhost().emit(Event{Kind: kind, Connection: ch.conn.name, Channel: ch.id, Tag: tag, Reason: reason})
}
