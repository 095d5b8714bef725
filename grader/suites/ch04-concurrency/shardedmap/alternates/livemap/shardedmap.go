package shardedmap

import (
	"fmt"
	"iter"
	"sync"
)

// Map is a map from keys to values. Any number of goroutines may call its methods at the same time. Make one with New.
type Map[K comparable, V any] struct {
	hash   func(K) uint64
	shards []shard[K, V] // never changes its length
}

// shard is a part of the map with a lock of its own.
type shard[K comparable, V any] struct {
	mu      sync.Mutex
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

// lock locks the shard of k and returns it.
func (m *Map[K, V]) lock(k K) *shard[K, V] {
	s := &m.shards[m.hash(k)%uint64(len(m.shards))]
	s.mu.Lock()
	return s
}

// Get returns the value stored under k and true, or the zero value and false if there is none.
func (m *Map[K, V]) Get(k K) (V, bool) {
	s := m.lock(k)
	defer s.mu.Unlock()
	v, ok := s.entries[k]
	return v, ok
}

// Put stores v under k.
func (m *Map[K, V]) Put(k K, v V) {
	s := m.lock(k)
	defer s.mu.Unlock()
	s.entries[k] = v
}

// PutIfAbsent stores v under k if nothing is there, and returns v and true. Otherwise it returns the value that is there and false.
func (m *Map[K, V]) PutIfAbsent(k K, v V) (V, bool) {
	s := m.lock(k)
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
	s := m.lock(k)
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
	s := m.lock(k)
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
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.entries)
}

// All returns a sequence of all entries. Every loop over it begins anew. While its body runs, the map may be used in any way.
func (m *Map[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for i := range m.shards {
			if !m.shards[i].yieldAll(yield) {
				return
			}
		}
	}
}

// yieldAll ranges over the entries themselves, which Go allows while they change. It has the lock whenever it looks at them.
func (s *shard[K, V]) yieldAll(yield func(K, V) bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, v := range s.entries {
		if !s.unlocked(func() bool { return yield(k, v) }) {
			return false
		}
	}
	return true
}

// unlocked calls body without the lock, and has it again when body is over, even by a panic.
func (s *shard[K, V]) unlocked(body func() bool) bool {
	s.mu.Unlock()
	defer s.mu.Lock()
	return body()
}
