package minirabbit

import (
	"slices"

	"scalelab/pkg/minirabbit/internal/wire"
)

// hold notes a delivery as unsettled.
func (ch *channel) hold(d *delivery) {
	ch.unacked = append(ch.unacked, d)
	d.queue.unacked[d.entry] = d
}

// settle finds the deliveries that an ack, nack or reject means and does it to each. Tag 0 with multiple means all;
// a tag that is not outstanding is an error, so that no delivery is settled twice.
func (ch *channel) settle(tag uint64, multiple bool, do func(*channel, *delivery)) *wire.Error {
	if multiple && tag == 0 {
		ch.settleRange(0, len(ch.unacked), do)
		return nil
	}
	at, found := slices.BinarySearchFunc(ch.unacked, tag, func(d *delivery, tag uint64) int {
		switch {
		case d.tag < tag:
			return -1
		case d.tag > tag:
			return 1
		}
		return 0
	})
	switch {
	case !found:
		return wire.Errorf(wire.PreconditionFailed, "unknown delivery tag %d", tag)
	case multiple:
		ch.settleRange(0, at+1, do)
	default:
		ch.settleRange(at, at+1, do)
	}
	return nil
}

func (ch *channel) settleRange(from, to int, do func(*channel, *delivery)) {
	settled := slices.Clone(ch.unacked[from:to])
	if from == 0 {
		ch.unacked = ch.unacked[to:]
	} else {
		ch.unacked = slices.Delete(ch.unacked, from, to)
	}
	for _, d := range settled {
		do(ch, d)
	}
	for _, c := range ch.consumers {
		c.rejoin()
	}
}

// letGo takes a settled delivery off the books of queue and consumer.
func (ch *channel) letGo(d *delivery) {
	delete(d.queue.unacked, d.entry)
	if d.consumer != nil {
		d.consumer.unacked--
		ch.consumed--
	}
}

func (ch *channel) ack(d *delivery) {
	ch.letGo(d)
	ch.emitDelivery(d, Acked)
}

func (ch *channel) reject(d *delivery) {
	ch.letGo(d)
	ch.emitDelivery(d, Rejected)
	if !d.queue.removed {
		d.queue.discard(d.entry, "rejected")
	}
}

func (ch *channel) requeue(d *delivery) { ch.giveBack(d, false) }

func (ch *channel) giveBack(d *delivery, died bool) {
	ch.letGo(d)
	if !d.queue.removed {
		d.queue.requeue(d.entry, died)
	}
}

func refusal(requeue bool) func(*channel, *delivery) {
	if requeue {
		return (*channel).requeue
	}
	return (*channel).reject
}

// recover puts back all that the channel holds; to the same consumer (requeue=false) RabbitMQ cannot either.
func (ch *channel) recover(requeue, wait bool) *wire.Error {
	if !requeue {
		return wire.Errorf(wire.NotImplemented, "requeue=false")
	}
	ch.settleRange(0, len(ch.unacked), (*channel).requeue)
	return ch.answer(!wait, &wire.BasicRecoverOk{})
}
