// Package model enumerates what a program of package machine may do, straight from the rules of the language: no goroutines, no
// scheduler, only states and steps. It shares no code with the engine that it is compared with.
package model

import (
	"fmt"
	"slices"
	"strings"

	"scalelab/pkg/interleave/difftest/machine"
)

// Deadlock is the outcome in which not all goroutines come to their end.
const Deadlock = "deadlock"

type goroutine struct {
	at     int // the next operation
	notes  string
	parked bool
	over   bool
}

type waiter struct{ g, value, branch int } // branch: 0, or 1 for the second channel of Either

type channel struct {
	buf      []int
	closed   bool
	senders  []waiter
	takers   []waiter
	capacity int
}

type state struct {
	p          machine.Program
	goroutines []goroutine
	holders    [machine.Locks]int // -1 free
	numbers    [machine.Numbers]int
	chans      []channel
	rw         rwlock
}

// Outcomes returns everything that p may come to.
func Outcomes(p machine.Program) map[string]bool {
	s := &state{p: p, goroutines: make([]goroutine, len(p.Goroutines)), rw: rwlock{claimed: -1}}
	for i := range s.holders {
		s.holders[i] = -1
	}
	for _, c := range p.Capacity {
		s.chans = append(s.chans, channel{capacity: c})
	}
	outcomes, seen := map[string]bool{}, map[string]bool{}
	explore(s, outcomes, seen)
	return outcomes
}

func explore(s *state, outcomes, seen map[string]bool) {
	key := fmt.Sprint(s.goroutines, s.holders, s.numbers, s.chans, s.rw)
	if seen[key] {
		return
	}
	seen[key] = true
	moved, all := false, true
	for g := range s.goroutines {
		for _, next := range s.steps(g) {
			moved = true
			explore(next, outcomes, seen)
		}
		all = all && s.goroutines[g].over
	}
	switch {
	case all:
		var notes []string
		for _, g := range s.goroutines {
			notes = append(notes, g.notes)
		}
		outcomes[strings.Join(notes, "|")] = true
	case !moved:
		outcomes[Deadlock] = true
	}
}

func (s *state) clone() *state {
	c := *s
	c.goroutines = slices.Clone(s.goroutines)
	c.chans = slices.Clone(s.chans)
	c.rw.waiting = slices.Clone(s.rw.waiting)
	for i := range c.chans {
		ch := &c.chans[i]
		ch.buf, ch.senders, ch.takers = slices.Clone(ch.buf), slices.Clone(ch.senders), slices.Clone(ch.takers)
	}
	return &c
}

// done lets goroutine g go on behind its operation.
func (s *state) done(g int, note string) {
	me := &s.goroutines[g]
	me.notes += note
	me.parked = false
	me.at++
	me.over = me.at == len(s.p.Goroutines[g])
}

func (s *state) panics(g int, text string) {
	me := &s.goroutines[g]
	me.notes += " !" + text
	me.parked, me.over = false, true
}

// steps are the states to which goroutine g's next step may lead.
func (s *state) steps(g int) []*state {
	me := s.goroutines[g]
	if me.over || me.parked {
		return nil
	}
	op := s.p.Goroutines[g][me.at]
	n := s.clone()
	switch machine.Code(op.Code) {
	case machine.Lock:
		if s.holders[op.A] >= 0 {
			return nil
		}
		n.holders[op.A] = g
		n.done(g, "")
	case machine.Unlock:
		n.holders[op.A] = -1
		n.done(g, "")
	case machine.TryLock:
		if s.holders[op.A] >= 0 {
			n.done(g, " busy")
			break
		}
		return n.tryAndUnlock(g, op.A)
	case machine.Add:
		n.numbers[op.A]++
		n.done(g, fmt.Sprint(" +", n.numbers[op.A]))
	case machine.Close:
		n.close(g, op.A)
	case machine.ReadLock, machine.ReadUnlock, machine.WriteLock, machine.WriteUnlock:
		return n.readWrite(g, machine.Code(op.Code))
	default:
		return n.communicate(g, op)
	}
	return []*state{n}
}

// tryAndUnlock holds the lock for a moment that others may notice: the operation has two steps.
func (s *state) tryAndUnlock(g, lock int) []*state {
	s.holders[lock] = g
	s.p.Goroutines = slices.Clone(s.p.Goroutines)
	me := s.goroutines[g]
	ops := slices.Clone(s.p.Goroutines[g])
	ops[me.at] = machine.Op{Code: int(machine.Unlock), A: lock}
	s.p.Goroutines[g] = ops
	s.goroutines[g].notes += " got"
	return []*state{s}
}

func (s *state) close(g, c int) {
	ch := &s.chans[c]
	if ch.closed {
		s.panics(g, "close of closed channel")
		return
	}
	ch.closed = true
	s.done(g, "")
	for len(ch.takers) > 0 {
		w := ch.takers[0]
		s.unpark(w.g)
		s.done(w.g, received(s.p.Goroutines[w.g][s.goroutines[w.g].at], w.branch, 0, false))
	}
	for len(ch.senders) > 0 {
		w := ch.senders[0]
		s.unpark(w.g)
		s.panics(w.g, "send on closed channel")
	}
}

// unpark takes goroutine g out of all queues.
func (s *state) unpark(g int) {
	mine := func(w waiter) bool { return w.g == g }
	for i := range s.chans {
		s.chans[i].senders = slices.DeleteFunc(s.chans[i].senders, mine)
		s.chans[i].takers = slices.DeleteFunc(s.chans[i].takers, mine)
	}
}
