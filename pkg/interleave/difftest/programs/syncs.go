package programs

import (
	"sync"
)

func waitGroup() string {
	var wg sync.WaitGroup
	var mu sync.Mutex
	n := 0
	wg.Add(2)
	for range 2 {
		go func() {
			defer wg.Done()
			mu.Lock()
			n++
			mu.Unlock()
		}()
	}
	wg.Wait()
	first := n
	wg.Wait()
	return words(first, n)
}

func waitGroupGo() string {
	var wg sync.WaitGroup
	results := make([]int, 3)
	for i := range results {
		wg.Go(func() { results[i] = i + 1 })
	}
	wg.Wait()
	sum := 0
	for _, r := range results {
		sum += r
	}
	return words(sum)
}

func once() string {
	var o sync.Once
	var wg sync.WaitGroup
	n := 0
	var a, b bool
	wg.Go(func() { o.Do(func() { n++ }); a = n == 1 })
	wg.Go(func() { o.Do(func() { n++ }); b = n == 1 })
	wg.Wait()
	return words(n, a, b)
}

func oncePanics() string {
	var o sync.Once
	try := func() (s string) {
		defer func() {
			if v := recover(); v != nil {
				s = words(v)
			}
		}()
		s = "none"
		o.Do(func() { panic("boom") })
		return s
	}
	return try() + " " + try()
}

func onceFuncs() string {
	n := 0
	f := sync.OnceFunc(func() { n++ })
	v := sync.OnceValue(func() int { n += 6; return n })
	vs := sync.OnceValues(func() (string, bool) { return "x", true })
	p := sync.OnceFunc(func() { panic("boom") })
	var wg sync.WaitGroup
	wg.Go(f)
	f()
	wg.Wait()
	one := n
	a, b := v(), v()
	c, d := vs()
	try := func() (s any) {
		defer func() { s = recover() }()
		p()
		return nil
	}
	return words(one, a, b, c, d, try(), try())
}

func syncMap() string {
	var m sync.Map
	var wg sync.WaitGroup
	wg.Go(func() { m.LoadOrStore("k", "a") })
	wg.Go(func() { m.LoadOrStore("k", "b") })
	wg.Wait()
	n := 0
	m.Range(func(any, any) bool { n++; return true })
	v, _ := m.Load("k")
	return words(v, n)
}

func syncMapRange() string {
	var m sync.Map
	m.Store("x", 1)
	m.Store("y", 2)
	s := ""
	m.Range(func(k, _ any) bool { s += k.(string); return true })
	return s
}

func syncMapOps() string {
	var m sync.Map
	m.Store("a", 1)
	old, was := m.Swap("a", 2)
	v, _ := m.Load("a")
	no := m.CompareAndSwap("a", 1, 9)
	yes := m.CompareAndSwap("a", 2, 3)
	gone := m.CompareAndDelete("b", 3) || !m.CompareAndDelete("a", 4)
	last, _ := m.LoadAndDelete("a")
	none, ok := m.Load("a")
	m.Clear()
	return words(old, was, v, no, yes, gone, last, none, ok)
}

func pool() string {
	p := sync.Pool{New: func() any { return "new" }}
	p.Put("old")
	return p.Get().(string)
}
