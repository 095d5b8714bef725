package minirabbit

import "scalelab/pkg/minirabbit/internal/wire"

// RaiseAlarm refuses publishes as RabbitMQ does when memory or disk run out: a connection is told connection.blocked
// at its next publish and not read any more, so that nothing it publishes arrives. reason is "memory" or "disk".
func (b *Broker) RaiseAlarm(reason string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.alarm = "low on " + reason
	b.alarmGate.shut()
}

// ClearAlarm ends the alarm: connection.unblocked, and what was held up arrives.
func (b *Broker) ClearAlarm() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.alarm = ""
	for _, c := range b.connections() {
		if c.blocked {
			c.blocked = false
			if c.capable("connection.blocked") {
				c.send(&wire.ConnectionUnblocked{})
			}
		}
	}
	b.alarmGate.reopen()
}

func (c *conn) block() {
	if c.blocked {
		return
	}
	c.blocked = true
	if c.capable("connection.blocked") {
		c.send(&wire.ConnectionBlocked{Reason: c.broker.alarm})
	}
}

// passAlarm holds a publishing connection up while there is an alarm; false means that the connection is over.
func (c *conn) passAlarm(m wire.Method) bool {
	b := c.broker
	if _, publishes := m.(*wire.BasicPublish); !publishes {
		return true
	}
	b.mu.Lock()
	if b.alarm != "" {
		c.block()
	}
	b.mu.Unlock()
	return b.alarmGate.pass(c.done)
}
