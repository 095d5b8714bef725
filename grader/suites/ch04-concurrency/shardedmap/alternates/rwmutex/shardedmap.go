package shardedmap

import (
	"fmt"
	"iter"
	"maps"
	"sync"
)

// Map is a map from keys to values. Any number of goroutines may call its methods at the same time. Make one with New.
type Map[K comparable, V any] struct {
	hash   func(K) uint64
	shards []shard[K, V] // never changes its length
}

// shard is a part of the map with a lock of its own.
type shard[K comparable, V any] struct {
	mu      sync.RWMutex
	entries map[K]V // guarded by mu
}

// New returns an empty map. The key k belongs to shard hash(k) % uint64(shards). It panics with a message that contains "shardedmap" if
// shards is below 1 or hash is nil.
func New[K comparable, V any](shards int, hash func(K) uint64) *Map[K, V] {
	if shards < 1 {
		panic(fmt.Sprintf("shardedmap: a map needs at least one shard, not %d", shards))
	}
	if hash == nil {
		panic("shardedmap: New without a hash function")
	}
	m := &Map[K, V]{hash: hash, shards: make([]shard[K, V], shards)}
	for i := range m.shards {
		m.shards[i].entries = map[K]V{}
	}
	return m
}

// of returns the shard of k.
func (m *Map[K, V]) of(k K) *shard[K, V] { return &m.shards[m.hash(k)%uint64(len(m.shards))] }

// Get returns the value stored under k and true, or the zero value and false if there is none.
func (m *Map[K, V]) Get(k K) (V, bool) {
	s := m.of(k)
	s.mu.RLock()
	defer s.mu.RUnlock()
	v, ok := s.entries[k]
	return v, ok
}

// Put stores v under k.
func (m *Map[K, V]) Put(k K, v V) {
	s := m.of(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries[k] = v
}

// PutIfAbsent stores v under k if nothing is there, and returns v and true. Otherwise it returns the value that is there and false.
func (m *Map[K, V]) PutIfAbsent(k K, v V) (V, bool) {
	s := m.of(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if there, ok := s.entries[k]; ok {
		return there, false
	}
	s.entries[k] = v
	return v, true
}

// Compute replaces the value under k by what fn makes of it, as one step. It calls fn exactly once, with what Get(k) would return. If
// fn returns false, the entry is deleted, and Compute returns the zero value and false; otherwise it returns the new value and true. If
// fn panics, nothing changes and the panic goes on to the caller. It panics with a message that contains "shardedmap" if fn is nil.
func (m *Map[K, V]) Compute(k K, fn func(old V, ok bool) (V, bool)) (V, bool) {
	if fn == nil {
		panic("shardedmap: Compute without a function")
	}
	s := m.of(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	old, ok := s.entries[k]
	v, keep := fn(old, ok)
	if !keep {
		delete(s.entries, k)
		var none V
		return none, false
	}
	s.entries[k] = v
	return v, true
}

// Delete removes the entry under k and returns its value and true, or the zero value and false if there is none.
func (m *Map[K, V]) Delete(k K) (V, bool) {
	s := m.of(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.entries[k]
	delete(s.entries, k)
	return v, ok
}

// Len returns the number of entries. It is exact when nobody changes the map.
func (m *Map[K, V]) Len() int {
	n := 0
	for i := range m.shards {
		n += m.shards[i].len()
	}
	return n
}

func (s *shard[K, V]) len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.entries)
}

// All returns a sequence of all entries. Every loop over it begins anew. While its body runs, the map may be used in any way.
func (m *Map[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for i := range m.shards {
			for k, v := range m.shards[i].snapshot() {
				if !yield(k, v) {
					return
				}
			}
		}
	}
}

// snapshot returns a copy of the entries, which can be read without the lock.
func (s *shard[K, V]) snapshot() map[K]V {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return maps.Clone(s.entries)
}
