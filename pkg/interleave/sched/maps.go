package sched

import "unsafe"

// MapRef is a map of the program. A map is one location: two goroutines may not use it at once unless both only read.
type MapRef[K comparable, V any] struct{ m map[K]V }

// MapOf is m, which may be nil.
func MapOf[M ~map[K]V, K comparable, V any](m M) MapRef[K, V] { return MapRef[K, V]{m} }

func mapPointer[K comparable, V any](m map[K]V) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&m))
}

// use checks an access to the whole map.
func (r MapRef[K, V]) use(kind accessKind, site *Site) {
	s := active.Load()
	p := mapPointer(r.m)
	if s == nil || s.unwinding || p == nil {
		return
	}
	if site == nil {
		site = s.lasting()
	}
	event := 0
	if s.yields(site) {
		op := "read"
		if kind.writes() {
			op = "write"
		}
		s.pointAt(op, nil, nil, site)
		event = s.Did(site.Text)
	}
	s.touch(p, 1, kind, site, event, Map)
}

// Get is m[k].
func (r MapRef[K, V]) Get(k K, site *Site) V {
	r.use(read, site)
	return r.m[k]
}

// Get2 is v, ok := m[k].
func (r MapRef[K, V]) Get2(k K, site *Site) (V, bool) {
	r.use(read, site)
	v, ok := r.m[k]
	return v, ok
}

// At is the entry m[k], to be assigned to.
func (r MapRef[K, V]) At(k K, site *Site) Ref[V] {
	return Ref[V]{get: func() V { return r.Get(k, site) }, set: func(v V) { r.Put(k, v, site) }}
}

// Put is m[k] = v.
func (r MapRef[K, V]) Put(k K, v V, site *Site) {
	r.use(write, site)
	r.m[k] = v
	if s := active.Load(); s != nil && !s.unwinding {
		s.inserted(mapPointer(r.m), k)
	}
}

// Delete is delete(m, k).
func (r MapRef[K, V]) Delete(k K, site *Site) {
	r.use(write, site)
	delete(r.m, k)
}

// Clear is clear(m).
func (r MapRef[K, V]) Clear(site *Site) {
	r.use(write, site)
	clear(r.m)
}

// Len is len(m).
func (r MapRef[K, V]) Len(site *Site) int {
	r.use(read, site)
	return len(r.m)
}

// insertions remembers in which order keys first came into a map: an order for keys that have none of their own.
type insertions struct{ order map[any]int }

// inserted remembers k where its type gives no order.
func (s *Scheduler) inserted(m unsafe.Pointer, k any) {
	if ordered(k) {
		return
	}
	if s.maps == nil {
		s.maps = map[unsafe.Pointer]*insertions{}
	}
	in := s.maps[m]
	if in == nil {
		in = &insertions{order: map[any]int{}}
		s.maps[m] = in
	}
	if _, known := in.order[k]; !known {
		in.order[k] = len(in.order)
	}
}

// MapLiteral builds a map whose keys may have no order of their own.
type MapLiteral[M ~map[K]V, K comparable, V any] struct{ m M }

// Literal starts with an empty map.
func Literal[M ~map[K]V, K comparable, V any](empty M) MapLiteral[M, K, V] {
	return MapLiteral[M, K, V]{empty}
}

// Put adds an entry.
func (l MapLiteral[M, K, V]) Put(k K, v V) MapLiteral[M, K, V] {
	l.m[k] = v
	if s := active.Load(); s != nil && !s.unwinding {
		s.inserted(mapPointer(l.m), k)
	}
	return l
}

// M is the map.
func (l MapLiteral[M, K, V]) M() M { return l.m }
