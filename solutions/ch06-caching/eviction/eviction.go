package eviction

import (
	"cmp"
	"container/heap"
	"slices"
	"sync"
	"time"
)

// LRU is a cache that evicts the entry that was used least recently.
type LRU[K comparable, V any] struct{ cache[K, V] }

// NewLRU returns an empty cache. It panics with a message that contains "eviction" if the options make no sense.
func NewLRU[K comparable, V any](o Options[K, V]) *LRU[K, V] {
	return &LRU[K, V]{newCache(o, false)}
}

// LFU is a cache that evicts the entry that was used least frequently and, among several of these, the one used least recently.
type LFU[K comparable, V any] struct{ cache[K, V] }

// NewLFU returns an empty cache. It panics with a message that contains "eviction" if the options make no sense.
func NewLFU[K comparable, V any](o Options[K, V]) *LFU[K, V] {
	return &LFU[K, V]{newCache(o, true)}
}

// entry is what the cache holds under a key.
type entry[K comparable, V any] struct {
	key     K
	value   V
	cost    int64
	expires time.Time // if there is a TTL
	index   int       // in the heap

	uses, last int64 // how often, 0 in an LRU, which does not count; when, as the number of a use among all uses of all entries
}

// cache is both kinds of cache.
type cache[K comparable, V any] struct {
	o         Options[K, V] // never changes
	frequency bool          // never changes: uses are counted

	mu      sync.Mutex // guards all that follows
	entries map[K]*entry[K, V]
	order   ranking[K, V] // the same entries
	stats   Stats
	gone    []*entry[K, V] // those of whom OnEvict has to be told when the lock is free again

	cost, uses int64 // of all entries; so far
}

func newCache[K comparable, V any](o Options[K, V], frequency bool) cache[K, V] {
	switch {
	case o.Capacity < 1:
		panic("eviction: a cache needs room for one entry at least")
	case o.MaxCost < 0 || o.MaxCost > 0 && o.Cost == nil:
		panic("eviction: MaxCost is negative, or there is no Cost")
	case o.TTL < 0 || o.TTL > 0 && o.Now == nil:
		panic("eviction: TTL is negative, or there is no Now")
	}
	return cache[K, V]{o: o, frequency: frequency, entries: map[K]*entry[K, V]{}}
}

// unlock lets the others in again, and then tells OnEvict who is gone.
func (c *cache[K, V]) unlock() {
	gone := c.gone
	c.gone = nil
	c.mu.Unlock()
	for _, e := range gone {
		if c.o.OnEvict != nil {
			c.o.OnEvict(e.key, e.value)
		}
	}
}

// find returns the entry under k, or nil. If it has expired, find removes it.
func (c *cache[K, V]) find(k K) *entry[K, V] {
	e := c.entries[k]
	if e == nil || c.o.TTL == 0 || c.o.Now().Before(e.expires) {
		return e
	}
	c.remove(e)
	c.gone = append(c.gone, e)
	c.stats.Expirations++
	return nil
}

func (c *cache[K, V]) remove(e *entry[K, V]) {
	delete(c.entries, e.key)
	heap.Remove(&c.order, e.index)
	c.cost -= e.cost
}

// use counts a use of an entry, which then has to find its new place in the order.
func (c *cache[K, V]) use(e *entry[K, V]) {
	c.uses++
	e.last = c.uses
	if c.frequency {
		e.uses++
	}
}

// Get returns the value stored under k and true, or the zero value and false if there is none or it has expired. A hit is a use.
func (c *cache[K, V]) Get(k K) (v V, ok bool) {
	c.mu.Lock()
	defer c.unlock()
	e := c.find(k)
	if e == nil {
		c.stats.Misses++
		return v, false
	}
	c.stats.Hits++
	c.use(e)
	heap.Fix(&c.order, e.index)
	return e.value, true
}

// Put stores v under k, in place of what is there, after it has made room for it.
func (c *cache[K, V]) Put(k K, v V) {
	c.mu.Lock()
	defer c.unlock()
	e := &entry[K, V]{key: k, value: v}
	if old := c.find(k); old != nil {
		c.remove(old) // so that the search for room does not meet it
		e.uses = old.uses
	}
	if c.o.MaxCost > 0 {
		if e.cost = c.o.Cost(k, v); e.cost > c.o.MaxCost {
			return
		}
	}
	for len(c.entries) == c.o.Capacity || c.o.MaxCost > 0 && c.cost+e.cost > c.o.MaxCost {
		victim := c.order[0]
		c.remove(victim)
		c.gone = append(c.gone, victim)
		c.stats.Evictions++
	}
	if c.o.TTL > 0 {
		e.expires = c.o.Now().Add(c.o.TTL)
	}
	c.use(e)
	c.entries[k] = e
	heap.Push(&c.order, e)
	c.cost += e.cost
}

// Keys returns the keys of all entries that the cache holds, in the order in which they would be evicted: the next to go comes first.
func (c *cache[K, V]) Keys() (keys []K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range slices.SortedFunc(slices.Values(c.order), earlier[K, V]) {
		keys = append(keys, e.key)
	}
	return keys
}

// Stats returns what was counted so far.
func (c *cache[K, V]) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}

// ranking is a heap: whoever goes next is on top.
type ranking[K comparable, V any] []*entry[K, V]

// earlier is negative if a goes before b.
func earlier[K comparable, V any](a, b *entry[K, V]) int {
	return cmp.Or(cmp.Compare(a.uses, b.uses), cmp.Compare(a.last, b.last))
}

func (r ranking[K, V]) Len() int           { return len(r) }
func (r ranking[K, V]) Less(i, j int) bool { return earlier(r[i], r[j]) < 0 }

func (r ranking[K, V]) Swap(i, j int) {
	r[i], r[j] = r[j], r[i]
	r[i].index, r[j].index = i, j
}

// Push is for package heap.
func (r *ranking[K, V]) Push(e any) {
	e.(*entry[K, V]).index = len(*r)
	*r = append(*r, e.(*entry[K, V]))
}

// Pop is for package heap.
func (r *ranking[K, V]) Pop() any {
	last := len(*r) - 1
	e := (*r)[last]
	*r = slices.Delete(*r, last, last+1) // which also forgets it
	return e
}
