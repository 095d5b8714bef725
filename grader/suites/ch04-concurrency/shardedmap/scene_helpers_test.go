package shardedmap_test

import (
	"fmt"
	"sync"

	"scalelab/labs/ch04-concurrency/shardedmap"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

// options leave it to TestLeavesNoGoroutine to judge what a map leaves behind. Few random walks are enough, because the scenes are so
// small that all executions with up to two pre-emptions follow.
var options = interleave.Options{Leftovers: true, Random: 50}

// number is the hash of a lift pass in almost all scenes.
func number(pass int) uint64 { return uint64(pass) }

// scene is one map in one execution, and those who use it.
type scene struct {
	x       *interleave.Run
	m       *shardedmap.Map[int, int]
	busy    sync.WaitGroup
	clients int // that have been started
}

// explore plays a scene with a new, empty map in many orders. Whoever was started is waited for at the end.
func explore(t *check.T, shards int, play func(s *scene)) {
	t.Helper()
	interleave.Explore(t, options, func(x *interleave.Run) {
		s := &scene{x: x, m: shardedmap.New[int, int](shards, number)}
		x.Name(&s.busy, "the others")
		play(s)
		s.busy.Wait()
	})
}

// start lets somebody act at the same time as everybody else.
func (s *scene) start(name string, act func()) {
	s.busy.Add(1)
	s.x.Go(name, func() {
		act()
		s.busy.Done()
	})
}

// starts lets somebody make calls, one after the other, at the same time as everybody else.
func (s *scene) starts(name string, calls ...call) {
	s.clients++
	client := s.clients
	s.start(name, func() {
		for _, c := range calls {
			s.makeAs(client, c)
		}
	})
}

// call is a call of a method: what a client asks of the map.
type call struct {
	op   string
	k, v int
}

func get(k int) call            { return call{"Get", k, 0} }
func put(k, v int) call         { return call{"Put", k, v} }
func putIfAbsent(k, v int) call { return call{"PutIfAbsent", k, v} }
func remove(k int) call         { return call{"Delete", k, 0} }
func add(k, n int) call         { return call{"add", k, n} }      // Compute, with a function that adds n
func takeOut(k int) call        { return call{"take out", k, 0} } // Compute, with a function that wants no entry

var (
	length = call{op: "Len"}
	loop   = call{op: "for range All()"}
)

func (c call) String() string {
	switch c.op {
	case "Get", "Delete":
		return fmt.Sprintf("%s(%d)", c.op, c.k)
	case "Put", "PutIfAbsent":
		return fmt.Sprintf("%s(%d, %d)", c.op, c.k, c.v)
	case "add":
		return fmt.Sprintf("Compute(%d, add %d)", c.k, c.v)
	case "take out":
		return fmt.Sprintf("Compute(%d, delete)", c.k)
	}
	return c.op
}

// outcome is what a call returned, and what the function of a Compute was given.
type outcome string

func told(v int, ok bool) outcome { return outcome(fmt.Sprintf("%d, %t", v, ok)) }

func (o outcome) and(fnWasGiven outcome) outcome { return o + "; fn was given " + fnWasGiven }

// adds returns a function for Compute that adds n.
func adds(n int) func(int, bool) (int, bool) {
	return func(old int, _ bool) (int, bool) { return old + n, true }
}

// make makes a call.
func (s *scene) make(c call) outcome { return s.makeAs(0, c) }

// makeAs makes a call and records it.
func (s *scene) makeAs(client int, c call) outcome {
	return interleave.Call(s.x, client, c, func() outcome {
		switch c.op {
		case "Get":
			return told(s.m.Get(c.k))
		case "PutIfAbsent":
			return told(s.m.PutIfAbsent(c.k, c.v))
		case "Delete":
			return told(s.m.Delete(c.k))
		case "Put":
			s.m.Put(c.k, c.v)
			return ""
		case length.op:
			s.m.Len()
			return ""
		case loop.op:
			for range s.m.All() {
			}
			return ""
		}
		given := outcome("nothing: it was not called")
		result := told(s.m.Compute(c.k, func(old int, ok bool) (int, bool) {
			given = told(old, ok)
			return old + c.v, c.op == "add"
		}))
		return result.and(given)
	})
}

// contents are what a map with the keys 0 to 3 holds.
type contents [4]struct {
	v  int
	ok bool
}

// apply is what a Go map does when a call comes: what the call returns, and what the map holds then. It knows nothing of Len and loops.
func (m contents) apply(c call) (outcome, contents) {
	e := &m[c.k]
	was := told(e.v, e.ok)
	switch c.op {
	case "Get":
		return was, m
	case "Put":
		e.v, e.ok = c.v, true
		return "", m
	case "PutIfAbsent":
		if e.ok {
			return told(e.v, false), m
		}
		e.v, e.ok = c.v, true
		return told(c.v, true), m
	case "add":
		e.v, e.ok = e.v+c.v, true
		return told(e.v, true).and(was), m
	case "take out":
		e.v, e.ok = 0, false
		return told(0, false).and(was), m
	case "Delete":
		e.v, e.ok = 0, false
		return was, m
	}
	return "", m
}

// fill stores three entries.
func (s *scene) fill() {
	for k := 1; k <= 3; k++ {
		s.make(put(k, 10*k))
	}
}
