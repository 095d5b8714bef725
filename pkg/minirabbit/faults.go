package minirabbit

import "time"

// Faults are the misfortunes that can be ordered: of a whole broker, of one virtual host, or of a proxy in front of
// a real broker. None of them waits; counted ones strike once.
type Faults interface {
	Cut()   // closes every connection; new ones are accepted
	Stall() // connections stay open, no byte moves in either direction
	Mute()  // the broker reads and acts, its answers wait
	Down()  // Cut, and new connections are refused
	Heal()  // ends Stall, Mute and Down, sends what is held back and forgets the counted faults

	LoseConfirm(n int)
	DelayConfirm(n int, d time.Duration)
	CutBeforePublish(n int)
	CutAfterPublish(n int)
}

// faults strike the connections of one scope: the broker or a virtual host.
type faults struct {
	schedule
	broker  *Broker
	covers  func(*conn) bool
	in, out *gate
	down    bool // under the broker's lock
}

func newFaults(b *Broker, covers func(*conn) bool) *faults {
	return &faults{broker: b, covers: covers, in: newGate(), out: newGate()}
}

// Cut closes every connection without a word, as a broken network does; new ones are accepted.
func (f *faults) Cut() {
	f.broker.mu.Lock()
	defer f.broker.mu.Unlock()
	f.broker.cut(f.covers)
}

// Stall keeps the connections open and moves no byte in either direction.
func (f *faults) Stall() {
	f.in.shut()
	f.out.shut()
}

// Mute lets the broker read and act while its answers, heartbeats included, wait.
func (f *faults) Mute() { f.out.shut() }

// Down cuts the connections and refuses new ones.
func (f *faults) Down() {
	f.broker.mu.Lock()
	defer f.broker.mu.Unlock()
	f.down = true
	f.broker.cut(f.covers)
}

// Heal ends Stall, Mute and Down, sends the confirms that are held back, and forgets the counted faults that have not
// struck.
func (f *faults) Heal() {
	f.broker.mu.Lock()
	f.down = false
	f.broker.mu.Unlock()
	f.clear()
	f.in.reopen()
	f.out.reopen()
}

// cut ends the connections at once. The lock is held.
func (b *Broker) cut(covers func(*conn) bool) {
	for _, c := range b.connections() {
		if covers(c) {
			c.abort("cut")
		}
	}
	b.settle()
}

// scopes are the faults that may strike the connection, the narrowest first.
func (c *conn) scopes() []*faults {
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
	if c.vhost == nil {
		return []*faults{c.broker.faults}
	}
	return []*faults{c.vhost.faults, c.broker.faults}
}

// pass waits until no fault stops the bytes of one direction; false means that the connection is over.
func (c *conn) pass(direction func(*faults) *gate) bool {
	for _, f := range c.scopes() {
		if !direction(f).pass(c.done) {
			return false
		}
	}
	return true
}

func inbound(f *faults) *gate  { return f.in }
func outbound(f *faults) *gate { return f.out }

// plannedPublish and plannedConfirm count in every scope. The lock is held.
func (c *conn) plannedPublish() (planned, bool) { return c.struck((*schedule).publish) }
func (c *conn) plannedConfirm() (planned, bool) { return c.struck((*schedule).confirm) }

func (c *conn) struck(count func(*schedule) (planned, bool)) (planned, bool) {
	narrow, hit := count(&c.vhost.schedule)
	wide, hitWide := count(&c.broker.schedule)
	if hit {
		return narrow, true
	}
	return wide, hitWide
}
