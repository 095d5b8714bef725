package sched

import "unsafe"

// elements checks an access to s[from:to].
func elements[S ~[]E, E any](s S, from, to int, kind accessKind, site *Site) {
	if sc := active.Load(); sc != nil && from < to {
		s = s[:to]
		sc.access(unsafe.Pointer(&s[from]), uintptr(to-from)*unsafe.Sizeof(s[from]), kind, site)
	}
}

// Appending is the first argument of append(s, n values): they are stored behind s where there is room, else s is copied.
func Appending[S ~[]E, E any](s S, n int, site *Site) S {
	if len(s)+n <= cap(s) {
		elements(s, len(s), len(s)+n, write, site)
	} else {
		elements(s, 0, len(s), read, site)
	}
	return s
}

// AppendAll is append(s, more...).
func AppendAll[S ~[]E, M ~[]E, E any](s S, more M, site *Site) S {
	elements(more, 0, len(more), read, site)
	return append(Appending(s, len(more), site), more...)
}

// AppendString is append(s, text...).
func AppendString[S ~[]byte, T ~string](s S, text T, site *Site) S {
	return append(Appending(s, len(text), site), text...)
}

// Copy is copy(dst, src).
func Copy[D ~[]E, S ~[]E, E any](dst D, src S, site *Site) int {
	n := min(len(dst), len(src))
	elements(src, 0, n, read, site)
	elements(dst, 0, n, write, site)
	return copy(dst, src)
}

// CopyString is copy(dst, text).
func CopyString[D ~[]byte, T ~string](dst D, text T, site *Site) int {
	elements(dst, 0, min(len(dst), len(text)), write, site)
	return copy(dst, text)
}

// ClearSlice is clear(s).
func ClearSlice[S ~[]E, E any](s S, site *Site) {
	elements(s, 0, len(s), write, site)
	clear(s)
}

// SliceRange walks over a slice.
type SliceRange[E any] struct {
	s    []E
	at   int
	site *Site
}

// RangeSlice is for i, v := range s.
func RangeSlice[S ~[]E, E any](s S, site *Site) *SliceRange[E] {
	return &SliceRange[E]{s: s, at: -1, site: site}
}

// Next goes on to the next element.
func (r *SliceRange[E]) Next() bool { r.at++; return r.at < len(r.s) }

// Key is the index.
func (r *SliceRange[E]) Key() int { return r.at }

// Value reads the element.
func (r *SliceRange[E]) Value() E { return Load(&r.s[r.at], r.site) }
