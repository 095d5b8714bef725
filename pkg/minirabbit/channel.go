package minirabbit

import (
	"scalelab/pkg/minirabbit/internal/wire"
)

// channel is one of a connection's conversations: it holds the deliveries that its consumers have not settled, and
// an error on it leaves the other channels alone.
type channel struct {
	conn    *conn
	id      uint16
	closing bool // the broker has closed it and waits for close-ok

	consumers      []*consumer
	unacked        []*delivery // by tag, ascending
	lastTag        uint64
	consumed       int // those of unacked that went to consumers, not to gets
	prefetch       int // for consumers to come
	sharedPrefetch int // for all consumers together

	confirming bool
	published  uint64   // publishes in confirm mode: the next confirm's tag
	unsent     uint64   // acked up to here, not yet told: one multiple ack will do
	singly     bool     // a confirm was lost or delayed: a multiple ack would make up for it
	lastQueue  string   // what an empty queue name means
	incoming   *content // a publish whose frames are still arriving
}

// content is a publish on its way in: method, then header, then body frames. Only the reader touches it.
type content struct {
	method  *wire.BasicPublish
	header  *wire.ContentHeader
	body    []byte
	tooLong bool
}

// handle does what one complete method asks for. An error closes the channel, or the connection if it is a hard one.
func (ch *channel) handle(m wire.Method) *wire.Error {
	switch m := m.(type) {
	case *wire.ChannelOpen:
		return wire.Errorf(wire.ChannelError, "second 'channel.open' seen")
	case *wire.ChannelFlow:
		return ch.flow(m)
	case *wire.ExchangeDeclare:
		return ch.exchangeDeclare(m)
	case *wire.ExchangeDelete:
		return ch.exchangeDelete(m)
	case *wire.ExchangeBind:
		return ch.exchangeBind(m)
	case *wire.ExchangeUnbind:
		return ch.exchangeUnbind(m)
	case *wire.QueueDeclare:
		return ch.queueDeclare(m)
	case *wire.QueueBind:
		return ch.queueBind(m)
	case *wire.QueueUnbind:
		return ch.queueUnbind(m)
	case *wire.QueuePurge:
		return ch.queuePurge(m)
	case *wire.QueueDelete:
		return ch.queueDelete(m)
	default:
		return ch.handleBasic(m)
	}
}

func (ch *channel) handleBasic(m wire.Method) *wire.Error {
	switch m := m.(type) {
	case *wire.BasicQos:
		return ch.qos(m)
	case *wire.BasicConsume:
		return ch.consume(m)
	case *wire.BasicCancel:
		return ch.cancel(m)
	case *wire.BasicCancelOk:
		return nil
	case *wire.BasicGet:
		return ch.get(m)
	case *wire.BasicAck:
		return ch.settle(m.DeliveryTag, m.Multiple, (*channel).ack)
	case *wire.BasicNack:
		return ch.settle(m.DeliveryTag, m.Multiple, refusal(m.Requeue))
	case *wire.BasicReject:
		return ch.settle(m.DeliveryTag, false, refusal(m.Requeue))
	case *wire.BasicRecover:
		return ch.recover(m.Requeue, true)
	case *wire.BasicRecoverAsync:
		return ch.recover(m.Requeue, false)
	case *wire.ConfirmSelect:
		return ch.confirmSelect(m)
	case *wire.TxSelect, *wire.TxCommit, *wire.TxRollback:
		return wire.Errorf(wire.NotImplemented, "transactions: use publisher confirms")
	}
	id := m.ID()
	return wire.Errorf(wire.CommandInvalid, "method %d of class %d is not for a server", id.Method, id.Class)
}

func (ch *channel) flow(m *wire.ChannelFlow) *wire.Error {
	if !m.Active {
		return wire.Errorf(wire.NotImplemented, "active=false")
	}
	ch.send(&wire.ChannelFlowOk{Active: true})
	return nil
}

func (ch *channel) send(m wire.Method) {
	ch.flushConfirms()
	ch.conn.out.put(outgoing{channel: ch.id, method: m})
}

// answer sends the reply to a synchronous method, unless the client said that it does not wait for one.
func (ch *channel) answer(noWait bool, m wire.Method) *wire.Error {
	if !noWait {
		ch.send(m)
	}
	return nil
}

func (ch *channel) sendContent(m wire.Method, p *wire.Properties, body []byte) {
	ch.flushConfirms()
	ch.conn.out.put(outgoing{channel: ch.id, method: m, props: p, body: body})
}

// release ends the channel's part in the broker: its consumers go, what it held returns to the queues.
func (ch *channel) release() {
	for len(ch.consumers) > 0 {
		c := ch.consumers[0]
		ch.forget(c)
		c.queue.dropConsumer(c)
	}
	held := ch.unacked
	ch.unacked = nil
	for _, d := range held {
		ch.giveBack(d, true)
	}
	ch.consumed = 0
	ch.unsent = 0
}

func (ch *channel) vhost() *VHost { return ch.conn.vhost }

func (ch *channel) emitDelivery(d *delivery, kind EventKind) {
	e := d.entry.about(kind)
	e.Queue, e.Connection, e.Channel, e.Tag = d.queue.name, ch.conn.name, ch.id, d.tag
	e.Redelivered = d.entry.redelivered
	if d.consumer != nil {
		e.Consumer = d.consumer.tag
	}
	ch.vhost().emit(e)
}
