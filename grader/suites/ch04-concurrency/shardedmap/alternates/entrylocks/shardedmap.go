package shardedmap

import (
	"errors"
	"iter"
	"maps"
	"slices"
	"sync"
)

// Map has a lock for each shard, held for a moment only, and one for each entry, held as long as somebody works on it.
type Map[K comparable, V any] struct {
	hash   func(K) uint64
	shards []*shard[K, V]
}

type shard[K comparable, V any] struct {
	mu      sync.Mutex
	entries map[K]*entry[K, V] // guarded by mu; who holds an entry may lock mu, but not the other way round
}

// entry is what is stored under a key, or the place in which something may be stored soon.
type entry[K comparable, V any] struct {
	mu     sync.Mutex
	key    K
	value  V
	stored bool // false: nothing is stored here
	gone   bool // this entry is not in the shard any more; look again
}

// New returns an empty map.
func New[K comparable, V any](shards int, hash func(K) uint64) *Map[K, V] {
	if shards < 1 || hash == nil {
		panic(errors.New("shardedmap: New: no shards, or no hash"))
	}
	m := &Map[K, V]{hash: hash}
	for range shards {
		m.shards = append(m.shards, &shard[K, V]{entries: make(map[K]*entry[K, V])})
	}
	return m
}

// own returns the entry under k, locked. If there is none, it makes an empty one.
func (m *Map[K, V]) own(k K) (*shard[K, V], *entry[K, V]) {
	s := m.shards[m.hash(k)%uint64(len(m.shards))]
	for {
		e := s.find(k)
		e.mu.Lock()
		if !e.gone {
			return s, e
		}
		e.mu.Unlock()
	}
}

func (s *shard[K, V]) find(k K) *entry[K, V] {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[k]
	if e == nil {
		e = &entry[K, V]{key: k}
		s.entries[k] = e
	}
	return e
}

// release ends what own has begun.
func (s *shard[K, V]) release(e *entry[K, V]) {
	defer e.mu.Unlock()
	if e.stored {
		return
	}
	e.gone = true
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.entries, e.key)
}

// Get returns the value under k.
func (m *Map[K, V]) Get(k K) (V, bool) {
	s, e := m.own(k)
	defer s.release(e)
	return e.value, e.stored
}

// Put stores v under k.
func (m *Map[K, V]) Put(k K, v V) {
	s, e := m.own(k)
	defer s.release(e)
	e.value, e.stored = v, true
}

// PutIfAbsent stores v under k if nothing is there.
func (m *Map[K, V]) PutIfAbsent(k K, v V) (V, bool) {
	s, e := m.own(k)
	defer s.release(e)
	if e.stored {
		return e.value, false
	}
	e.value, e.stored = v, true
	return v, true
}

// Compute replaces the value under k by what fn makes of it.
func (m *Map[K, V]) Compute(k K, fn func(old V, ok bool) (V, bool)) (V, bool) {
	if fn == nil {
		panic(errors.New("shardedmap: Compute needs a function"))
	}
	var none V
	s, e := m.own(k)
	defer s.release(e)
	v, keep := fn(e.value, e.stored)
	if !keep {
		v = none
	}
	e.value, e.stored = v, keep
	return v, keep
}

// Delete removes the entry under k.
func (m *Map[K, V]) Delete(k K) (V, bool) {
	var none V
	s, e := m.own(k)
	defer s.release(e)
	v, ok := e.value, e.stored
	e.value, e.stored = none, false
	return v, ok
}

// Len counts the entries.
func (m *Map[K, V]) Len() int {
	n := 0
	for range m.All() {
		n++
	}
	return n
}

// All returns a sequence of the entries.
func (m *Map[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for _, s := range m.shards {
			for _, e := range s.list() {
				if v, ok := e.now(); ok && !yield(e.key, v) {
					return
				}
			}
		}
	}
}

func (s *shard[K, V]) list() []*entry[K, V] {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.entries))
}

func (e *entry[K, V]) now() (V, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.value, e.stored
}
