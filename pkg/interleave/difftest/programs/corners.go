package programs

import (
	. "errors"
	"maps"
	"slices"
	s "sync"
	"sync/atomic"
	t "time"
)

// corners combines constructs that are handled in different places.
func corners() []Program {
	return []Program{
		{Name: "renamed and dot imports", Rows: "imports", Run: renamed, Outcomes: []string{"1 e"}},
		{Name: "heads of statements", Rows: "order of evaluation", Run: heads, Outcomes: []string{"5 true 7 str 3 3 late 4"}},
		{Name: "embedded pointer to a mutex", Rows: "embedded mutexes", Run: embeddedPointer, Outcomes: []string{"2"}},
		{Name: "method expressions", Rows: "method values", Run: methodExpressions, Outcomes: []string{"3 2"}},
		{Name: "panic under a deferred unlock", Rows: "defer, recover", Run: panicUnlock, Outcomes: []string{"boom 1"}},
		{Name: "goroutines that recover", Rows: "recover", Run: goRecover, Outcomes: []string{"0 1"}},
		{Name: "loop variables", Rows: "closures", Run: loopVariables, Outcomes: []string{"[0 2 4] [0 1 2] 3"}},
		{Name: "arrays of channels and atomics", Rows: "element types, atomic types", Run: arrays, Outcomes: []string{"3 [1 2] 2"}},
		{Name: "labels in a worker", Rows: "labelled break and continue, select", Run: worker, Outcomes: []string{"1 3 stopped"}},
		{Name: "operations in place", Rows: "assignments", Run: inPlace, Outcomes: []string{"8 3 xy 12 [5 1] 6 true"}},
		{Name: "after func again", Rows: "AfterFunc, Timer", Run: afterFuncAgain, Outcomes: []string{"2"}},
		{Name: "maps package", Rows: "maps", Run: mapsPackage, Outcomes: []string{"[1 2] 3 true 1"}},
		{Name: "try write lock", Rows: "RWMutex", Run: tryWrite, Outcomes: []string{"true 1", "false 1"}},
		{Name: "defer close and send", Rows: "defer, close", Run: deferClose, Outcomes: []string{"1 2 done"}},
		{Name: "recursive goroutines", Rows: "go with any call", Run: recursive, Outcomes: []string{"8"}},
		{Name: "named booleans", Rows: "switches", Run: namedBool, Outcomes: []string{"yes true"}},
	}
}

func renamed() string {
	var mu s.Mutex
	var wg s.WaitGroup
	n := 0
	wg.Go(func() { mu.Lock(); n++; mu.Unlock() })
	wg.Wait()
	t.Sleep(t.Microsecond)
	return words(n, New("e"))
}

func heads() string {
	m := map[string]int{"a": 5}
	c := make(chan any, 3)
	c <- 7
	c <- "str"
	v, ok := 0, false
	if x, found := m["a"]; found {
		v, ok = x, found
	}
	var got any
	if x, open := <-c; open {
		got = x
	}
	kind := ""
	switch x := (<-c).(type) {
	case string:
		kind = x
	}
	p := &pair{}
	grow := func() int { p.n++; return p.n }
	turns := 0
	for p.n+grow() < 5 {
		turns++
	}
	order := "early"
	if turns := 0; p.n+grow() == 8 && turns == 0 {
		order = "late"
	}
	return words(v, ok, got, kind, turns+1, p.n-1, order, p.n)
}

type lent struct {
	*s.Mutex
	n int
}

func embeddedPointer() string {
	l := lent{Mutex: &s.Mutex{}}
	var wg s.WaitGroup
	for range 2 {
		wg.Go(func() {
			l.Lock()
			defer l.Unlock()
			l.n++
		})
	}
	wg.Wait()
	return words(l.n)
}

func methodExpressions() string {
	var mu s.Mutex
	var wg s.WaitGroup
	lock, unlock, add := (*s.Mutex).Lock, (*s.Mutex).Unlock, (*tally).add
	x := tally{1}
	for range 2 {
		wg.Go(func() { lock(&mu); add(&x); unlock(&mu) })
	}
	wg.Wait()
	return words(tally.get(x), x.n-1)
}

func panicUnlock() string {
	var mu s.Mutex
	n := 0
	try := func() (r any) {
		defer func() { r = recover() }()
		mu.Lock()
		defer mu.Unlock()
		n++
		panic("boom")
	}
	r := try()
	mu.Lock()
	defer mu.Unlock()
	return words(r, n)
}

func goRecover() string {
	results := make(chan int, 2)
	for i := range 2 {
		go func() {
			defer func() {
				if recover() != nil {
					results <- 1
				}
			}()
			_ = []int{0}[i]
			results <- 0
		}()
	}
	a, b := <-results, <-results
	return words(min(a, b), max(a, b))
}

func loopVariables() string {
	var fs []func() int
	for i := 0; i < 6; i++ {
		fs = append(fs, func() int { return i })
		func() { i++ }()
	}
	var a, b []int
	for _, f := range fs {
		a = append(a, f()-1)
	}
	c := make(chan int, 3)
	var wg s.WaitGroup
	for i := range 3 {
		wg.Go(func() { c <- i })
	}
	wg.Wait()
	close(c)
	for v := range c {
		b = append(b, v)
	}
	slices.Sort(b)
	return words(a, b, len(fs))
}

func arrays() string {
	var chans [2]chan int
	var counts [2]atomic.Int32
	for i := range chans {
		chans[i] = make(chan int)
		go func() { counts[i].Add(1); chans[i] <- i + 1 }()
	}
	var got [2]int
	for i := range chans {
		select {
		case got[i] = <-chans[i]:
		}
	}
	return words(got[0]+got[1], got, counts[0].Load()+counts[1].Load())
}

func worker() string {
	jobs, stop := make(chan int), make(chan struct{})
	out := ""
	done := make(chan bool)
	go func() {
		defer close(done)
	work:
		for {
			select {
			case j, ok := <-jobs:
				switch {
				case !ok:
					break work
				case j%2 == 0:
					continue work
				}
				out += words(j) + " "
			case <-stop:
				return
			}
		}
		out += "stopped"
	}()
	for j := 1; j <= 3; j++ {
		jobs <- j
	}
	close(jobs)
	<-done
	return out
}

func inPlace() string {
	p := &pair{n: 1, s: "x"}
	m := map[string][]int{"a": {1, 1}}
	two := func() uint { return 3 }
	p.n <<= two()
	q := []int{0, 1}
	at := func() int { return 1 }
	q[at()] += 2
	p.s += "y"
	k := map[int]int{}
	k[1] += 4 * q[1]
	m["a"][0] += 4
	var i interface{ add() int } = &tally{5}
	f := func() { i = &tally{5} }
	f()
	ok := false
	set := func() { ok = !ok }
	set()
	return words(p.n, q[1], p.s, k[1], m["a"], i.add(), ok)
}

func afterFuncAgain() string {
	c := make(chan int, 2)
	var timer *t.Timer
	timer = t.AfterFunc(t.Hour, func() { c <- 1 })
	timer.Reset(tick)
	<-c
	timer.Reset(tick)
	return words(1 + <-c)
}

func mapsPackage() string {
	m := map[int]int{1: 1, 2: 2}
	keys := slices.Sorted(maps.Keys(m))
	sum := 0
	for v := range maps.Values(m) {
		sum += v
	}
	c := maps.Collect(maps.All(m))
	maps.DeleteFunc(m, func(k, _ int) bool { return k == 1 })
	return words(keys, sum, maps.Equal(c, map[int]int{1: 1, 2: 2}), len(m))
}

func tryWrite() string {
	var mu s.RWMutex
	var wg s.WaitGroup
	n := 0
	wg.Go(func() { mu.RLock(); mu.RUnlock() })
	ok := mu.TryLock()
	if !ok {
		mu.Lock()
	}
	n++
	mu.Unlock()
	wg.Wait()
	return words(ok, n)
}

func deferClose() string {
	c := make(chan int)
	done := make(chan string, 1)
	go func() {
		defer close(c)
		defer func() { done <- "done" }()
		c <- 1
		c <- 2
	}()
	a := <-c
	b := <-c
	for range c {
	}
	return words(a, b, <-done)
}

func recursive() string {
	var n atomic.Int64
	var wg s.WaitGroup
	var split func(depth int)
	split = func(depth int) {
		defer wg.Done()
		if depth == 0 {
			n.Add(1)
			return
		}
		wg.Add(2)
		go split(depth - 1)
		go split(depth - 1)
	}
	wg.Add(1)
	go split(3)
	wg.Wait()
	return words(n.Load())
}

type verdict bool

func namedBool() string {
	b := verdict(false)
	p := &pair{}
	f := func() verdict { p.n++; return true }
	g := func() { b = f() }
	g()
	text := "no"
	if b && f() == b {
		text = "yes"
	}
	var ok verdict
	set := func() { ok = p.n == 2 }
	set()
	return words(text, ok)
}
