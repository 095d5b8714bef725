// Package maphash stands in for hash/maphash in code under control: all seeds are the same, in every process.
package maphash

import (
	"fmt"
	"hash"
	"hash/fnv"
	"slices"
)

// Seed chooses a hash function. There is only one.
type Seed struct{ made bool }

// MakeSeed returns the seed.
func MakeSeed() Seed { return Seed{true} }

func (s Seed) check() {
	if !s.made {
		panic("maphash: use of uninitialized Seed")
	}
}

// Bytes hashes b.
func Bytes(seed Seed, b []byte) uint64 {
	seed.check()
	h := fnv.New64a()
	_, _ = h.Write(b)
	return h.Sum64()
}

// String hashes s.
func String(seed Seed, s string) uint64 { return Bytes(seed, []byte(s)) }

// Comparable hashes v by its value. Values that hold pointers cannot be hashed alike in every process.
func Comparable[T comparable](seed Seed, v T) uint64 {
	return String(seed, fmt.Sprintf("%T %#v", v, v))
}

// Hash collects what is to be hashed.
type Hash struct{ data []byte }

// Write adds b.
func (h *Hash) Write(b []byte) (int, error) { h.data = append(h.data, b...); return len(b), nil }

// WriteString adds s.
func (h *Hash) WriteString(s string) (int, error) { h.data = append(h.data, s...); return len(s), nil }

// WriteByte adds b.
func (h *Hash) WriteByte(b byte) error { h.data = append(h.data, b); return nil }

// Sum64 is the hash of what was added.
func (h *Hash) Sum64() uint64 { return Bytes(MakeSeed(), h.data) }

// Sum appends the hash to b.
func (h *Hash) Sum(b []byte) []byte {
	x := h.Sum64()
	for shift := 56; shift >= 0; shift -= 8 {
		b = append(b, byte(x>>shift))
	}
	return b
}

// Reset forgets what was added.
func (h *Hash) Reset() { h.data = nil }

// Seed returns the seed.
func (h *Hash) Seed() Seed { return MakeSeed() }

// SetSeed changes nothing: there is only one seed.
func (h *Hash) SetSeed(seed Seed) { seed.check(); h.Reset() }

// Size is the length of a hash in bytes.
func (h *Hash) Size() int { return 8 }

// BlockSize is that of the standard library's.
func (h *Hash) BlockSize() int { return 128 }

// WriteComparable adds x.
func WriteComparable[T comparable](h *Hash, x T) { _, _ = fmt.Fprintf(h, "%T %#v", x, x) }

// Clone copies h.
func (h *Hash) Clone() (hash.Cloner, error) { return &Hash{data: slices.Clone(h.data)}, nil }
