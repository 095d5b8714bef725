package minirabbit

import (
	"fmt"

	"scalelab/pkg/minirabbit/internal/wire"
)

// qos sets the prefetch as RabbitMQ reads it: without global for each consumer to come, with global for the whole
// channel at once.
func (ch *channel) qos(m *wire.BasicQos) *wire.Error {
	if m.PrefetchSize != 0 {
		return wire.Errorf(wire.NotImplemented, "prefetch_size!=0 (%d)", m.PrefetchSize)
	}
	if m.Global {
		ch.sharedPrefetch = int(m.PrefetchCount)
		for _, c := range ch.consumers {
			c.rejoin()
		}
	} else {
		ch.prefetch = int(m.PrefetchCount)
	}
	return ch.answer(false, &wire.BasicQosOk{})
}

func (ch *channel) consume(m *wire.BasicConsume) *wire.Error {
	q, err := ch.queueFor(m.Queue, read)
	if err != nil {
		return err
	}
	if _, ok := m.Arguments["x-priority"]; ok {
		return wire.Errorf(wire.NotImplemented, "x-priority: consumer priorities are beyond minirabbit")
	}
	tag := m.ConsumerTag
	if tag == "" {
		ch.conn.broker.names++
		tag = fmt.Sprintf("amq.ctag-%d", ch.conn.broker.names)
	}
	if ch.consumer(tag) != nil {
		return wire.Errorf(wire.NotAllowed, "attempt to reuse consumer tag '%s'", tag)
	}
	if q.kind == Quorum && ch.sharedPrefetch > 0 {
		return wire.Errorf(wire.NotImplemented, "queue '%s' in vhost '%s' does not support global qos", q.name, ch.vhost().name)
	}
	if len(q.consumers) > 0 && (m.Exclusive || q.consumers[0].exclusive) {
		return wire.Errorf(wire.AccessRefused, "queue '%s' in vhost '%s' in exclusive use", q.name, ch.vhost().name)
	}
	c := &consumer{tag: tag, channel: ch, queue: q, noAck: m.NoAck, exclusive: m.Exclusive, prefetch: ch.prefetch}
	ch.consumers = append(ch.consumers, c)
	err = ch.answer(m.NoWait, &wire.BasicConsumeOk{ConsumerTag: tag})
	q.addConsumer(c)
	return err
}

// cancel ends a subscription; what the consumer holds stays with the channel. An unknown tag is no error.
func (ch *channel) cancel(m *wire.BasicCancel) *wire.Error {
	if c := ch.consumer(m.ConsumerTag); c != nil {
		ch.forget(c)
		c.queue.dropConsumer(c)
	}
	return ch.answer(m.NoWait, &wire.BasicCancelOk{ConsumerTag: m.ConsumerTag})
}

func (ch *channel) get(m *wire.BasicGet) *wire.Error {
	q, err := ch.queueFor(m.Queue, read)
	if err != nil {
		return err
	}
	q.startUnusedTimer()
	q.expireHead()
	if q.ready() == 0 {
		ch.send(&wire.BasicGetEmpty{})
		return nil
	}
	e := q.pop()
	ch.lastTag++
	d := &delivery{tag: ch.lastTag, queue: q, entry: e}
	if !m.NoAck {
		ch.hold(d)
	}
	ch.sendContent(&wire.BasicGetOk{DeliveryTag: d.tag, Redelivered: e.redelivered, Exchange: e.exchange,
		RoutingKey: e.routingKey, MessageCount: uint32(q.ready())}, e.outProperties(q, true), e.body)
	ch.emitDelivery(d, Delivered)
	q.touch()
	return nil
}
