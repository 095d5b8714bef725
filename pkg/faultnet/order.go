package faultnet

import (
	"cmp"
	"slices"
	"strings"
)

// The order of the log.
//
// In virtual time many goroutines run at one instant, in any order. So the log is not in the order in which its entries were
// written, but in one that follows from what happened:
//
//  1. the instant;
//  2. the interventions before it: what a test does to links and hosts divides an instant into epochs;
//  3. what arrives, by flow and number, and then what operating systems answer;
//  4. what programs do, by host. Each goroutine's events stay together and in its own order, and the goroutines are ordered by
//     what they did, not by who they are. Last comes what is lost of this at once.
//
// Since no message arrives at the instant at which it was sent, an effect always stands below its cause.

// identity names a message by what no order of goroutines can change.
type identity struct {
	from, to Addr
	conn     int
	kind     Type
	seq      int
	payload  string // instead of seq, with ByPayload
	repeat   int
	copy     int
}

func (m *message) identity() identity {
	id := identity{from: m.From, to: m.To, conn: m.Conn, kind: m.Type, seq: m.Seq, copy: m.copy}
	if m.byPayload {
		id.seq, id.payload, id.repeat = 0, string(m.Data), m.Repeat
	}
	return id
}

func (i identity) compare(o identity) int {
	if by := cmp.Or(i.from.compare(o.from), i.to.compare(o.to), cmp.Compare(i.conn, o.conn), cmp.Compare(i.seq, o.seq)); by != 0 {
		return by
	}
	return cmp.Or(cmp.Compare(i.payload, o.payload), cmp.Compare(i.repeat, o.repeat), cmp.Compare(i.kind, o.kind), cmp.Compare(i.copy, o.copy))
}

// Events is the log so far, in its canonical order: the same run gives the same log, whatever the order in which goroutines
// ran. Under ByPayload datagrams are numbered in the order of the log.
func (n *Network) Events() []Event {
	n.enter()
	entries := slices.Clone(n.log.entries)
	n.mu.Unlock()
	inOrder(entries)
	if n.byPayload {
		renumber(entries)
	}
	events := make([]Event, len(entries))
	for i, e := range entries {
		events[i] = e.Event
	}
	return events
}

func inOrder(entries []entry) {
	slices.SortStableFunc(entries, compareEntries)
	for first := 0; first < len(entries); {
		end := first + 1
		for end < len(entries) && entries[end].together(entries[first]) {
			end++
		}
		if entries[first].phase == byProgram {
			orderGoroutines(entries[first:end])
		}
		first = end
	}
}

// together tells what has no order yet but that of writing.
func (e entry) together(o entry) bool {
	return e.At == o.At && e.epoch == o.epoch && e.phase == o.phase && e.Host == o.Host
}

func compareEntries(a, b entry) int {
	if by := cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.epoch, b.epoch), cmp.Compare(a.phase, b.phase)); by != 0 {
		return by
	}
	if a.phase == byProgram {
		return cmp.Compare(a.Host, b.Host)
	}
	return cmp.Or(a.id.compare(b.id), cmp.Compare(a.Kind, b.Kind))
}

// orderGoroutines keeps each goroutine's events together and orders the goroutines by what they did; notes come first, since
// what is said of a step is usually said before it.
func orderGoroutines(entries []entry) {
	var groups [][]entry
	place := map[int64]int{}
	for _, e := range entries {
		i, ok := place[e.goroutine]
		if !ok {
			i = len(groups)
			place[e.goroutine] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], e)
	}
	slices.SortStableFunc(groups, compareGroups)
	i := 0
	for _, group := range groups {
		i += copy(entries[i:], group)
	}
}

func compareGroups(a, b []entry) int {
	for i := range min(len(a), len(b)) {
		if by := cmp.Or(cmp.Compare(b[i].Kind, a[i].Kind), a[i].id.compare(b[i].id), compareNotes(a[i], b[i])); by != 0 {
			return by
		}
	}
	return cmp.Compare(len(a), len(b))
}

func compareNotes(a, b entry) int {
	return cmp.Or(strings.Compare(a.Step.Text, b.Step.Text), strings.Compare(a.Step.Value, b.Step.Value))
}

// renumber counts the datagrams of each flow anew, in the order in which the log has them.
func renumber(entries []entry) {
	type flow struct{ from, to Addr }
	counts, numbers := map[flow]int{}, map[identity]int{}
	for i := range entries {
		e := &entries[i]
		if e.id.kind != Datagram || e.Kind > Lost {
			continue
		}
		id := e.id
		id.copy = 0
		if e.Kind == Sent {
			of := flow{id.from, id.to}
			counts[of]++
			numbers[id] = counts[of]
		}
		e.Message.Seq = numbers[id]
	}
}
