package programs

import (
	"sync"
	"sync/atomic"
)

// race is a program that races in at least one of its executions.
func race(name string, run func() string) Program {
	return Program{Name: name, Rows: "data races", Run: run, Racy: true, Outcomes: []string{"race"}}
}

func races() []Program {
	return []Program{
		race("race on a counter", func() string {
			n := 0
			both(func() { n++ }, func() { n++ })
			return words(n)
		}),
		race("race of read and write", func() string {
			n, m := 0, 0
			both(func() { n = 1 }, func() { m = n })
			return words(n, m)
		}),
		race("race on a map", func() string {
			m := map[int]int{}
			both(func() { m[1] = 1 }, func() { m[2] = 2 })
			return words(len(m))
		}),
		race("race on a slice variable", func() string {
			var s []int
			both(func() { s = append(s, 1) }, func() { s = append(s, 2) })
			return words(len(s))
		}),
		race("race on an element", func() string {
			s := make([]int, 2)
			both(func() { s[0] = 1 }, func() { s[0] = 2 })
			return words(s)
		}),
		race("race of a struct and its field", func() string {
			p := &pair{}
			var q pair
			both(func() { p.n = 1 }, func() { q = *p })
			return words(q.n)
		}),
		race("race of atomic and plain", func() string {
			var n int64
			both(func() { atomic.AddInt64(&n, 1) }, func() { n++ })
			return words(n)
		}),
	}
}

func wrongLocks() []Program {
	return []Program{
		race("race past the wrong lock", func() string {
			var a, b sync.Mutex
			n := 0
			both(func() { a.Lock(); n++; a.Unlock() }, func() { b.Lock(); n++; b.Unlock() })
			return words(n)
		}),
		race("race under a read lock", func() string {
			var mu sync.RWMutex
			n := 0
			both(func() { mu.RLock(); n++; mu.RUnlock() }, func() { mu.RLock(); n++; mu.RUnlock() })
			return words(n)
		}),
		race("race of add and wait", func() string {
			var wg, outer sync.WaitGroup
			outer.Add(1)
			go func() { defer outer.Done(); wg.Add(1); wg.Done() }()
			wg.Add(1)
			go wg.Done()
			wg.Wait()
			outer.Wait()
			return ""
		}),
	}
}

// orderly are programs that look as if they raced, and do not.
func orderly() []Program {
	return []Program{
		{Name: "no race on neighbours", Rows: "data races", Run: func() string {
			s := [4]byte{}
			both(func() { s[0] = 1 }, func() { s[1] = 2 })
			return words(s)
		}, Outcomes: []string{"[1 2 0 0]"}},
		{Name: "no race through a channel", Rows: "data races", Run: func() string {
			n := 0
			c := make(chan struct{}, 1)
			both(func() { n = 1; c <- struct{}{} }, func() { <-c; n++ })
			return words(n)
		}, Outcomes: []string{"2"}},
		{Name: "no race with a semaphore channel", Rows: "data races", Run: semaphore, Outcomes: []string{"1"}},
		{Name: "no race after promoted read", Rows: "data races", Run: func() string {
			o := &labelled{name: "p"}
			var mu sync.Mutex
			s := ""
			both(func() { mu.Lock(); o.n++; mu.Unlock() }, func() { s = o.first() })
			return words(o.n, s)
		}, Outcomes: []string{"1 p"}},
	}
}

type labelled struct {
	name
	n int
}

func both(f, g func()) {
	var wg sync.WaitGroup
	wg.Go(f)
	wg.Go(g)
	wg.Wait()
}
