package faultnet

import (
	"bytes"

	"github.com/petermattis/goid"

	"scalelab/pkg/spacetime"
)

const (
	mostEvents = 100_000
	mostData   = 4 << 10 // of a payload
)

// log collects events as they come; order.go brings them into an order that does not depend on goroutines. The network's
// lock guards it.
type log struct {
	net     *Network
	entries []entry
	epoch   int // changes with every intervention in links and hosts
	omitted int
}

// entry is an event with what its place in the log follows from.
type entry struct {
	Event
	epoch int
	phase phase
	id    identity
	// goroutine is the number of the program's. It orders nothing by itself: it only tells which events of an instant are a program's
	// own sequence.
	goroutine int64
}

// phase orders what happens at one instant.
type phase int

const (
	intervention phase = iota
	arrival
	answer // of an operating system
	byProgram
	afterwards // losses of what was just sent
)

func (l *log) add(e entry) {
	if len(l.entries) == mostEvents {
		l.omitted++
		return
	}
	e.At = l.net.now()
	e.epoch = l.epoch
	if e.phase == byProgram {
		e.goroutine = goid.Get()
	}
	l.entries = append(l.entries, e)
}

func (l *log) sent(m *message) {
	m.sent = l.net.now()
	e := entryOf(Sent, m.From.Host, m)
	e.phase = byProgram
	if m.answer {
		e.phase = answer
	}
	l.add(e)
}

// delivered also says when a datagram was overtaken by one that was sent later.
func (l *log) delivered(h *Host, m *message) {
	e := entryOf(Delivered, h.name, m)
	e.Corrupted = m.damaged != nil
	if m.Type == Datagram {
		e.Reordered = m.flow.overtook(m)
	}
	l.add(e)
}

// lost takes a message off the network, at once or where it would have arrived.
func (l *log) lost(m *message, why string) {
	e := entryOf(Lost, m.To.Host, m)
	e.Text = why
	if m.due == 0 {
		e.phase = afterwards
	}
	l.add(e)
}

func (l *log) note(h *Host, s spacetime.Step) {
	l.add(entry{Event: Event{Kind: Noted, Host: h.name, Step: s}, phase: byProgram})
}

// control logs an intervention. Nothing that happens later at the same instant is put before it.
func (l *log) control(kind Kind, link string) { l.intervene(Event{Kind: kind, Text: link}) }

func (l *log) host(h *Host, kind Kind) { l.intervene(Event{Kind: kind, Host: h.name}) }

func (l *log) intervene(e Event) {
	l.epoch++
	l.add(entry{Event: e, phase: intervention})
}

func entryOf(kind Kind, host string, m *message) entry {
	e := entry{
		Event: Event{Kind: kind, Host: host, Message: m.Message, Copy: m.copy, Size: len(m.Data)},
		phase: arrival,
		id:    m.identity(),
	}
	if len(m.Data) > mostData {
		e.Message.Data = bytes.Clone(m.Data[:mostData])
	}
	return e
}

// overtook notes the arrival of a datagram and tells whether one that was sent later has arrived before.
func (f *flow) overtook(m *message) bool {
	late := m.sent < f.latest.sent || m.sent == f.latest.sent && m.identity().seq < f.latest.seq
	if !late {
		f.latest.sent, f.latest.seq = m.sent, m.identity().seq
	}
	return late && m.copy == 0
}
