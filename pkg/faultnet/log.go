package faultnet

import (
	"bytes"
	"runtime"
	"strconv"
	"strings"
	"time"

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
	epoch     int
	wave      int
	phase     phase
	goroutine uint64 // of the program
	id        identity
}

// phase orders what happens at one instant.
type phase int

const (
	intervention phase = iota
	byNetwork          // arrivals and losses, and what the operating system answers
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
		e.goroutine = goroutine()
	}
	l.entries = append(l.entries, e)
}

func (l *log) sent(m *message) {
	h, now := l.net.hosts[m.From.Host], l.net.now()
	m.sent, m.wave = now, h.waveOf(now)
	e := entryOf(Sent, h.name, m)
	if m.Type == Datagram || m.Type == Data || m.Type == SYN || m.Type == FIN {
		e.phase = byProgram
	}
	e.wave = m.wave
	l.add(e)
}

// delivered also says when a datagram was overtaken by one that was sent later.
func (l *log) delivered(h *Host, m *message) {
	e := entryOf(Delivered, h.name, m)
	e.Corrupted, e.wave = m.damaged != nil, h.hit(m, l.net.now())
	if m.Type == Datagram {
		e.Reordered = m.flow.overtook(m)
	}
	l.add(e)
}

func (l *log) lost(m *message, why string) {
	e := entryOf(Lost, m.To.Host, m)
	e.Text = why
	if m.sent == l.net.now() {
		e.wave = m.wave
		e.phase = afterwards
	}
	l.add(e)
}

func (l *log) note(h *Host, s spacetime.Step) {
	l.add(entry{Event: Event{Kind: Noted, Host: h.name, Step: s}, phase: byProgram, wave: h.waveOf(l.net.now())})
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
		phase: byNetwork,
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

// goroutine is the number of the calling goroutine. It orders nothing by itself: it only tells which events of an instant
// are a program's own sequence.
func goroutine() uint64 {
	var buf [40]byte
	line := strings.TrimPrefix(string(buf[:runtime.Stack(buf[:], false)]), "goroutine ")
	digits, _, _ := strings.Cut(line, " ")
	id, _ := strconv.ParseUint(digits, 10, 64)
	return id
}

// waveOf is how many messages one after the other have led to what the host does at this instant.
func (h *Host) waveOf(now time.Duration) int {
	if h.waveAt != now {
		h.wave, h.waveAt = 0, now
	}
	return h.wave
}

// hit notes the arrival of a message, which is a wave later than its sending if that was at the same instant.
func (h *Host) hit(m *message, now time.Duration) int {
	wave := h.waveOf(now)
	if m.sent == now {
		wave = max(wave, m.wave+1)
		h.wave = wave
		return m.wave + 1
	}
	return 0
}
