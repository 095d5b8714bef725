// Package maps stands in for the standard library's maps in code under control: it walks over maps in the order that the explorer
// chooses.
package maps

import (
	"iter"
	"maps"

	"scalelab/pkg/interleave/sched"
)

// All yields the entries of m.
func All[M ~map[K]V, K comparable, V any](m M) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for r := sched.RangeMap(m, nil); r.Next(); {
			if !yield(r.Key(), r.Value()) {
				return
			}
		}
	}
}

// Keys yields the keys of m.
func Keys[M ~map[K]V, K comparable, V any](m M) iter.Seq[K] {
	return func(yield func(K) bool) {
		for k := range All(m) {
			if !yield(k) {
				return
			}
		}
	}
}

// Values yields the values of m.
func Values[M ~map[K]V, K comparable, V any](m M) iter.Seq[V] {
	return func(yield func(V) bool) {
		for _, v := range All(m) {
			if !yield(v) {
				return
			}
		}
	}
}

// Insert puts what seq yields into m.
func Insert[M ~map[K]V, K comparable, V any](m M, seq iter.Seq2[K, V]) {
	for k, v := range seq {
		sched.MapOf(m).Put(k, v, nil)
	}
}

// Collect makes a map of what seq yields.
func Collect[K comparable, V any](seq iter.Seq2[K, V]) map[K]V {
	m := map[K]V{}
	Insert(m, seq)
	return m
}

// Copy puts the entries of src into dst.
func Copy[D ~map[K]V, S ~map[K]V, K comparable, V any](dst D, src S) {
	site := sched.Here()
	for r := sched.RangeMap(src, site); r.Next(); {
		sched.MapOf(dst).Put(r.Key(), r.Value(), site)
	}
}

// DeleteFunc deletes the entries for which del holds.
func DeleteFunc[M ~map[K]V, K comparable, V any](m M, del func(K, V) bool) {
	for k, v := range All(m) {
		if del(k, v) {
			sched.MapOf(m).Delete(k, nil)
		}
	}
}

// Clone returns a copy of m.
func Clone[M ~map[K]V, K comparable, V any](m M) M {
	if m == nil {
		return nil
	}
	c := make(M, len(m))
	Copy(c, m)
	return c
}

// Equal tells whether two maps have the same entries.
func Equal[M1, M2 ~map[K]V, K, V comparable](m1 M1, m2 M2) bool {
	sched.MapOf(m1).Len(nil)
	sched.MapOf(m2).Len(nil)
	return maps.Equal(m1, m2)
}

// EqualFunc is Equal with the given equality.
func EqualFunc[M1 ~map[K]V1, M2 ~map[K]V2, K comparable, V1, V2 any](m1 M1, m2 M2, eq func(V1, V2) bool) bool {
	if sched.MapOf(m1).Len(nil) != sched.MapOf(m2).Len(nil) {
		return false
	}
	for k, v1 := range All(m1) {
		if v2, ok := sched.MapOf(m2).Get2(k, nil); !ok || !eq(v1, v2) {
			return false
		}
	}
	return true
}
