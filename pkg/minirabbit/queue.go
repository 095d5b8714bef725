package minirabbit

import (
	"slices"

	"scalelab/pkg/minirabbit/internal/wire"
)

// queue holds messages in two lists: fresh ones in the order of their arrival, and those that came back, which are
// served first. A classic queue keeps the returns in their original order, so that requeueing puts a message where
// it was (every return arrived before every fresh one); a quorum queue keeps them in the order of their return (see
// takeBack).
type queue struct {
	vhost      *VHost
	name       string
	kind       QueueType
	durable    bool
	autoDelete bool
	exclusive  *conn // the owner; nil: anybody's
	args       Table
	settings   settings

	fresh, returned []*entry
	readyBytes      int64
	unacked         map[*entry]*delivery
	nextSeq         uint64

	consumers    []*consumer // all, in the order of their arrival
	waiting      []*consumer // those that may have room, next one first
	hadConsumers bool
	dirty        bool // has work for pump
	removed      bool
	ttlTimer     Timer
	unusedTimer  Timer
}

func newQueue(v *VHost, m *wire.QueueDeclare, kind QueueType) *queue {
	return &queue{vhost: v, name: m.Queue, kind: kind, durable: m.Durable, autoDelete: m.AutoDelete, args: m.Arguments,
		unacked: map[*entry]*delivery{}}
}

func (q *queue) ready() int { return len(q.fresh) + len(q.returned) }

// head is the message that is served next, or nil.
func (q *queue) head() *entry {
	switch {
	case len(q.returned) > 0:
		return q.returned[0]
	case len(q.fresh) > 0:
		return q.fresh[0]
	}
	return nil
}

func (q *queue) pop() *entry {
	list := &q.fresh
	if len(q.returned) > 0 {
		list = &q.returned
	}
	e := (*list)[0]
	(*list)[0] = nil
	*list = (*list)[1:]
	q.readyBytes -= int64(len(e.body))
	return e
}

// enqueue takes a message at the tail; false means that the queue is full and refuses publishes.
func (q *queue) enqueue(m *message, synced bool) bool {
	if q.refuses(m) {
		return false
	}
	q.nextSeq++
	e := &entry{message: m, seq: q.nextSeq, synced: synced, arriving: true}
	e.expires = q.expiryOf(m)
	q.fresh = append(q.fresh, e)
	q.readyBytes += int64(len(m.body))
	q.touch()
	event := m.about(Routed)
	event.Queue = q.name
	q.vhost.emit(event)
	return true
}

// requeue puts a delivered message back, or dead-letters it if a delivery limit is passed. died tells that its
// channel is gone, not that somebody refused it.
func (q *queue) requeue(e *entry, died bool) {
	e.returns++
	e.redelivered = true
	if limit := q.settings.deliveryLimit; q.kind == Quorum && limit >= 0 && int64(e.returns) > limit {
		q.discard(e, "delivery_limit")
		return
	}
	q.takeBack(e, died)
	event := e.about(Requeued)
	event.Queue = q.name
	q.vhost.emit(event)
}

// takeBack puts a message where its queue's type wants it: a classic queue where it was, a quorum queue with a
// delivery limit, or whose consumer died, behind what came back before; any other quorum queue at its tail, so that
// its log can be cut.
func (q *queue) takeBack(e *entry, died bool) {
	q.readyBytes += int64(len(e.body))
	q.touch()
	if q.kind == Quorum && q.settings.deliveryLimit < 0 && !died {
		q.fresh = append(q.fresh, e)
		return
	}
	at := len(q.returned)
	if q.kind == Classic {
		at, _ = slices.BinarySearchFunc(q.returned, e.seq, func(x *entry, seq uint64) int {
			if x.seq < seq {
				return -1
			}
			return 1
		})
	}
	q.returned = slices.Insert(q.returned, at, e)
}

// purge removes what is ready and says how many that were.
func (q *queue) purge() int {
	n := q.ready()
	for q.ready() > 0 {
		event := q.pop().about(Discarded)
		event.Queue, event.Reason = q.name, "purged"
		q.vhost.emit(event)
	}
	return n
}

// touch marks the queue for settle.
func (q *queue) touch() {
	if !q.dirty && !q.removed {
		q.dirty = true
		q.vhost.broker.dirty = append(q.vhost.broker.dirty, q)
	}
}

// pump serves the waiting consumers, then lets expire and overflow what nobody took.
func (q *queue) pump() {
	for q.ready() > 0 {
		if e := q.head(); !e.arriving && q.expired(e) {
			q.discard(q.pop(), "expired")
			continue
		}
		c := q.nextConsumer()
		if c == nil {
			break
		}
		c.deliver(q.pop())
	}
	for i := len(q.fresh) - 1; i >= 0 && q.fresh[i].arriving; i-- {
		q.fresh[i].arriving = false
	}
	q.expireHead()
	q.trim()
}

// nextConsumer is the next in turn that has room; those without are set aside until their channel acknowledges.
func (q *queue) nextConsumer() *consumer {
	for len(q.waiting) > 0 {
		c := q.waiting[0]
		q.waiting = q.waiting[1:]
		if c.hasRoom() {
			q.waiting = append(q.waiting, c)
			return c
		}
		c.full = true
	}
	return nil
}

func (q *queue) addConsumer(c *consumer) {
	q.consumers = append(q.consumers, c)
	q.waiting = append(q.waiting, c)
	q.hadConsumers = true
	q.stopUnusedTimer()
	q.touch()
}

// dropConsumer forgets a consumer; the last one takes an auto-delete queue along.
func (q *queue) dropConsumer(c *consumer) {
	gone := func(x *consumer) bool { return x == c }
	q.consumers = slices.DeleteFunc(q.consumers, gone)
	q.waiting = slices.DeleteFunc(q.waiting, gone)
	if len(q.consumers) > 0 || q.removed {
		return
	}
	if q.autoDelete && q.hadConsumers {
		q.remove()
		return
	}
	q.startUnusedTimer()
}

// remove deletes the queue with its messages and bindings and tells its consumers.
func (q *queue) remove() {
	if q.removed {
		return
	}
	q.removed = true
	q.stopTimers()
	delete(q.vhost.queues, q.name)
	for _, c := range slices.Clone(q.consumers) {
		c.cancelledByBroker()
	}
	q.vhost.unbindAll(func(b *binding) bool { return b.queue == q })
	q.fresh, q.returned = nil, nil
}

// configure reads the arguments again, after the policies have changed.
func (q *queue) configure() {
	s, err := newSettings(q.args, q.vhost.policyFor(q.name, "queues"), q.kind)
	if err != nil {
		return // the arguments were checked at the declare, the policy when it was set: this pair rules nothing new
	}
	q.settings = s
	q.startUnusedTimer()
	q.touch()
}

func (q *queue) accessibleTo(c *conn) *wire.Error {
	if q.exclusive != nil && q.exclusive != c {
		return wire.Errorf(wire.ResourceLocked, "cannot obtain exclusive access to locked queue '%s' in vhost '%s'. "+
			"It could be originally declared on another connection or the exclusive property value does not match that "+
			"of the original declaration.", q.name, q.vhost.name)
	}
	return nil
}
