package eviction_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"scalelab/labs/ch06-caching/eviction"
)

// page is a value. What it costs stands on it.
type page struct {
	text string
	cost int64
}

// cache is what both caches are.
type cache interface {
	Get(k string) (page, bool)
	Put(k string, v page)
	Keys() []string
	Stats() eviction.Stats
}

// policy is one of the two kinds of cache.
type policy struct {
	name      string
	frequency bool
	make      func(o eviction.Options[string, page]) cache
}

var (
	lru = policy{"LRU", false, func(o eviction.Options[string, page]) cache { return eviction.NewLRU(o) }}
	lfu = policy{"LFU", true, func(o eviction.Options[string, page]) cache { return eviction.NewLFU(o) }}

	both = []policy{lru, lfu}
)

// limits are the options of a cache, with the time in minutes.
type limits struct {
	capacity int
	maxCost  int64
	ttl      int
}

func (l limits) String() string {
	text := fmt.Sprintf("Capacity %d", l.capacity)
	if l.maxCost > 0 {
		text += fmt.Sprintf(", MaxCost %d", l.maxCost)
	}
	if l.ttl > 0 {
		text += fmt.Sprintf(", TTL %d min", l.ttl)
	}
	return text
}

// slot is an entry of the model.
type slot struct {
	key        string
	value      page
	expires    int
	uses, last int
}

// model is a cache that does everything in the simplest way: it looks at all entries for whatever it wants to know.
type model struct {
	policy
	limits
	slots []slot
	clock int // in minutes
	uses  int
	stats eviction.Stats

	// seen is the order in which the cache under test would evict, if a check is not about the order: then the model goes by it.
	seen []string
}

func (m *model) at(k string) int {
	return slices.IndexFunc(m.slots, func(s slot) bool { return s.key == k })
}

// meet is at for Get and Put, which remove an entry that has expired.
func (m *model) meet(k string) int {
	i := m.at(k)
	if i < 0 || m.ttl == 0 || m.clock < m.slots[i].expires {
		return i
	}
	m.lose(i)
	m.stats.Expirations++
	return -1
}

func (m *model) lose(i int) {
	m.slots = slices.Delete(m.slots, i, i+1)
}

func (m *model) use(s *slot) {
	m.uses++
	s.uses++
	s.last = m.uses
}

func (m *model) get(k string) (page, bool) {
	i := m.meet(k)
	if i < 0 {
		m.stats.Misses++
		return page{}, false
	}
	m.stats.Hits++
	m.use(&m.slots[i])
	return m.slots[i].value, true
}

func (m *model) put(k string, v page) {
	s := slot{key: k, value: v, expires: m.clock + m.ttl}
	if i := m.meet(k); i >= 0 {
		s.uses = m.slots[i].uses
		m.slots = slices.Delete(m.slots, i, i+1)
	}
	if m.maxCost > 0 && v.cost > m.maxCost {
		return
	}
	for len(m.slots) >= m.capacity || m.maxCost > 0 && m.cost()+v.cost > m.maxCost {
		m.lose(m.next())
		m.stats.Evictions++
	}
	m.use(&s)
	m.slots = append(m.slots, s)
}

func (m *model) cost() (sum int64) {
	for _, s := range m.slots {
		sum += s.value.cost
	}
	return sum
}

// next is the place of the entry that goes next.
func (m *model) next() int {
	for _, k := range m.seen {
		if i := m.at(k); i >= 0 {
			return i
		}
	}
	return m.at(m.order()[0].key)
}

// order is all entries, the next to go first.
func (m *model) order() []slot {
	return slices.SortedFunc(slices.Values(m.slots), func(a, b slot) int {
		if m.frequency && a.uses != b.uses {
			return cmp.Compare(a.uses, b.uses)
		}
		return cmp.Compare(a.last, b.last)
	})
}

func (m *model) keys() []string {
	var keys []string
	for _, s := range m.order() {
		keys = append(keys, s.key)
	}
	return keys
}

// contents are the entries as the table shows them: in their order, if that matters, and with what matters in this cache.
func (m *model) contents(ordered bool) string {
	slots := m.slots
	if ordered {
		slots = m.order()
	}
	var all []string
	for _, s := range slots {
		text := s.key
		var about []string
		if ordered && m.frequency {
			about = append(about, fmt.Sprintf("%d×", s.uses))
		}
		if m.maxCost > 0 {
			about = append(about, fmt.Sprintf("cost %d", s.value.cost))
		}
		if m.ttl > 0 {
			about = append(about, "until "+clockTime(s.expires))
		}
		if len(about) > 0 {
			text += " (" + strings.Join(about, ", ") + ")"
		}
		all = append(all, text)
	}
	return list(all, "  ")
}

// clockTime is a minute of the model's day as a clock shows it.
func clockTime(minute int) string { return fmt.Sprintf("9:%02d", minute) }

// list is a list in words.
func list(all []string, between string) string {
	if len(all) == 0 {
		return "nothing"
	}
	return strings.Join(all, between)
}
