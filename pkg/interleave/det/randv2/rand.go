// Package rand stands in for math/rand/v2 in code under control: every execution draws the same numbers.
package rand

import (
	"math/rand/v2"

	"scalelab/pkg/interleave/sched"
)

// Types are the standard library's; a generator made with a given seed is deterministic anyway.
type (
	Rand    = rand.Rand
	Source  = rand.Source
	PCG     = rand.PCG
	ChaCha8 = rand.ChaCha8
	Zipf    = rand.Zipf
)

func New(src Source) *Rand                             { return rand.New(src) }
func NewPCG(seed1, seed2 uint64) *PCG                  { return rand.NewPCG(seed1, seed2) }
func NewChaCha8(seed [32]byte) *ChaCha8                { return rand.NewChaCha8(seed) }
func NewZipf(r *Rand, s, v float64, imax uint64) *Zipf { return rand.NewZipf(r, s, v, imax) }

// The functions draw from the execution's own generator.
func Int() int                           { return sched.Random().Int() }
func IntN(n int) int                     { return sched.Random().IntN(n) }
func Int32() int32                       { return sched.Random().Int32() }
func Int32N(n int32) int32               { return sched.Random().Int32N(n) }
func Int64() int64                       { return sched.Random().Int64() }
func Int64N(n int64) int64               { return sched.Random().Int64N(n) }
func Uint() uint                         { return sched.Random().Uint() }
func UintN(n uint) uint                  { return sched.Random().UintN(n) }
func Uint32() uint32                     { return sched.Random().Uint32() }
func Uint32N(n uint32) uint32            { return sched.Random().Uint32N(n) }
func Uint64() uint64                     { return sched.Random().Uint64() }
func Uint64N(n uint64) uint64            { return sched.Random().Uint64N(n) }
func Float32() float32                   { return sched.Random().Float32() }
func Float64() float64                   { return sched.Random().Float64() }
func NormFloat64() float64               { return sched.Random().NormFloat64() }
func ExpFloat64() float64                { return sched.Random().ExpFloat64() }
func Perm(n int) []int                   { return sched.Random().Perm(n) }
func Shuffle(n int, swap func(i, j int)) { sched.Random().Shuffle(n, swap) }

// N is IntN for every integer type.
func N[T ~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr](n T) T {
	if n <= 0 {
		panic("invalid argument to N")
	}
	return T(sched.Random().Uint64N(uint64(n)))
}
