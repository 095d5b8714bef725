package faultnet

import "syscall"

// This file is what the operating system does with datagrams; packet.go is what the program sees of it.

// receive takes a datagram from the network.
func (h *Host) receive(m *message) {
	n := h.net
	p, ok := h.sockets[m.To.Port]
	switch {
	case !ok || !p.knows(m.From):
		n.log.lost(m, "nobody listens")
		n.transmit(&message{
			Message: Message{Type: Unreachable, From: m.To, To: m.From, Seq: m.Seq},
			flow:    &flow{}, copy: m.copy, answer: true,
		})
	case p.size+len(m.Data) > receiveBuffer || len(p.in) >= receiveBuffer/256:
		n.log.lost(m, "buffer is full")
	default:
		n.log.delivered(h, m)
		p.in = append(p.in, m)
		p.size += len(m.Data)
		p.changed.Broadcast()
	}
}

func (p *packetConn) knows(from Addr) bool { return p.remote == Addr{} || p.remote == from }

// refused tells a dialled socket that nobody listens at the other end; others never learn.
func (h *Host) refused(m *message) {
	h.net.log.delivered(h, m)
	if p, ok := h.sockets[m.To.Port]; ok && p.remote == m.From {
		p.failed = syscall.ECONNREFUSED
		p.changed.Broadcast()
	}
}
