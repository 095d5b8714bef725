package eviction

import (
	"container/list"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// The two caches share nothing but a few helpers. An LRU is a list, the newest in front. An LFU has a list for every number of uses and
// remembers the smallest number for which there is one. Both count in atomic variables. The lock is a channel with room for one.

type item[K comparable, V any] struct {
	key      K
	value    V
	cost     int64
	deadline time.Time
	uses     int
}

type counts struct{ hits, misses, evictions, expirations atomic.Int64 }

// Stats reads the four counts one after the other.
func (c *counts) Stats() Stats {
	return Stats{Hits: c.hits.Load(), Misses: c.misses.Load(), Evictions: c.evictions.Load(), Expirations: c.expirations.Load()}
}

type rules[K comparable, V any] struct{ Options[K, V] }

func checked[K comparable, V any](o Options[K, V]) rules[K, V] {
	var err error
	if o.Capacity < 1 {
		err = errors.New("capacity below 1")
	}
	if o.MaxCost != 0 && (o.Cost == nil || o.MaxCost < 0) {
		err = errors.Join(err, errors.New("a strange MaxCost"))
	}
	if o.TTL != 0 && (o.Now == nil || o.TTL < 0) {
		err = errors.Join(err, errors.New("a strange TTL"))
	}
	if err != nil {
		panic("eviction cannot make a cache: " + err.Error())
	}
	return rules[K, V]{o}
}

func (r rules[K, V]) expired(i *item[K, V]) bool { return r.TTL > 0 && !i.deadline.After(r.Now()) }

func (r rules[K, V]) item(k K, v V) *item[K, V] {
	i := &item[K, V]{key: k, value: v}
	if r.TTL > 0 {
		i.deadline = r.Now().Add(r.TTL)
	}
	if r.MaxCost > 0 {
		i.cost = r.Cost(k, v)
	}
	return i
}

func (r rules[K, V]) fits(entries int, total, cost int64) bool {
	return entries < r.Capacity && (r.MaxCost == 0 || total <= r.MaxCost-cost)
}

func (r rules[K, V]) tell(gone []*item[K, V]) {
	for _, i := range gone {
		if r.OnEvict != nil {
			r.OnEvict(i.key, i.value)
		}
	}
}

// LRU keeps the newest in front.
type LRU[K comparable, V any] struct {
	counts
	rules[K, V]
	mu    chan struct{}
	at    map[K]*list.Element
	items *list.List
	total int64
}

// NewLRU returns an empty cache.
func NewLRU[K comparable, V any](o Options[K, V]) *LRU[K, V] {
	return &LRU[K, V]{rules: checked(o), mu: make(chan struct{}, 1), at: map[K]*list.Element{}, items: list.New()}
}

func (c *LRU[K, V]) cut(e *list.Element) *item[K, V] {
	i := c.items.Remove(e).(*item[K, V])
	delete(c.at, i.key)
	c.total -= i.cost
	return i
}

// Get moves what it finds to the front.
func (c *LRU[K, V]) Get(k K) (v V, ok bool) {
	var gone []*item[K, V]
	c.mu <- struct{}{}
	if e := c.at[k]; e != nil {
		if i := e.Value.(*item[K, V]); c.expired(i) {
			gone = append(gone, c.cut(e))
			c.expirations.Add(1)
		} else {
			c.items.MoveToFront(e)
			v, ok = i.value, true
		}
	}
	<-c.mu
	count(&c.counts, ok)
	c.tell(gone)
	return v, ok
}

func count(c *counts, hit bool) {
	if hit {
		c.hits.Add(1)
	} else {
		c.misses.Add(1)
	}
}

// Put makes room at the back.
func (c *LRU[K, V]) Put(k K, v V) {
	i := c.item(k, v)
	var gone []*item[K, V]
	defer func() { c.tell(gone) }()
	c.mu <- struct{}{}
	defer func() { <-c.mu }()
	if e := c.at[k]; e != nil {
		if old := c.cut(e); c.expired(old) {
			gone = append(gone, old)
			c.expirations.Add(1)
		}
	}
	if c.MaxCost > 0 && i.cost > c.MaxCost {
		return
	}
	for !c.fits(c.items.Len(), c.total, i.cost) {
		gone = append(gone, c.cut(c.items.Back()))
		c.evictions.Add(1)
	}
	c.at[k] = c.items.PushFront(i)
	c.total += i.cost
}

// Keys goes from the back to the front.
func (c *LRU[K, V]) Keys() (keys []K) {
	c.mu <- struct{}{}
	defer func() { <-c.mu }()
	for e := c.items.Back(); e != nil; e = e.Prev() {
		keys = append(keys, e.Value.(*item[K, V]).key)
	}
	return keys
}

// LFU keeps a list for each number of uses, the newest in front.
type LFU[K comparable, V any] struct {
	counts
	rules[K, V]
	mu    sync.Mutex
	at    map[K]*list.Element
	lists map[int]*list.List
	most  int // uses of any entry so far
	least int // no list below has anything in it
	total int64
}

// NewLFU returns an empty cache.
func NewLFU[K comparable, V any](o Options[K, V]) *LFU[K, V] {
	return &LFU[K, V]{rules: checked(o), at: map[K]*list.Element{}, lists: map[int]*list.List{}}
}

func (c *LFU[K, V]) file(i *item[K, V]) {
	i.uses++
	if c.lists[i.uses] == nil {
		c.lists[i.uses] = list.New()
	}
	c.at[i.key] = c.lists[i.uses].PushFront(i)
	c.most, c.least = max(c.most, i.uses), min(c.least, i.uses)
	c.total += i.cost
}

func (c *LFU[K, V]) cut(e *list.Element) *item[K, V] {
	i := e.Value.(*item[K, V])
	if c.lists[i.uses].Remove(e); c.lists[i.uses].Len() == 0 {
		delete(c.lists, i.uses)
	}
	delete(c.at, i.key)
	c.total -= i.cost
	return i
}

// Get files what it finds anew.
func (c *LFU[K, V]) Get(k K) (v V, ok bool) {
	var gone []*item[K, V]
	defer func() { c.tell(gone) }()
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.at[k]; e != nil {
		if i := c.cut(e); c.expired(i) {
			gone = append(gone, i)
			c.expirations.Add(1)
		} else {
			c.file(i)
			v, ok = i.value, true
		}
	}
	count(&c.counts, ok)
	return v, ok
}

// Put makes room where the uses are fewest.
func (c *LFU[K, V]) Put(k K, v V) {
	i := c.item(k, v)
	var gone []*item[K, V]
	defer func() { c.tell(gone) }()
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.at[k]; e != nil {
		if old := c.cut(e); c.expired(old) {
			gone = append(gone, old)
			c.expirations.Add(1)
		} else {
			i.uses = old.uses
		}
	}
	if c.MaxCost > 0 && i.cost > c.MaxCost {
		return
	}
	for !c.fits(len(c.at), c.total, i.cost) {
		for c.lists[c.least] == nil {
			c.least++
		}
		gone = append(gone, c.cut(c.lists[c.least].Back()))
		c.evictions.Add(1)
	}
	c.file(i)
}

// Keys goes through all numbers of uses.
func (c *LFU[K, V]) Keys() (keys []K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for uses := 1; uses <= c.most; uses++ {
		if c.lists[uses] == nil {
			continue
		}
		for e := c.lists[uses].Back(); e != nil; e = e.Prev() {
			keys = append(keys, e.Value.(*item[K, V]).key)
		}
	}
	return keys
}
