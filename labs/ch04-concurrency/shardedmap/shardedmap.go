package shardedmap

import (
	"iter"

	"scalelab/pkg/lab"
)

// Map is a map from keys to values. Any number of goroutines may call its methods at the same time. Make one with New.
type Map[K comparable, V any] struct{}

// New returns an empty map. The key k belongs to shard hash(k) % uint64(shards). It panics with a message that contains "shardedmap" if
// shards is below 1 or hash is nil.
func New[K comparable, V any](shards int, hash func(K) uint64) *Map[K, V] {
	panic(lab.NotImplemented("shardedmap", "New"))
}

// Get returns the value stored under k and true, or the zero value and false if there is none.
func (m *Map[K, V]) Get(k K) (V, bool) {
	panic(lab.NotImplemented("shardedmap", "Get"))
}

// Put stores v under k.
func (m *Map[K, V]) Put(k K, v V) {
	panic(lab.NotImplemented("shardedmap", "Put"))
}

// PutIfAbsent stores v under k if nothing is there, and returns v and true. Otherwise it returns the value that is there and false.
func (m *Map[K, V]) PutIfAbsent(k K, v V) (V, bool) {
	panic(lab.NotImplemented("shardedmap", "PutIfAbsent"))
}

// Compute replaces the value under k by what fn makes of it, as one step. It calls fn exactly once, with what Get(k) would return. If
// fn returns false, the entry is deleted, and Compute returns the zero value and false; otherwise it returns the new value and true. If
// fn panics, nothing changes and the panic goes on to the caller. It panics with a message that contains "shardedmap" if fn is nil.
func (m *Map[K, V]) Compute(k K, fn func(old V, ok bool) (V, bool)) (V, bool) {
	panic(lab.NotImplemented("shardedmap", "Compute"))
}

// Delete removes the entry under k and returns its value and true, or the zero value and false if there is none.
func (m *Map[K, V]) Delete(k K) (V, bool) {
	panic(lab.NotImplemented("shardedmap", "Delete"))
}

// Len returns the number of entries. It is exact when nobody changes the map.
func (m *Map[K, V]) Len() int {
	panic(lab.NotImplemented("shardedmap", "Len"))
}

// All returns a sequence of all entries. Every loop over it begins anew. While its body runs, the map may be used in any way.
func (m *Map[K, V]) All() iter.Seq2[K, V] {
	panic(lab.NotImplemented("shardedmap", "All"))
}
