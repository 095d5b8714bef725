package minirabbit

import (
	"sync"

	"scalelab/pkg/minirabbit/internal/wire"
)

// outgoing is one method on its way to the client, with its content if it carries any. A nil method is a heartbeat.
type outgoing struct {
	channel uint16
	method  wire.Method
	props   *wire.Properties
	body    []byte
}

func (i outgoing) append(dst []byte, frameMax uint32) []byte {
	if i.method == nil {
		return wire.AppendHeartbeat(dst)
	}
	dst = wire.AppendMethod(dst, i.channel, i.method)
	if i.props != nil {
		dst = wire.AppendContent(dst, i.channel, i.props, i.body, frameMax)
	}
	return dst
}

// outbox holds what waits to be written. Putting never blocks, so the broker may do it under its lock; one writer
// takes. It is unbounded as the deliveries to a consumer without prefetch are in RabbitMQ.
type outbox[T any] struct {
	mu      sync.Mutex
	changed *sync.Cond
	items   []T
	closed  bool
}

func newOutbox[T any]() *outbox[T] {
	o := &outbox[T]{}
	o.changed = sync.NewCond(&o.mu)
	return o
}

func (o *outbox[T]) put(item T) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return
	}
	o.items = append(o.items, item)
	o.changed.Broadcast()
}

// awaitBelow waits until fewer than n items are in the box, or it is closed.
func (o *outbox[T]) awaitBelow(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.items) >= n && !o.closed {
		o.changed.Wait()
	}
}

// close lets the writer finish what is in the box; more is not taken.
func (o *outbox[T]) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.changed.Broadcast()
}

// take waits for items and returns them all; none means that the box is closed and empty.
func (o *outbox[T]) take() []T {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.items) == 0 && !o.closed {
		o.changed.Wait()
	}
	items := o.items
	o.items = nil
	o.changed.Broadcast()
	return items
}
