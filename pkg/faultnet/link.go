package faultnet

import (
	"cmp"
	"slices"
	"strings"
)

// Link is what lies between two hosts, or one direction of it. Its methods act on each direction that it stands for.
type Link struct {
	net  *Network
	name string
	ways []wayKey
}

// Link returns the link between two hosts, in both directions.
func (n *Network) Link(a, b string) *Link {
	return &Link{n, a + "↔" + b, []wayKey{{a, b}, {b, a}}}
}

// Way returns the direction from one host to another. What comes back is not touched: a cut way makes connections half-open.
func (n *Network) Way(from, to string) *Link {
	return &Link{n, from + "→" + to, []wayKey{{from, to}}}
}

// Set gives the link its faults, in place of the network's default. What is on its way already keeps its fate.
func (l *Link) Set(f Faults) {
	l.net.enter()
	defer l.net.mu.Unlock()
	for _, key := range l.ways {
		w := l.net.way(key.from, key.to)
		w.faults, w.own = f, true
	}
}

// Default gives faults to all links that have none of their own, now and later. A host's link to itself keeps none.
func (n *Network) Default(f Faults) {
	n.enter()
	defer n.mu.Unlock()
	n.usual = f
	for key, w := range n.ways {
		if !w.own && key.from != key.to {
			w.faults = f
		}
	}
}

// Cut lets nothing through: datagrams are lost, those on their way too; streams wait, and dials do.
func (l *Link) Cut() { l.control(Cut, func(w *way) { w.cut = true }) }

// Heal undoes Cut. What streams have kept is sent again, in order, at once.
func (l *Link) Heal() { l.control(Healed, func(w *way) { w.cut = false }) }

// Stall holds everything, without losing it, until Resume.
func (l *Link) Stall() { l.control(Stalled, func(w *way) { w.stalled = true }) }

// Resume undoes Stall: what was held is on its way again.
func (l *Link) Resume() { l.control(Resumed, func(w *way) { w.stalled = false }) }

// Reset ends every connection over the link, at both ends: what was not read yet can be read, then there is an error.
// A direction alone resets the connections that were dialled in it.
func (l *Link) Reset() {
	n := l.net
	n.enter()
	defer n.mu.Unlock()
	n.log.control(Reset, l.name)
	for _, key := range l.ways {
		if h := n.hosts[key.from]; h != nil {
			for _, c := range h.sorted() {
				if c.dialled && c.peer != nil && c.remote.Host == key.to {
					c.abort()
					c.peer.abort()
				}
			}
		}
	}
}

func (l *Link) control(kind Kind, change func(*way)) {
	l.net.enter()
	defer l.net.mu.Unlock()
	l.net.log.control(kind, l.name)
	for _, key := range l.ways {
		w := l.net.way(key.from, key.to)
		change(w)
		l.net.release(w)
	}
}

// Partition cuts every link between hosts of different groups. Hosts that are in no group keep their links.
func (n *Network) Partition(groups ...[]string) {
	n.enter()
	defer n.mu.Unlock()
	n.log.control(Cut, partitionName(groups))
	for i, group := range groups {
		for j, other := range groups {
			for _, from := range group {
				for _, to := range other {
					if i != j && from != to {
						n.way(from, to).cut = true
					}
				}
			}
		}
	}
}

// Heal heals every link.
func (n *Network) Heal() {
	n.enter()
	defer n.mu.Unlock()
	n.log.control(Healed, "every link")
	var cut []*way
	for _, w := range n.ways {
		if w.cut {
			cut = append(cut, w)
			w.cut = false
		}
	}
	slices.SortFunc(cut, func(a, b *way) int { return a.key.compare(b.key) })
	for _, w := range cut {
		n.release(w)
	}
}

// way is one direction of a link.
type way struct {
	key     wayKey
	faults  Faults
	own     bool // not the network's default
	cut     bool
	stalled bool
	held    []*message // what will go on after Resume or Heal
}

type wayKey struct{ from, to string }

func (k wayKey) compare(o wayKey) int {
	return cmp.Or(cmp.Compare(k.from, o.from), cmp.Compare(k.to, o.to))
}

func (n *Network) way(from, to string) *way {
	key := wayKey{from, to}
	w, ok := n.ways[key]
	if !ok {
		w = &way{key: key}
		if from != to {
			w.faults = n.usual
		}
		n.ways[key] = w
	}
	return w
}

// holds tells whether a message has to wait: datagrams while the link stalls, streams also while it is cut.
func (w *way) holds(m *message) bool {
	return w.stalled || w.cut && m.isSegment()
}

// release sends what was held once more, in the order in which it was sent.
func (n *Network) release(w *way) {
	held := w.held
	w.held = nil
	slices.SortStableFunc(held, func(a, b *message) int { return a.identity().compare(b.identity()) })
	for _, m := range held {
		m.due = n.atLeastATick(n.now() + m.delay)
		if m.isSegment() {
			m.due = max(m.due, m.flow.last)
			m.flow.last = m.due
		}
		n.depart(w, m)
	}
}

// partitionName is "a, b | c".
func partitionName(groups [][]string) string {
	var sides []string
	for _, group := range groups {
		sides = append(sides, strings.Join(group, ", "))
	}
	return strings.Join(sides, " | ")
}
