package sched

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// MapRange walks over a map in an order that the picker chooses. Entries deleted on the way are not visited; entries added on the
// way are not visited either, which Go permits.
type MapRange[K comparable, V any] struct {
	ref  MapRef[K, V]
	rest []entry[K, V]
	at   entry[K, V]
	site *Site
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

// RangeMap is for k, v := range m. Without a site it is that of the drop-in's caller.
func RangeMap[M ~map[K]V, K comparable, V any](m M, site *Site) *MapRange[K, V] {
	if site == nil {
		site = Here()
	}
	r := &MapRange[K, V]{ref: MapOf(m), site: site}
	r.ref.use(read, site)
	for k, v := range m {
		r.rest = append(r.rest, entry[K, V]{k, v})
	}
	if len(r.rest) > 1 {
		r.sort()
	}
	return r
}

// sort puts the entries into an order that is the same in every process.
func (r *MapRange[K, V]) sort() {
	var born map[any]int
	s := active.Load()
	if s != nil && s.maps[mapPointer(r.ref.m)] != nil {
		born = s.maps[mapPointer(r.ref.m)].order
	}
	for _, e := range r.rest {
		if _, known := born[e.key]; !known && !ordered(e.key) {
			unorderable(s, r.site)
		}
	}
	slices.SortFunc(r.rest, func(a, b entry[K, V]) int {
		i, known := born[a.key]
		j, both := born[b.key]
		if known && both {
			return cmp.Compare(i, j)
		}
		if known != both {
			return map[bool]int{true: 1, false: -1}[known]
		}
		return compare(reflect.ValueOf(a.key), reflect.ValueOf(b.key))
	})
}

func unorderable(s *Scheduler, site *Site) {
	const why = "a range over a map whose keys have no order and were not put in by rewritten code"
	if s == nil {
		panic("interleave: " + why)
	}
	s.Fail(Failure{Kind: Unjudged, Task: s.cur.ID, Site: site, Message: why})
}

// maxChosen is up to how many remaining keys the next one is chosen; from longer rests the first is taken.
const maxChosen = 3

// ChooseNext says which of n remaining entries comes next.
func (s *Scheduler) ChooseNext(n int) int {
	if n > maxChosen {
		s.partial = true
	}
	return s.Choose(min(n, maxChosen))
}

// Next goes on to an entry that is still there.
func (r *MapRange[K, V]) Next() bool {
	for len(r.rest) > 0 {
		i := 0
		if s := active.Load(); s != nil && !s.unwinding {
			i = s.ChooseNext(len(r.rest))
		}
		r.at = r.rest[i]
		r.rest = slices.Delete(r.rest, i, i+1)
		if r.at.key != r.at.key { // NaN: it can be neither looked up nor deleted
			return len(r.ref.m) > 0
		}
		r.ref.use(read, r.site)
		if v, ok := r.ref.m[r.at.key]; ok {
			r.at.value = v
			return true
		}
	}
	return false
}

// Key is the entry's key.
func (r *MapRange[K, V]) Key() K { return r.at.key }

// Value is the entry's value.
func (r *MapRange[K, V]) Value() V { return r.at.value }

// ordered tells whether a key can be compared by its value alone.
func ordered(k any) bool {
	if k == nil {
		return true
	}
	return orderedValue(reflect.ValueOf(k))
}

func orderedValue(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Chan, reflect.UnsafePointer:
		return v.IsNil()
	case reflect.Interface:
		return v.IsNil() || orderedValue(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if !orderedValue(v.Field(i)) {
				return false
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			if !orderedValue(v.Index(i)) {
				return false
			}
		}
	}
	return true
}

// compare orders two keys for which ordered holds.
func compare(a, b reflect.Value) int {
	if !a.IsValid() || !b.IsValid() {
		return cmp.Compare(fmt.Sprint(a.IsValid()), fmt.Sprint(b.IsValid()))
	}
	if a.Type() != b.Type() {
		return strings.Compare(a.Type().String(), b.Type().String())
	}
	switch {
	case a.CanInt():
		return cmp.Compare(a.Int(), b.Int())
	case a.CanUint():
		return cmp.Compare(a.Uint(), b.Uint())
	case a.CanFloat():
		return cmp.Compare(a.Float(), b.Float())
	case a.Kind() == reflect.String:
		return strings.Compare(a.String(), b.String())
	case a.Kind() == reflect.Interface:
		return compare(a.Elem(), b.Elem())
	case a.Kind() == reflect.Array:
		for i := range a.Len() {
			if c := compare(a.Index(i), b.Index(i)); c != 0 {
				return c
			}
		}
		return 0
	case a.Kind() == reflect.Struct:
		for i := range a.NumField() {
			if c := compare(a.Field(i), b.Field(i)); c != 0 {
				return c
			}
		}
		return 0
	default:
		return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	}
}
