package eviction_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch06-caching/eviction"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

// call is a call of a method.
type call struct{ op, k, v string }

func (c call) String() string {
	switch c.op {
	case "Put":
		return fmt.Sprintf("Put(%s, %s)", c.k, c.v)
	case "Get":
		return fmt.Sprintf("Get(%s)", c.k)
	}
	return c.op + "()"
}

// makeOf makes the call and returns its outcome.
func (c call) makeOf(of cache) string {
	switch c.op {
	case "Put":
		of.Put(c.k, page{text: c.v})
		return ""
	case "Get":
		return found(of.Get(c.k))
	case "Keys":
		return list(of.Keys(), " ")
	}
	of.Stats()
	return ""
}

func TestAnyCallsMayOverlap(t *testing.T) {
	getA, getB := call{op: "Get", k: "a"}, call{op: "Get", k: "b"}
	putA, putC := call{"Put", "a", "a2"}, call{"Put", "c", "c1"}
	every := []call{getA, getB, putA, putC, {op: "Keys"}, {op: "Stats"}}
	check.Run(t, func(t *check.T) {
		for _, p := range both {
			for i, one := range every {
				for _, other := range every[i:] {
					interleave.Explore(t, interleave.Options{Random: 30}, func(x *interleave.Run) { oneMomentEach(x, p, []call{one}, []call{other}) })
				}
			}
			interleave.Explore(t, interleave.Options{Random: 100}, func(x *interleave.Run) {
				oneMomentEach(x, p, []call{putA, getA}, []call{putC, getB})
			})
		}
	})
}

// oneMomentEach lets goroutines make calls at the same time, on a cache for two entries in which a and b lie. Every call must have taken
// effect at one moment between its beginning and its end, and at the end the numbers of Stats must be right.
func oneMomentEach(x *interleave.Run, p policy, clients ...[]call) {
	var told interleave.Note[int64]
	dawn := time.Date(2026, time.January, 10, 9, 0, 0, 0, time.UTC)
	c := p.make(eviction.Options[string, page]{
		Capacity: 2, TTL: time.Hour, Now: func() time.Time { return dawn },
		OnEvict: func(string, page) { told.Update(func(n int64) int64 { return n + 1 }) },
	})
	var busy sync.WaitGroup
	x.Name(&busy, "the others")
	record := func(client int, one call) string {
		return interleave.Call(x, client, one, func() string { return one.makeOf(c) })
	}
	record(0, call{"Put", "a", "a1"})
	record(0, call{"Put", "b", "b1"})
	var hits, misses interleave.Note[int64]
	for i, calls := range clients {
		busy.Add(1)
		x.Go(fmt.Sprintf("desk %d", i+1), func() {
			for _, one := range calls {
				result, note := record(i+1, one), &hits
				if result == "not there" {
					note = &misses
				}
				if one.op == "Get" {
					note.Update(func(n int64) int64 { return n + 1 })
				}
			}
			busy.Done()
		})
	}
	busy.Wait()
	record(0, call{op: "Keys"})
	want := eviction.Stats{Hits: hits.Get(), Misses: misses.Get(), Evictions: told.Get()}
	require.Equal(x, want, c.Stats(), "%d calls of Get found something, %d did not, OnEvict was called %d times; Stats when all is over",
		want.Hits, want.Misses, want.Evictions)
	x.Linearizable(oneCache(p))
}

// oneCache is a cache for two entries, one call at a time. Of Stats it knows only that it comes to an end.
func oneCache(p policy) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return model{policy: p, limits: limits{capacity: 2}} },
		Step: func(state, input, output any) (bool, any) {
			m, c := state.(model), input.(call)
			m.slots, m.told = slices.Clone(m.slots), nil
			want := ""
			switch c.op {
			case "Put":
				m.put(c.k, page{text: c.v})
			case "Get":
				want = found(m.get(c.k))
			case "Keys":
				want = list(m.keys(), " ")
			}
			return output == want, m
		},
		Equal: func(a, b any) bool { return same(a.(model), b.(model)) },
		DescribeOperation: func(input, output any) string {
			return strings.TrimSuffix(fmt.Sprintf("%v = %v", input, output), " = ")
		},
	}
}

func same(a, b model) bool { return slices.Equal(a.slots, b.slots) && a.uses == b.uses }
