package eviction

import "scalelab/pkg/lab"

// LRU is a cache that evicts the entry that was used least recently. Any number of goroutines may call its methods at the same
// time. Make one with NewLRU.
type LRU[K comparable, V any] struct{}

// NewLRU returns an empty cache. It panics with a message that contains "eviction" if the options make no sense.
func NewLRU[K comparable, V any](o Options[K, V]) *LRU[K, V] {
	panic(lab.NotImplemented("eviction", "NewLRU"))
}

// Get returns the value stored under k and true, or the zero value and false if there is none or it has expired. A hit is a use.
func (c *LRU[K, V]) Get(k K) (V, bool) {
	panic(lab.NotImplemented("eviction", "Get"))
}

// Put stores v under k, in place of what is there, after it has made room for it.
func (c *LRU[K, V]) Put(k K, v V) {
	panic(lab.NotImplemented("eviction", "Put"))
}

// Keys returns the keys of all entries that the cache holds, in the order in which they would be evicted: the next to go comes
// first.
func (c *LRU[K, V]) Keys() []K {
	panic(lab.NotImplemented("eviction", "Keys"))
}

// Stats returns what was counted so far.
func (c *LRU[K, V]) Stats() Stats {
	panic(lab.NotImplemented("eviction", "Stats"))
}

// LFU is a cache that evicts the entry that was used least frequently and, among several of these, the one used least recently.
// Any number of goroutines may call its methods at the same time. Make one with NewLFU.
type LFU[K comparable, V any] struct{}

// NewLFU returns an empty cache. It panics with a message that contains "eviction" if the options make no sense.
func NewLFU[K comparable, V any](o Options[K, V]) *LFU[K, V] {
	panic(lab.NotImplemented("eviction", "NewLFU"))
}

// Get returns the value stored under k and true, or the zero value and false if there is none or it has expired. A hit is a use.
func (c *LFU[K, V]) Get(k K) (V, bool) {
	panic(lab.NotImplemented("eviction", "Get"))
}

// Put stores v under k, in place of what is there, after it has made room for it.
func (c *LFU[K, V]) Put(k K, v V) {
	panic(lab.NotImplemented("eviction", "Put"))
}

// Keys returns the keys of all entries that the cache holds, in the order in which they would be evicted: the next to go comes
// first.
func (c *LFU[K, V]) Keys() []K {
	panic(lab.NotImplemented("eviction", "Keys"))
}

// Stats returns what was counted so far.
func (c *LFU[K, V]) Stats() Stats {
	panic(lab.NotImplemented("eviction", "Stats"))
}
