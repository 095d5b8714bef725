package eviction_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

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
	return strings.TrimPrefix(c.op, "final ") + "()"
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
	case "final Stats":
		return fmt.Sprintf("%+v", of.Stats())
	}
	of.Stats() // what it returns while others use the cache is left open
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
					oneMomentEach(t, p, []call{one}, []call{other})
				}
			}
			oneMomentEach(t, p, []call{putA, getA}, []call{putC, getB})
		}
	})
}

// numbered is a call in a scene. No two of a scene have the same letter.
type numbered struct {
	call
	letter string
}

// overlap is a scene: goroutines that make calls at the same time, on a cache for two entries in which a and b lie.
type overlap struct {
	policy        policy
	before, after []numbered
	clients       [][]numbered

	// alone says what the last call of a sequence returns if this very cache gets one call after the other. So whoever evicts the wrong
	// entry loses no points here.
	alone map[string]string
}

// oneMomentEach demands that every call takes effect at one moment between its beginning and its end: some sequence of the calls, one
// after the other, must give the same results.
func oneMomentEach(t *check.T, p policy, clients ...[]call) {
	t.Helper()
	o := overlap{policy: p, alone: map[string]string{}}
	letters := 0
	number := func(calls []call) (all []numbered) {
		for _, c := range calls {
			all = append(all, numbered{c, string(rune('A' + letters))})
			letters++
		}
		return all
	}
	o.before = number([]call{{"Put", "a", "a1"}, {"Put", "b", "b1"}})
	for _, calls := range clients {
		o.clients = append(o.clients, number(calls))
	}
	o.after = number([]call{{op: "Keys"}, {op: "final Stats"}})
	alone(t, 10_000, func() {
		for _, order := range merged(o.clients[0], o.clients[1]) {
			c, sequence := o.cache(), ""
			for _, n := range slices.Concat(o.before, order, o.after) {
				sequence += n.letter
				o.alone[sequence] = n.makeOf(c)
			}
		}
	})
	interleave.Explore(t, interleave.Options{Random: 30}, o.play)
}

// merged are all orders of both lists' calls that keep the order of each list.
func merged(a, b []numbered) [][]numbered {
	if len(a) == 0 || len(b) == 0 {
		return [][]numbered{slices.Concat(a, b)}
	}
	var all [][]numbered
	for _, rest := range merged(a[1:], b) {
		all = append(all, slices.Concat(a[:1], rest))
	}
	for _, rest := range merged(a, b[1:]) {
		all = append(all, slices.Concat(b[:1], rest))
	}
	return all
}

func (o *overlap) cache() cache {
	dawn := time.Date(2026, time.January, 10, 9, 0, 0, 0, time.UTC)
	return o.policy.make(eviction.Options[string, page]{
		Capacity: 2, TTL: time.Hour, Now: func() time.Time { return dawn }, OnEvict: func(string, page) {},
	})
}

func (o *overlap) play(x *interleave.Run) {
	c := o.cache()
	record := func(client int, calls []numbered) {
		for _, n := range calls {
			interleave.Call(x, client, n, func() string { return n.makeOf(c) })
		}
	}
	var busy sync.WaitGroup
	x.Name(&busy, "the others")
	record(0, o.before)
	for i, calls := range o.clients {
		busy.Add(1)
		x.Go(fmt.Sprintf("desk %d", i+1), func() {
			record(i+1, calls)
			busy.Done()
		})
	}
	busy.Wait()
	record(0, o.after)
	x.Linearizable(porcupine.Model{
		Init: func() any { return "" },
		Step: func(state, input, output any) (bool, any) {
			sequence := state.(string) + input.(numbered).letter
			want, ok := o.alone[sequence]
			return ok && want == output, sequence
		},
		DescribeOperation: func(input, output any) string {
			return strings.TrimSuffix(fmt.Sprintf("%v = %v", input, output), " = ")
		},
	})
}
