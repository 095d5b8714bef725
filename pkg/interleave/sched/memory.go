package sched

import "unsafe"

// Load reads *p.
func Load[T any](p *T, site *Site) T {
	if s := active.Load(); s != nil {
		s.access(unsafe.Pointer(p), unsafe.Sizeof(*p), read, site)
	}
	return *p
}

// Ref is something that can be assigned to.
type Ref[T any] struct {
	p    *T
	site *Site
	get  func() T // for entries of maps
	set  func(T)
}

// At is the memory at p, which other goroutines may reach.
func At[T any](p *T, site *Site) Ref[T] { return Ref[T]{p: p, site: site} }

// Plain is memory that no other goroutine can reach.
func Plain[T any](p *T) Ref[T] { return Ref[T]{p: p} }

// Blank is the blank identifier.
func Blank() Ref[any] { return Ref[any]{set: func(any) {}} }

// Get reads what r refers to.
func (r Ref[T]) Get() T {
	switch {
	case r.get != nil:
		return r.get()
	case r.site == nil:
		return *r.p
	}
	return Load(r.p, r.site)
}

// Set assigns to what r refers to.
func (r Ref[T]) Set(v T) {
	if r.set != nil {
		r.set(v)
		return
	}
	if r.site != nil {
		if s := active.Load(); s != nil {
			s.access(unsafe.Pointer(r.p), unsafe.Sizeof(*r.p), write, r.site)
		}
	}
	*r.p = v
}

// Number is what ++ and -- apply to.
type Number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr |
		~float32 | ~float64 | ~complex64 | ~complex128
}

// Inc is r++: a read and a write, between which others may run.
func Inc[T Number](r Ref[T]) { r.Set(r.Get() + 1) }

// Dec is r--.
func Dec[T Number](r Ref[T]) { r.Set(r.Get() - 1) }

// Set2 is a, b = x, y.
func Set2[A, B any](a Ref[A], b Ref[B]) func(A, B) {
	return func(x A, y B) { a.Set(x); b.Set(y) }
}

// Set3 is Set2 for three.
func Set3[A, B, C any](a Ref[A], b Ref[B], c Ref[C]) func(A, B, C) {
	return func(x A, y B, z C) { a.Set(x); b.Set(y); c.Set(z) }
}

// Set4 is Set2 for four.
func Set4[A, B, C, D any](a Ref[A], b Ref[B], c Ref[C], d Ref[D]) func(A, B, C, D) {
	return func(x A, y B, z C, w D) { a.Set(x); b.Set(y); c.Set(z); d.Set(w) }
}

// On says where the method of a drop-in is called that follows at once, and returns its receiver.
func On[T any](p *T, site *Site) *T {
	if s := active.Load(); s != nil && !s.unwinding {
		s.cur.site = site
	}
	return p
}
