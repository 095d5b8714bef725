package faultnet

import (
	"slices"
	"time"
)

// transmit sends a message on its way, as its fate will have it. The network is locked.
func (n *Network) transmit(m *message) {
	if n.closed {
		return
	}
	n.log.sent(m)
	fate := n.fate(m.Message)
	if m.isSegment() {
		n.transmitSegment(m, fate)
	} else {
		n.transmitDatagram(m, fate)
	}
}

func (n *Network) transmitDatagram(m *message, fate Fate) {
	way := n.way(m.From.Host, m.To.Host)
	switch {
	case way.cut:
		n.log.lost(m, "cut off")
		return
	case fate.Lost:
		n.log.lost(m, "")
		return
	}
	if fate.Corrupt && len(m.Data) > 0 {
		m.damaged = corrupted(m.Data, fate.bit)
	}
	left := n.leaves(m, way)
	for i, delay := range slices.Concat([]time.Duration{fate.Delay}, fate.Copies) {
		one := *m
		one.copy, one.delay, one.due = i, delay, n.atLeastATick(left+delay)
		n.depart(way, &one)
	}
}

// transmitSegment keeps the order of a stream: no segment arrives before the one that was sent before it.
func (n *Network) transmitSegment(m *message, fate Fate) {
	way := n.way(m.From.Host, m.To.Host)
	m.delay = fate.Delay
	if fate.Lost {
		m.delay += firstRetransmit
	}
	m.cut, m.swallowed = m.cut || fate.Reset, fate.Reset
	m.due = max(n.atLeastATick(n.leaves(m, way)+m.delay), m.flow.last)
	m.flow.last = m.due
	n.depart(way, m)
}

// leaves is when the last byte of a message is on the link, which sends one after the other.
func (n *Network) leaves(m *message, w *way) time.Duration {
	m.flow.busy = max(m.flow.busy, n.now()) + w.faults.sending(len(m.Data))
	return m.flow.busy
}

// tick is how long the fastest message takes. In a bubble it means that whatever arrives does so when every goroutine has done
// what it had to do, and that an effect is never at the instant of its cause.
const tick = time.Nanosecond

func (n *Network) atLeastATick(due time.Duration) time.Duration { return max(due, n.now()+tick) }

// depart puts a message on its way, unless nothing moves there.
func (n *Network) depart(w *way, m *message) {
	if w.holds(m) {
		w.held = append(w.held, m)
		return
	}
	n.queue.add(m)
}

// arrive is the other end of the link: the message is due now.
func (n *Network) arrive(m *message) {
	way, host := n.way(m.From.Host, m.To.Host), n.hosts[m.To.Host]
	switch {
	case way.holds(m):
		way.held = append(way.held, m)
	case way.cut:
		n.log.lost(m, "cut off")
	case host == nil || host.down:
		n.log.lost(m, "host is down")
		if host != nil {
			host.missed(m)
		}
	case m.Type == Datagram:
		host.receive(m)
	case m.Type == Unreachable:
		host.refused(m)
	case m.swallowed && m.Type == SYN:
		host.refuse(m)
	case m.Type == SYN:
		host.answer(m)
	default:
		m.end.arrive(m)
	}
}
