package hashring_test

import (
	"fmt"
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
		{before: []call{alder}, one: []call{birch}, readers: [][]call{{owner, ownersOf(2)}}},
		{before: []call{alder}, one: []call{add("alder", 2)}, readers: [][]call{{owner, owner}}},
		{before: []call{alder, birch}, one: []call{add("birch", 3)}, readers: [][]call{{ownersOf(2)}}},
		{before: []call{alder, birch}, one: []call{remove("alder"), cedar}, readers: [][]call{{owner}}},
		{before: []call{alder}, one: []call{birch}, other: []call{cedar}},
		{before: []call{alder, birch}, one: []call{remove("birch")}, other: []call{cedar}},
		{before: []call{alder, birch}, readers: [][]call{{owner}, {owner}, {ownersOf(2)}}},
	}
	check.Run(t, func(t *check.T) {
		for _, s := range scenes {
			interleave.Explore(t, interleave.Options{Leftovers: true, Random: 50, Schedules: 600}, s.play)
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
func ownersOf(n int) call              { return call{"Owners", "", n} }

var owner = call{op: "Owner"}

func (c call) String() string {
	switch c.op {
	case "Add":
		return fmt.Sprintf("Add(%s, %d)", c.node, c.n)
	case "Remove":
		return fmt.Sprintf("Remove(%s)", c.node)
	case "Owners":
		return fmt.Sprintf("Owners(key, %d)", c.n)
	}
	return "Owner(key)"
}

// on makes the call and returns what it returned, as a text.
func (c call) on(r *hashring.Ring, key string) string {
	switch c.op {
	case "Add":
		r.Add(c.node, c.n)
	case "Remove":
		r.Remove(c.node)
	case "Owners":
		return strings.Join(r.Owners(key, c.n), ", ")
	default:
		if node, ok := r.Owner(key); ok {
			return node
		}
		return "nobody"
	}
	return ""
}

// scene is a ring that up to two goroutines change while others read. The two change different nodes.
type scene struct {
	before, one, other []call
	readers            [][]call
}

// state is how many changes of each side have taken effect.
type state struct{ one, other int }

// answers is what the reading calls return in one state of the ring.
type answers struct{ owner, two, three string }

func (s scene) play(x *interleave.Run) {
	key := s.interestingKey()
	table := s.table(key)
	r := s.ring(state{})
	var busy sync.WaitGroup
	x.Name(&busy, "the others")
	start := func(client int, name string, calls []call) {
		busy.Add(1)
		x.Go(name, func() {
			for _, c := range calls {
				interleave.Call(x, client, c, func() string { return c.on(r, key) })
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
	for _, c := range []call{owner, ownersOf(3)} {
		interleave.Call(x, 0, c, func() string { return c.on(r, key) })
	}
	x.Linearizable(s.model(table))
}

// ring makes the ring of one state, one call after the other.
func (s scene) ring(to state) *hashring.Ring {
	r := hashring.New(2, hashring.Hash)
	for _, calls := range [][]call{s.before, s.one[:to.one], s.other[:to.other]} {
		for _, c := range calls {
			c.on(r, "")
		}
	}
	return r
}

// interestingKey returns a key that has another owner when all changes have been made, if there is one.
func (s scene) interestingKey() string {
	first, last := s.ring(state{}), s.ring(state{len(s.one), len(s.other)})
	for i := range 40 {
		if key := fmt.Sprint("skier-", i); owner.on(first, key) != owner.on(last, key) {
			return key
		}
	}
	return "skier-0"
}

// table asks a ring of its own, in every state that there can be.
func (s scene) table(key string) map[state]answers {
	table := map[state]answers{}
	for one := range len(s.one) + 1 {
		for other := range len(s.other) + 1 {
			r := s.ring(state{one, other})
			table[state{one, other}] = answers{owner.on(r, key), ownersOf(2).on(r, key), ownersOf(3).on(r, key)}
		}
	}
	return table
}

// model is one ring, one call at a time: what calls return was found out beforehand.
func (s scene) model(table map[state]answers) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return state{} },
		Step: func(now, input, output any) (bool, any) {
			st, c := now.(state), input.(call)
			switch want := table[st]; c.op {
			case "Owner":
				return output == want.owner, st
			case "Owners":
				return c.n == 2 && output == want.two || c.n == 3 && output == want.three, st
			}
			if st.one < len(s.one) && s.one[st.one] == c {
				st.one++
			} else {
				st.other++
			}
			return true, st
		},
		DescribeOperation: func(input, output any) string {
			if output == "" {
				return fmt.Sprint(input)
			}
			return fmt.Sprintf("%v = %v", input, output)
		},
	}
}
