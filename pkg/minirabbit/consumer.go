package minirabbit

import (
	"slices"

	"scalelab/pkg/minirabbit/internal/wire"
)

// consumer is a subscription of a channel to a queue.
type consumer struct {
	tag       string
	channel   *channel
	queue     *queue
	noAck     bool
	exclusive bool
	prefetch  int // 0: no bound
	unacked   int
	full      bool // set aside: not among the queue's waiting consumers
}

// delivery is a message that a channel holds and has not settled. consumer is nil for a get.
type delivery struct {
	tag      uint64
	queue    *queue
	entry    *entry
	consumer *consumer
}

// hasRoom obeys both bounds: the consumer's own and the one that all consumers of the channel share.
func (c *consumer) hasRoom() bool {
	if c.noAck {
		return true
	}
	ch := c.channel
	return (c.prefetch == 0 || c.unacked < c.prefetch) && (ch.sharedPrefetch == 0 || ch.consumed < ch.sharedPrefetch)
}

// deliver sends a message to the consumer; without acknowledgement it leaves the queue at once.
func (c *consumer) deliver(e *entry) {
	ch := c.channel
	ch.lastTag++
	d := &delivery{tag: ch.lastTag, queue: c.queue, entry: e, consumer: c}
	if !c.noAck {
		ch.hold(d)
		c.unacked++
		ch.consumed++
	}
	ch.sendContent(&wire.BasicDeliver{ConsumerTag: c.tag, DeliveryTag: d.tag, Redelivered: e.redelivered,
		Exchange: e.exchange, RoutingKey: e.routingKey}, e.outProperties(c.queue, false), e.body)
	ch.emitDelivery(d, Delivered)
}

// rejoin puts a consumer that was full back in the queue's line.
func (c *consumer) rejoin() {
	if !c.full {
		return
	}
	c.full = false
	c.queue.waiting = append(c.queue.waiting, c)
	c.queue.touch()
}

// cancelledByBroker tells the client that its queue is gone, if it said that it understands that.
func (c *consumer) cancelledByBroker() {
	c.channel.forget(c)
	c.queue.dropConsumer(c)
	if c.channel.conn.capable("consumer_cancel_notify") {
		c.channel.send(&wire.BasicCancel{ConsumerTag: c.tag, NoWait: true})
	}
}

func (ch *channel) forget(c *consumer) {
	ch.consumers = slices.DeleteFunc(ch.consumers, func(x *consumer) bool { return x == c })
}

func (ch *channel) consumer(tag string) *consumer {
	for _, c := range ch.consumers {
		if c.tag == tag {
			return c
		}
	}
	return nil
}
