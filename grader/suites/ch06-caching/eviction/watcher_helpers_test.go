package eviction_test

import (
	"fmt"
	"slices"
	"strings"

	"scalelab/labs/ch06-caching/eviction"
)

// watcher judges what a cache says about what it does: whom it tells OnEvict about, and what it counts. It believes that whatever the
// cache does is right, and finds out by Keys what that was. So whoever evicts the wrong entry, or believes the wrong ones to have
// expired, loses no points here, as long as he tells and counts what he has done.
type watcher struct {
	limits
	held  map[string]held // what the cache holds, as far as Keys tells
	stats eviction.Stats  // so far
	lost  bool            // a key was there twice: from then on nobody can say which value has gone
}

// held is an entry, with the minutes at which it came, was put last, and was used last.
type held struct {
	value           page
	came, put, used int
}

// seen is what a call did, as far as Keys tells.
type seen struct {
	gone []string // values of others that are not there any more, in the order in which they had to go
	own  string   // the value that was there under the key of the call; "" if none was
	fate fate     // of that one
}

// fate says whether OnEvict must be told about the old value under the key of a call.
type fate int

const (
	replaced fate = iota // or found: must not be told
	expired              // must be told
	either               // nobody can say: it depends on rules that other checks are about
)

// watch makes a call and judges what the cache says about it.
func (tr *transcript) watch(c call, cost int64) {
	w, r := &tr.watcher, tr.last()
	before, toldBefore, result := tr.cache.Keys(), len(tr.told), ""
	r.did, r.holds = noReturn, w.contents(before)
	if c.op == "Put" {
		tr.cache.Put(c.k, page{c.v, cost})
	} else {
		result = found(tr.cache.Get(c.k))
		r.outcome = result
	}
	r.did = noKeys
	after := tr.cache.Keys()
	if w.lost = twice(after); w.lost {
		return
	}
	s := w.saw(c, page{c.v, cost}, tr.model.clock, before, after)
	r.did, r.held, r.holds = whatHappened(c, result, before, after), list(after, " "), w.contents(after)
	r.told = slices.Clone(tr.told[toldBefore:])
	if tr.kind.told {
		r.mustTell = s.mustTell(r.told)
		tr.compare("what OnEvict is told by this call", "OnEvict is told of ", list(r.mustTell, " "), list(r.told, " "))
		return
	}
	got := tr.cache.Stats()
	r.counts = fmt.Sprintf("%+v", got)
	w.count(c, result, s, got)
	r.mustCount = fmt.Sprintf("%+v", w.stats)
	tr.compare("Stats", "Stats() = ", r.mustCount, r.counts)
}

func twice(keys []string) bool {
	return len(slices.Compact(slices.Sorted(slices.Values(keys)))) < len(keys)
}

// saw finds out what a call did, and keeps in mind what is there now.
func (w *watcher) saw(c call, v page, now int, before, after []string) (s seen) {
	old, was := w.held[c.k]
	if !slices.Contains(before, c.k) {
		was = false
	}
	if was {
		s.own, s.fate = old.value.text, w.fateOf(c, old, v, now, slices.Contains(after, c.k))
	}
	for _, k := range before {
		if k != c.k && !slices.Contains(after, k) {
			s.gone = append(s.gone, w.held[k].value.text)
			delete(w.held, k)
		}
	}
	switch {
	case !slices.Contains(after, c.k):
		delete(w.held, c.k)
	case c.op == "Get":
		old.used = now
		w.held[c.k] = old
	case !was:
		w.held[c.k] = held{v, now, now, now}
	case !w.tooDear(v):
		if s.fate != replaced {
			old.came = now
		}
		w.held[c.k] = held{v, old.came, now, now}
	}
	return s
}

func (w *watcher) tooDear(v page) bool { return w.maxCost > 0 && v.cost > w.maxCost }

// fateOf judges the old value under the key of a call. Where the README is plain enough for a cache with another mistake to agree, it
// must be told or not; at the very moment at which an entry expires, for instance, it may.
func (w *watcher) fateOf(c call, old held, v page, now int, there bool) fate {
	switch {
	case c.op == "Get" && there:
		return replaced
	case c.op == "Get":
		return expired
	case there && w.tooDear(v): // it has stayed, or what is too dear was stored: both are wrong, and the costs' affair
		return either
	case w.ttl > 0 && now > old.used+w.ttl:
		return expired
	case w.ttl > 0 && now >= old.came+w.ttl:
		return either
	case there && w.full(v): // whoever makes room before he looks evicts it
		return either
	}
	return replaced
}

// full says that there is no room for one more.
func (w *watcher) full(v page) bool {
	sum := v.cost
	for _, h := range w.held {
		sum += h.value.cost
	}
	return len(w.held) >= w.capacity || w.maxCost > 0 && sum > w.maxCost
}

// mustTell is what OnEvict must have been told; what it was told decides where both are right.
func (s seen) mustTell(told []string) []string {
	at := slices.Index(told, s.own)
	switch {
	case s.fate == expired:
		return slices.Concat([]string{s.own}, s.gone)
	case s.fate == either && at >= 0:
		return slices.Insert(slices.Clone(s.gone), min(at, len(s.gone)), s.own)
	}
	return s.gone
}

// count counts a call. What the cache has counted decides where both are right.
func (w *watcher) count(c call, result string, s seen, got eviction.Stats) {
	switch {
	case c.op == "Get" && result == "not there":
		w.stats.Misses++
	case c.op == "Get":
		w.stats.Hits++
	}
	w.stats.Evictions += int64(len(s.gone))
	switch {
	case s.fate == expired, s.fate == either && got.Expirations > w.stats.Expirations:
		w.stats.Expirations++
	case s.fate == either && got.Evictions > w.stats.Evictions:
		w.stats.Evictions++
	}
}

// contents are the entries as the table shows them.
func (w *watcher) contents(keys []string) string {
	var all []string
	for _, k := range keys {
		h, about := w.held[k], []string(nil)
		if w.maxCost > 0 {
			about = append(about, fmt.Sprintf("cost %d", h.value.cost))
		}
		if w.ttl > 0 {
			about = append(about, "until "+clockTime(h.put+w.ttl))
		}
		if len(about) > 0 {
			k += " (" + strings.Join(about, ", ") + ")"
		}
		all = append(all, k)
	}
	return list(all, "  ")
}
