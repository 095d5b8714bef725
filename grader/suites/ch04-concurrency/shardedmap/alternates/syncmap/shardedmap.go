package shardedmap

import (
	"iter"
	"sync"
)

// Map keeps its entries in a sync.Map, which may be read at any time. Whoever changes an entry has the lock of its shard.
type Map[K comparable, V any] struct {
	entries sync.Map
	hash    func(K) uint64
	writing []sync.Mutex // one for each shard
}

// New returns an empty map.
func New[K comparable, V any](shards int, hash func(K) uint64) *Map[K, V] {
	if shards <= 0 || hash == nil {
		panic("shardedmap: New needs at least one shard and a hash function")
	}
	return &Map[K, V]{hash: hash, writing: make([]sync.Mutex, shards)}
}

// locked locks the shard of k and returns the function that unlocks it.
func (m *Map[K, V]) locked(k K) (unlock func()) {
	mu := &m.writing[m.hash(k)%uint64(len(m.writing))]
	mu.Lock()
	return mu.Unlock
}

// Get returns the value under k.
func (m *Map[K, V]) Get(k K) (V, bool) { return typed[V](m.entries.Load(k)) }

func typed[V any](v any, ok bool) (V, bool) {
	if !ok {
		var none V
		return none, false
	}
	return *v.(*V), true
}

// Put stores v under k.
func (m *Map[K, V]) Put(k K, v V) {
	defer m.locked(k)()
	m.entries.Store(k, &v)
}

// PutIfAbsent stores v under k if nothing is there.
func (m *Map[K, V]) PutIfAbsent(k K, v V) (V, bool) {
	defer m.locked(k)()
	there, loaded := m.entries.LoadOrStore(k, &v)
	return *there.(*V), !loaded
}

// Compute replaces the value under k by what fn makes of it.
func (m *Map[K, V]) Compute(k K, fn func(old V, ok bool) (V, bool)) (V, bool) {
	if fn == nil {
		panic("shardedmap: fn is nil")
	}
	defer m.locked(k)()
	if v, keep := fn(m.Get(k)); keep {
		m.entries.Store(k, &v)
	} else {
		m.entries.Delete(k)
	}
	return m.Get(k)
}

// Delete removes the entry under k.
func (m *Map[K, V]) Delete(k K) (V, bool) {
	defer m.locked(k)()
	return typed[V](m.entries.LoadAndDelete(k))
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
		m.entries.Range(func(k, v any) bool { return yield(k.(K), *v.(*V)) })
	}
}
