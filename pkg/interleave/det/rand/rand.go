// Package rand stands in for math/rand in code under control: every execution draws the same numbers.
package rand

import (
	"math/rand"

	"scalelab/pkg/interleave/sched"
)

// Types are the standard library's; a generator made with a given seed is deterministic anyway.
type (
	Rand     = rand.Rand
	Source   = rand.Source
	Source64 = rand.Source64
	Zipf     = rand.Zipf
)

func New(src Source) *Rand                             { return rand.New(src) }
func NewSource(seed int64) Source                      { return rand.NewSource(seed) }
func NewZipf(r *Rand, s, v float64, imax uint64) *Zipf { return rand.NewZipf(r, s, v, imax) }

// drawn is a generator over the execution's own numbers.
func drawn() *rand.Rand { return rand.New(source{}) }

type source struct{}

func (source) Int63() int64   { return int64(sched.Random().Uint64() >> 1) }
func (source) Uint64() uint64 { return sched.Random().Uint64() }
func (source) Seed(int64)     {}

// The functions draw from the execution's own generator; seeding it changes nothing.
func Seed(int64)                         {}
func Int() int                           { return drawn().Int() }
func Intn(n int) int                     { return drawn().Intn(n) }
func Int31() int32                       { return drawn().Int31() }
func Int31n(n int32) int32               { return drawn().Int31n(n) }
func Int63() int64                       { return drawn().Int63() }
func Int63n(n int64) int64               { return drawn().Int63n(n) }
func Uint32() uint32                     { return drawn().Uint32() }
func Uint64() uint64                     { return drawn().Uint64() }
func Float32() float32                   { return drawn().Float32() }
func Float64() float64                   { return drawn().Float64() }
func NormFloat64() float64               { return drawn().NormFloat64() }
func ExpFloat64() float64                { return drawn().ExpFloat64() }
func Perm(n int) []int                   { return drawn().Perm(n) }
func Shuffle(n int, swap func(i, j int)) { drawn().Shuffle(n, swap) }
func Read(p []byte) (n int, err error)   { return drawn().Read(p) }
