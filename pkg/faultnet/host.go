package faultnet

import (
	"cmp"
	"slices"
	"syscall"

	"scalelab/pkg/spacetime"
)

// Host is a machine on the network, with one program on it.
type Host struct {
	net  *Network
	name string

	down      bool
	listeners map[int]*listener   // by port
	sockets   map[int]*packetConn // by port
	conns     map[*conn]struct{}
	dials     map[Addr]int // connections dialled so far, by destination
	ports     int          // free ports handed out so far
	unmet     []*message   // dials that found the host down
}

func newHost(n *Network, name string) *Host {
	return &Host{
		net:       n,
		name:      name,
		listeners: map[int]*listener{},
		sockets:   map[int]*packetConn{},
		conns:     map[*conn]struct{}{},
		dials:     map[Addr]int{},
	}
}

// Name is the host's name.
func (h *Host) Name() string { return h.name }

// Crash takes the power away. The program's sockets answer net.ErrClosed from now on, and nothing can be listened to or dialled.
// Nobody is told: what arrives is lost, dials to the host wait, and connections to it are half-open.
func (h *Host) Crash() {
	h.net.enter()
	defer h.net.mu.Unlock()
	if h.down {
		return
	}
	h.net.log.host(h, Crashed)
	h.down = true
	h.vanish()
}

// Restart brings a crashed host back, without sockets. Peers that have sent to it meanwhile are reset, others when they
// send; dials that waited are answered.
func (h *Host) Restart() {
	n := h.net
	n.enter()
	defer n.mu.Unlock()
	if !h.down {
		return
	}
	n.log.host(h, Restarted)
	h.down = false
	unmet := h.unmet
	h.unmet = nil
	slices.SortFunc(unmet, func(a, b *message) int { return a.identity().compare(b.identity()) })
	for _, m := range unmet {
		if m.Type != SYN {
			m.end.answer(RST)
			continue
		}
		m.due = n.atLeastATick(n.now() + m.delay)
		n.depart(n.way(m.From.Host, m.To.Host), m)
	}
}

// Kill ends the program but not the machine, as kill -9 does: its sockets are closed in the way of an operating system, so
// peers see the end of the stream or a reset, and dials are refused until somebody listens again.
func (h *Host) Kill() {
	h.net.enter()
	defer h.net.mu.Unlock()
	if h.down {
		return
	}
	h.net.log.host(h, Killed)
	for _, port := range sortedKeys(h.listeners) {
		h.listeners[port].close()
	}
	for _, port := range sortedKeys(h.sockets) {
		h.sockets[port].close()
	}
	for _, c := range h.sorted() {
		c.close()
	}
}

// vanish closes all sockets and tells nobody.
func (h *Host) vanish() {
	for _, port := range sortedKeys(h.listeners) {
		h.listeners[port].vanish()
	}
	for _, port := range sortedKeys(h.sockets) {
		h.sockets[port].close()
	}
	for _, c := range h.sorted() {
		c.vanish()
	}
	h.unmet = nil
}

// missed remembers what a peer will send again when the host is back: a dial, or the first segment of a connection.
func (h *Host) missed(m *message) {
	switch {
	case m.Type == SYN:
		h.unmet = append(h.unmet, m)
	case m.isSegment() && m.Type != RST && !m.end.missed:
		m.end.missed = true
		h.unmet = append(h.unmet, m)
	}
}

// Note writes something that the host does into the log, and so into the picture.
func (h *Host) Note(text string) { h.Step(spacetime.Step{Text: text}) }

// Step is Note with all that a step of a picture can have: a value of the lane from here on, a mark, a place in the code.
func (h *Host) Step(s spacetime.Step) {
	h.net.enter()
	defer h.net.mu.Unlock()
	h.net.log.note(h, s)
}

// sorted are the connections, in an order that does not depend on who made them first.
func (h *Host) sorted() []*conn {
	var all []*conn
	for c := range h.conns {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *conn) int {
		return cmp.Or(a.local.compare(b.local), a.remote.compare(b.remote), cmp.Compare(a.number, b.number))
	})
	return all
}

// bind finds a port: the wanted one if it is free, or the next free one for 0.
func bind[T any](h *Host, taken map[int]T, port int) (int, error) {
	if h.down {
		return 0, syscall.ENETDOWN
	}
	if port != 0 {
		if _, ok := taken[port]; ok {
			return 0, syscall.EADDRINUSE
		}
		return port, nil
	}
	for range ephemeralPorts {
		port := firstListening + h.ports%ephemeralPorts
		h.ports++
		if _, ok := taken[port]; !ok {
			return port, nil
		}
	}
	return 0, syscall.EADDRINUSE
}

const (
	firstListening = 32768 // for :0
	firstDialling  = 49152 // the local ports of dials
	ephemeralPorts = 16384
)

func sortedKeys[V any](m map[int]V) []int {
	var keys []int
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
