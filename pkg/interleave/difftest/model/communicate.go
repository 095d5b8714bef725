package model

import (
	"fmt"

	"scalelab/pkg/interleave/difftest/machine"
)

// received is what a goroutine notes when its operation receives.
func received(op machine.Op, branch, v int, ok bool) string {
	if machine.Code(op.Code) == machine.Either {
		return fmt.Sprint(" ", string("ab"[branch]), v, ok)
	}
	return fmt.Sprint(" ", v, ok)
}

// communicate does, or parks in, an operation on channels.
func (s *state) communicate(g int, op machine.Op) []*state {
	switch machine.Code(op.Code) {
	case machine.Send, machine.TrySend:
		return []*state{s.send(g, op)}
	case machine.Receive, machine.TryReceive:
		if !s.canReceive(op.A) {
			return []*state{s.waitOr(g, op, " empty")}
		}
		s.receive(g, op, op.A, 0)
		return []*state{s}
	}
	var next []*state
	for branch, c := range []int{op.A, op.B} {
		if s.canReceive(c) {
			n := s.clone()
			n.receive(g, op, c, branch)
			next = append(next, n)
		}
	}
	if next == nil {
		next = append(next, s.waitOr(g, op, ""))
	}
	return next
}

// waitOr parks g, or notes that a trying operation came to nothing.
func (s *state) waitOr(g int, op machine.Op, nothing string) *state {
	value := 10*g + s.goroutines[g].at
	switch machine.Code(op.Code) {
	case machine.TrySend, machine.TryReceive:
		s.done(g, nothing)
		return s
	case machine.Send:
		s.chans[op.A].senders = append(s.chans[op.A].senders, waiter{g, value, 0})
	case machine.Receive:
		s.chans[op.A].takers = append(s.chans[op.A].takers, waiter{g, 0, 0})
	case machine.Either:
		s.chans[op.A].takers = append(s.chans[op.A].takers, waiter{g, 0, 0})
		s.chans[op.B].takers = append(s.chans[op.B].takers, waiter{g, 0, 1})
	}
	s.goroutines[g].parked = true
	return s
}

func (s *state) send(g int, op machine.Op) *state {
	ch := &s.chans[op.A]
	value := 10*g + s.goroutines[g].at
	sent := ""
	if machine.Code(op.Code) == machine.TrySend {
		sent = " sent"
	}
	switch {
	case ch.closed:
		s.panics(g, "send on closed channel")
	case len(ch.takers) > 0:
		w := ch.takers[0]
		s.unpark(w.g)
		s.done(w.g, received(s.p.Goroutines[w.g][s.goroutines[w.g].at], w.branch, value, true))
		s.done(g, sent)
	case len(ch.buf) < ch.capacity:
		ch.buf = append(ch.buf, value)
		s.done(g, sent)
	default:
		return s.waitOr(g, op, " full")
	}
	return s
}

func (s *state) canReceive(c int) bool {
	ch := s.chans[c]
	return ch.closed || len(ch.buf) > 0 || len(ch.senders) > 0
}

func (s *state) receive(g int, op machine.Op, c, branch int) {
	ch := &s.chans[c]
	if len(ch.buf) == 0 && len(ch.senders) == 0 {
		s.done(g, received(op, branch, 0, false))
		return
	}
	if len(ch.senders) > 0 {
		w := ch.senders[0]
		s.unpark(w.g)
		s.done(w.g, "")
		ch.buf = append(ch.buf, w.value)
	}
	v := ch.buf[0]
	ch.buf = ch.buf[1:]
	s.done(g, received(op, branch, v, true))
}
