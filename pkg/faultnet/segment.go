package faultnet

import "syscall"

// This file is what the operating system does at one end of a stream; stream.go is what the program sees of it.

// segment is the next of the stream.
func (c *conn) segment(t Type, data []byte) *message {
	m := &message{
		Message: Message{Type: t, From: c.local, To: c.remote, Conn: c.number, Data: data},
		by:      c, end: c.peer, flow: c.flow,
	}
	if t != SYN && t != SYNACK {
		m.Seq = c.flow.next()
	}
	return m
}

// send puts a segment on its way to the peer. A connection that has to be cut after so many bytes sends only these. After a
// reset the end is dead.
func (c *conn) send(m *message) {
	n, size := c.host.net, len(m.Data)
	if limit := n.way(c.local.Host, c.remote.Host).faults.CutAfter; limit > 0 && m.Type == Data {
		if room := max(0, limit-c.flow.bytes); size >= room {
			m.Data, m.cut = m.Data[:room], true
		}
	}
	c.flow.bytes += size
	c.unread += size
	if m.Type == RST {
		c.dead = true
		c.leave()
	}
	n.transmit(m)
}

// control sends a segment without data for the program.
func (c *conn) control(t Type) { c.send(c.segment(t, nil)) }

// answer sends a segment without data for the operating system.
func (c *conn) answer(t Type) {
	m := c.segment(t, nil)
	m.answer = true
	c.send(m)
}

// arrive takes a segment from the network and hands on what is in order: after a stall a segment can be here before those
// that were held.
func (c *conn) arrive(m *message) {
	f := m.flow
	if m.Seq == 0 || c.gone {
		c.take(m)
		return
	}
	if m.Seq != f.arrived+1 {
		if f.early == nil {
			f.early = map[int]*message{}
		}
		f.early[m.Seq] = m
		return
	}
	for next := m; next != nil; next = f.early[f.arrived+1] {
		f.arrived++
		delete(f.early, f.arrived)
		c.take(next)
	}
}

func (c *conn) take(m *message) {
	if m.swallowed {
		c.host.net.log.lost(m, "connection reset")
		c.abort()
		c.peer.abort()
		return
	}
	c.host.net.log.delivered(c.host, m)
	switch {
	case c.gone && m.Type != RST && !c.dead, c.closed && c.refuses(m):
		c.answer(RST)
	case c.dead:
		// What was on its way when the connection was reset.
	case m.Type == RST:
		c.abort()
	case m.Type == SYNACK:
		c.opened = true
	case m.Type == FIN:
		c.fin = true
		c.leave()
	case c.noReads:
		c.peer.unread -= len(m.Data)
		c.peer.changed.Broadcast()
	default:
		c.in.Write(m.Data)
	}
	if m.cut {
		c.abort()
		c.peer.abort()
	}
	c.changed.Broadcast()
}

// refuses tells what a closed end answers with a reset: data, and the answer to a dial that was given up.
func (c *conn) refuses(m *message) bool {
	return !c.dead && (m.Type == Data && len(m.Data) > 0 || m.Type == SYNACK)
}

// abort is the arrival of a reset.
func (c *conn) abort() {
	if c.dead {
		return
	}
	c.dead = true
	c.failed = syscall.ECONNRESET
	if c.fin {
		c.failed = syscall.EPIPE
	}
	c.leave()
	c.changed.Broadcast()
}

// close is what the operating system does when the program closes a socket or ends.
func (c *conn) close() {
	if c.closed {
		return
	}
	c.closed = true
	c.readBy.stop()
	c.writeBy.stop()
	switch {
	case c.dead:
	case c.dialled && !c.opened:
		// The answer to the dial will be answered with a reset.
	case c.abortive || c.in.Len() > 0:
		c.control(RST)
	case !c.noWrites:
		c.control(FIN)
	}
	c.in.Reset()
	c.leave()
	c.changed.Broadcast()
}

// vanish is the end of a socket whose host has lost its power.
func (c *conn) vanish() {
	c.closed, c.gone = true, true
	c.readBy.stop()
	c.writeBy.stop()
	c.in.Reset()
	delete(c.host.conns, c)
	c.changed.Broadcast()
}

// leave forgets the connection when nothing can come of it any more.
func (c *conn) leave() {
	if c.dead || c.closed && c.fin {
		delete(c.host.conns, c)
	}
}
