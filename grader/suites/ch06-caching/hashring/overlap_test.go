package hashring_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/anishathalye/porcupine"

	"scalelab/labs/ch06-caching/hashring"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestCallsMayOverlap(t *testing.T) {
	alder, birch, cedar := add("alder", 1), add("birch", 1), add("cedar", 1)
	scenes := []scene{
		{before: []call{alder, birch}, one: []call{remove("birch")}, readers: [][]call{{owner, owner}}},
		{before: []call{alder}, one: []call{birch}, readers: [][]call{{owner, allOwners}}},
		{before: []call{alder}, one: []call{add("alder", 2)}, readers: [][]call{{owner, owner}}},
		{before: []call{alder, birch}, one: []call{add("birch", 3)}, readers: [][]call{{allOwners}}},
		{before: []call{alder, birch}, one: []call{remove("alder"), cedar}, readers: [][]call{{owner}}},
		{before: []call{alder}, one: []call{birch}, other: []call{cedar}},
		{before: []call{alder, birch}, one: []call{remove("birch")}, other: []call{cedar}},
		{before: []call{alder, birch}, readers: [][]call{{owner}, {owner}, {allOwners}}},
	}
	check.Run(t, func(t *check.T) {
		for _, s := range scenes {
			interleave.Explore(t, interleave.Options{Leftovers: true, Random: 50, Schedules: 250}, s.play)
		}
	})
}

// call is a call of a method, with the same key everywhere.
type call struct {
	op   string
	node string
	n    int
}

func add(node string, weight int) call { return call{"Add", node, weight} }
func remove(node string) call          { return call{"Remove", node, 0} }

var (
	owner     = call{op: "Owner"}
	allOwners = call{op: "Owners"} // in the order of their names
)

func (c call) String() string {
	switch c.op {
	case "Add":
		return fmt.Sprintf("Add(%s, %d)", c.node, c.n)
	case "Remove":
		return fmt.Sprintf("Remove(%s)", c.node)
	case "Owners":
		return "Owners(skier-1, 9)"
	}
	return "Owner(skier-1)"
}

// on makes the call and returns what it returned, as a text.
func (c call) on(r *hashring.Ring) string {
	switch c.op {
	case "Add":
		r.Add(c.node, c.n)
	case "Remove":
		r.Remove(c.node)
	case "Owners":
		all := r.Owners("skier-1", 9)
		slices.Sort(all)
		return cmp.Or(strings.Join(all, ", "), "nobody")
	default:
		if node, ok := r.Owner("skier-1"); ok {
			return node
		}
		return "nobody"
	}
	return ""
}

// scene is a ring that up to two goroutines change while others read.
type scene struct {
	before, one, other []call
	readers            [][]call
}

func (s scene) play(x *interleave.Run) {
	r := hashring.New(2, hashring.Hash)
	var busy sync.WaitGroup
	x.Name(&busy, "the others")
	for _, c := range s.before {
		interleave.Call(x, 0, c, func() string { return c.on(r) })
	}
	start := func(client int, name string, calls []call) {
		busy.Add(1)
		x.Go(name, func() {
			for _, c := range calls {
				interleave.Call(x, client, c, func() string { return c.on(r) })
			}
			busy.Done()
		})
	}
	for i, calls := range [][]call{s.one, s.other} {
		if calls != nil {
			start(i+1, fmt.Sprint("operator ", i+1), calls)
		}
	}
	for i, calls := range s.readers {
		start(i+3, fmt.Sprint("reader ", i+1), calls)
	}
	busy.Wait()
	interleave.Call(x, 0, allOwners, func() string { return allOwners.on(r) })
	x.Linearizable(oneRing)
}

// nodes tells which of the first three trees are in the ring.
type nodes [3]bool

func (n nodes) String() string {
	var there []string
	for i, is := range n {
		if is {
			there = append(there, trees[i])
		}
	}
	return cmp.Or(strings.Join(there, ", "), "nobody")
}

// oneRing is a ring, one call at a time. Which node owns the key is the ring's choice, but it must be one that is there.
var oneRing = porcupine.Model{
	Init: func() any { return nodes{} },
	Step: func(now, input, output any) (bool, any) {
		n, c := now.(nodes), input.(call)
		switch c.op {
		case "Owner":
			i := slices.Index(trees, output.(string))
			return i >= 0 && i < len(n) && n[i] || n == nodes{} && output == "nobody", n
		case "Owners":
			return output == n.String(), n
		}
		n[slices.Index(trees, c.node)] = c.op == "Add"
		return true, n
	},
	DescribeOperation: func(input, output any) string {
		if output == "" {
			return fmt.Sprint(input)
		}
		return fmt.Sprintf("%v = %v", input, output)
	},
}
