package minirabbit

import "time"

// startHeartbeats keeps an idle connection alive and ends a silent one. A heartbeat goes out when half an interval
// passed without a frame to the client; after two intervals without one from it the connection is cut. While a fault
// or an alarm holds the reader up nothing can arrive, so that time does not count.
func (c *conn) startHeartbeats(interval time.Duration) {
	if interval <= 0 {
		return
	}
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
	c.timers = []Timer{nil, nil}
	c.beat(interval/2, c.sent.Load())
	c.listen(interval, c.received.Load(), 0)
}

func (c *conn) beat(every time.Duration, sentBefore int64) {
	c.timers[0] = c.broker.after(every, func() {
		if c.gone {
			return
		}
		if c.sent.Load() == sentBefore {
			c.out.put(outgoing{})
		}
		c.beat(every, c.sent.Load())
	})
}

func (c *conn) listen(every time.Duration, receivedBefore int64, missed int) {
	c.timers[1] = c.broker.after(every, func() {
		received := c.received.Load()
		switch {
		case c.gone:
			return
		case received != receivedBefore || c.heldUp():
			missed = 0
		default:
			missed++
		}
		if missed >= 2 {
			c.abort("missed heartbeats")
			return
		}
		c.listen(every, received, missed)
	})
}

// heldUp tells that the broker itself does not read. The lock is held.
func (c *conn) heldUp() bool {
	return c.blocked || !c.broker.in.isOpen() || c.vhost != nil && !c.vhost.in.isOpen()
}

// stuck tells that a fault or an alarm keeps the connection from ending in good order. The lock is held.
func (c *conn) stuck() bool {
	return c.heldUp() || !c.broker.out.isOpen() || c.vhost != nil && !c.vhost.out.isOpen()
}
