package eviction

import (
	"fmt"
	"sync"
	"time"
)

// LRU and LFU are one structure: a ring of shelves, and on each shelf a ring of notes, linked through the notes themselves. On one shelf
// lie the notes that were used equally often. An LRU has a single shelf. A use takes the same time, however many notes there are; an update walks along the shelves, of which there are few.
type LRU[K comparable, V any] struct{ *board[K, V] }

// LFU has a shelf for every number of uses that occurs.
type LFU[K comparable, V any] struct{ *board[K, V] }

// NewLRU returns an empty cache.
func NewLRU[K comparable, V any](o Options[K, V]) *LRU[K, V] { return &LRU[K, V]{newBoard(o, 0)} }

// NewLFU returns an empty cache.
func NewLFU[K comparable, V any](o Options[K, V]) *LFU[K, V] { return &LFU[K, V]{newBoard(o, 1)} }

type note[K comparable, V any] struct {
	prev, next *note[K, V]
	shelf      *shelf[K, V]
	key        K
	value      V
	cost       int64
	put        time.Time
}

type shelf[K comparable, V any] struct {
	prev, next *shelf[K, V]
	uses       int
	notes      note[K, V] // the ring's own link; its next was used least recently
}

type board[K comparable, V any] struct {
	Options[K, V]
	more int // how much a use counts

	mutex   sync.RWMutex
	byKey   map[K]*note[K, V]
	shelves shelf[K, V] // the ring's own link; its next has the fewest uses
	total   int64
	counts  Stats
}

func newBoard[K comparable, V any](o Options[K, V], more int) *board[K, V] {
	if o.Capacity <= 0 || o.MaxCost < 0 || o.TTL < 0 {
		panic(fmt.Errorf("eviction: negative limits, or no capacity: %d, %d, %v", o.Capacity, o.MaxCost, o.TTL))
	}
	if o.MaxCost > 0 && o.Cost == nil || o.TTL > 0 && o.Now == nil {
		panic(fmt.Errorf("eviction: a limit without the function that it needs"))
	}
	b := &board[K, V]{Options: o, more: more, byKey: make(map[K]*note[K, V])}
	b.shelves.prev, b.shelves.next = &b.shelves, &b.shelves
	return b
}

// place links a note behind all others on the shelf for this many uses, which is the given one, or comes right after it.
func (b *board[K, V]) place(n *note[K, V], uses int, after *shelf[K, V]) {
	s := after
	if s == &b.shelves || s.uses != uses {
		if s = after.next; s == &b.shelves || s.uses != uses {
			s = &shelf[K, V]{uses: uses, prev: after, next: after.next}
			s.prev.next, s.next.prev = s, s
			s.notes.prev, s.notes.next = &s.notes, &s.notes
		}
	}
	n.shelf, n.prev, n.next = s, s.notes.prev, &s.notes
	n.prev.next, n.next.prev = n, n
}

// take unlinks a note, and its shelf if that was its last. It returns the shelf behind which there is room for a new one.
func (b *board[K, V]) take(n *note[K, V]) *shelf[K, V] {
	s := n.shelf
	n.prev.next, n.next.prev = n.next, n.prev
	if s.notes.next != &s.notes {
		return s
	}
	s.prev.next, s.next.prev = s.next, s.prev
	return s.prev
}

func (b *board[K, V]) old(n *note[K, V]) bool {
	return b.TTL > 0 && b.Now().Sub(n.put) >= b.TTL
}

func (b *board[K, V]) drop(n *note[K, V]) {
	b.take(n)
	delete(b.byKey, n.key)
	b.total -= n.cost
}

func (b *board[K, V]) report(gone ...*note[K, V]) {
	for _, n := range gone {
		if b.OnEvict != nil {
			b.OnEvict(n.key, n.value)
		}
	}
}

// Get looks a note up.
func (b *board[K, V]) Get(k K) (V, bool) {
	var zero V
	b.mutex.Lock()
	n, ok := b.byKey[k]
	switch {
	case !ok:
		b.counts.Misses++
		b.mutex.Unlock()
		return zero, false
	case b.old(n):
		b.drop(n)
		b.counts.Misses++
		b.counts.Expirations++
		b.mutex.Unlock()
		b.report(n)
		return zero, false
	}
	b.counts.Hits++
	b.place(n, n.shelf.uses+b.more, b.take(n))
	v := n.value
	b.mutex.Unlock()
	return v, true
}

// Put pins a note.
func (b *board[K, V]) Put(k K, v V) {
	b.mutex.Lock()
	gone := b.pin(k, v)
	b.mutex.Unlock()
	b.report(gone...)
}

func (b *board[K, V]) pin(k K, v V) (gone []*note[K, V]) {
	n, ok := b.byKey[k]
	uses := b.more
	if ok {
		if b.old(n) {
			gone = append(gone, n)
			b.counts.Expirations++
		} else {
			uses = n.shelf.uses + b.more
		}
		b.drop(n)
	}
	n = &note[K, V]{key: k, value: v}
	if b.TTL > 0 {
		n.put = b.Now()
	}
	if b.MaxCost > 0 {
		if n.cost = b.Cost(k, v); n.cost > b.MaxCost {
			return gone
		}
	}
	for len(b.byKey) >= b.Capacity || b.MaxCost > 0 && b.total+n.cost > b.MaxCost {
		last := b.shelves.next.notes.next
		b.drop(last)
		b.counts.Evictions++
		gone = append(gone, last)
	}
	after := &b.shelves
	for after.next != &b.shelves && after.next.uses <= uses {
		after = after.next
	}
	b.place(n, uses, after)
	b.byKey[k] = n
	b.total += n.cost
	return gone
}

// Keys walks along all shelves.
func (b *board[K, V]) Keys() []K {
	b.mutex.RLock()
	defer b.mutex.RUnlock()
	keys := []K{}
	for s := b.shelves.next; s != &b.shelves; s = s.next {
		for n := s.notes.next; n != &s.notes; n = n.next {
			keys = append(keys, n.key)
		}
	}
	return keys
}

// Stats copies the counts.
func (b *board[K, V]) Stats() Stats {
	b.mutex.RLock()
	defer b.mutex.RUnlock()
	return b.counts
}
