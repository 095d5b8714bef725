// Package shardedmap_test is the hidden suite of the lab shardedmap. The rules stand in the lab's lab.yaml.
//
//	suite_test.go    one call after the other, and what is left behind
//	compute_test.go  steps that read and write: PutIfAbsent and Compute
//	shards_test.go   who may wait for whom
//	loop_test.go     loops over All while the map is used
//	overlap_test.go  any calls at the same time
//
// Each check plays small scenes under the scheduler of package interleave, in many orders. The keys are the numbers of lift passes. That
// one call does not wait for another is judged without looking at the time: the other one cannot end before the first one has, so
// whoever waits for it waits for ever.
package shardedmap_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch04-concurrency/shardedmap"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestMain(m *testing.M) { check.Main(m) }

func TestRefusesWhatMakesNoSense(t *testing.T) {
	check.Run(t, func(t *check.T) {
		interleave.Explore(t, options, func(x *interleave.Run) {
			for _, shards := range []int{0, -1} {
				mustRefuse(x, fmt.Sprintf("New(%d, hash)", shards), func() { shardedmap.New[int, int](shards, number) })
			}
			mustRefuse(x, "New(1, nil)", func() { shardedmap.New[int, int](1, nil) })
		})
		explore(t, 1, func(s *scene) {
			s.make(put(1, 10))
			mustRefuse(s.x, "Compute(1, nil)", func() { s.m.Compute(1, nil) })
			require.Equal(s.x, outcome("10, true"), s.make(get(1)), "Put(1, 10) was called, and then Compute(1, nil), which changes nothing; then Get(1)")
		})
	})
}

func mustRefuse(x *interleave.Run, what string, f func()) {
	switch message, panicked := check.PanicOf(f); {
	case !panicked:
		x.Errorf("%s returned; it must panic", what)
	case !strings.Contains(message, "shardedmap"):
		x.Errorf("%s panicked with %q; the message must contain \"shardedmap\"", what, message)
	}
}

func TestRemembersWhatWasStored(t *testing.T) {
	stories := [][]call{
		{get(1), put(1, 10), get(1), put(1, 11), get(1), get(3)},
		{put(1, 10), put(2, 20), put(3, 30), remove(1), get(1), get(2), get(3)},
		{remove(1), put(1, 10), remove(1), remove(1), get(1), put(1, 11), get(1)},
		{putIfAbsent(1, 10), get(1), putIfAbsent(1, 11), get(1), remove(1), putIfAbsent(1, 12), get(1)},
		{add(1, 5), get(1), add(1, 5), get(1), add(3, 1), get(3), get(1)},
		{takeOut(1), get(1), put(1, 10), takeOut(1), get(1), add(1, 5), get(1)},
		{put(1, 0), get(1), putIfAbsent(1, 10), get(1), add(1, 0), remove(1), get(1)}, // a zero value is a value
	}
	check.Run(t, func(t *check.T) {
		for _, shards := range []int{1, 3} {
			for _, story := range stories {
				explore(t, shards, func(s *scene) { s.follow(story) })
			}
		}
		interleave.Explore(t, options, anyValueWillDo)
	})
}

// anyValueWillDo stores values of a type that has no ==.
func anyValueWillDo(x *interleave.Run) {
	m := shardedmap.New[int, []int](1, number)
	m.Put(1, []int{10})
	m.Put(1, []int{11})
	m.PutIfAbsent(1, []int{12})
	m.Compute(1, func(rides []int, _ bool) ([]int, bool) { return append(rides, 13), true })
	var seen [][]int
	for _, rides := range m.All() {
		seen = append(seen, rides)
	}
	rides, _ := m.Delete(1)
	require.Equal(x, [][]int{{11, 13}, {11, 13}}, append(seen, rides),
		"a map of slices: Put(1, [10]), Put(1, [11]), PutIfAbsent(1, [12]), Compute(1, append 13); what a loop saw, and what Delete(1) returned")
}

// follow makes one call after the other, and demands of each what a Go map would do.
func (s *scene) follow(story []call) {
	var m contents
	var before []string
	for _, c := range story {
		want, after := m.apply(c)
		if got := s.make(c); got != want {
			s.x.Errorf("%s\nmust have the outcome  %s\nits outcome was        %s", strings.Join(append(before, c.String()), ", then "), want, got)
		}
		m, before = after, append(before, c.String())
	}
}

func TestKeysMayShareAHash(t *testing.T) {
	hashes := []func(int) uint64{
		func(int) uint64 { return 0 },
		func(k int) uint64 { return uint64(k % 2) },
		func(k int) uint64 { return ^uint64(k) },
		func(k int) uint64 { return uint64(k) << 62 },
	}
	check.Run(t, func(t *check.T) {
		for _, hash := range hashes {
			interleave.Explore(t, options, func(x *interleave.Run) {
				m := shardedmap.New[int, int](3, hash)
				for k := 1; k <= 3; k++ {
					m.Put(k, 10*k)
				}
				about := fmt.Sprintf("the hashes of the keys 1, 2 and 3 are %d, %d and %d; Put(1, 10), Put(2, 20), Put(3, 30)", hash(1), hash(2), hash(3))
				for k := 1; k <= 3; k++ {
					v, ok := m.Get(k)
					require.Equal(x, told(10*k, true), told(v, ok), "%s; then Get(%d)", about, k)
				}
				m.Delete(1)
				v, ok := m.Get(2)
				require.Equal(x, told(20, true), told(v, ok), "%s, Delete(1); then Get(2)", about)
			})
		}
	})
}

func TestLeavesNoGoroutine(t *testing.T) {
	uses := []func(m *shardedmap.Map[int, int]){
		func(m *shardedmap.Map[int, int]) {},
		func(m *shardedmap.Map[int, int]) { m.Put(1, 10); m.Get(1); m.Delete(1); m.Len() },
		func(m *shardedmap.Map[int, int]) { m.PutIfAbsent(1, 10); m.Compute(1, adds(5)) },
		func(m *shardedmap.Map[int, int]) {
			m.Put(1, 10)
			for range m.All() {
			}
		},
		func(m *shardedmap.Map[int, int]) {
			m.Put(1, 10)
			m.Put(2, 20)
			m.All()(func(int, int) bool { return false }) // a loop that is left in its first turn
		},
		func(m *shardedmap.Map[int, int]) {
			m.Put(1, 10)
			m.Put(2, 20)
			check.PanicOf(func() {
				for range m.All() {
					panic(errTorn)
				}
			})
		},
	}
	check.Run(t, func(t *check.T) {
		for _, use := range uses {
			interleave.Explore(t, interleave.Options{Random: 50}, func(*interleave.Run) { use(shardedmap.New[int, int](2, number)) })
		}
	})
}
