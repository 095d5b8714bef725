package programs

import (
	"errors"
	"sort"
	"sync"
)

func closures() string {
	var fs []func() int
	for i := 0; i < 3; i++ {
		fs = append(fs, func() int { return i })
	}
	var got []int
	for _, f := range fs {
		got = append(got, f())
	}
	n := 0
	inc := func() func() int { return func() int { n++; return n } }()
	inc()
	inc()
	var fib func(int) int
	fib = func(n int) int {
		if n < 2 {
			return n
		}
		return fib(n-1) + fib(n-2)
	}
	return words(got, inc(), fib(7)-3)
}

func assignments() string {
	a, b := 1, 2
	swap := func() { a, b = b, a }
	swap()
	s := []int{1, 2, 3}
	s[0], s[2] = s[2], s[0]
	p := &pair{n: 1}
	p.n += 6
	q := &p.n
	m := map[string]int{}
	m["x"], p.s = 5, "ab"
	var e error
	x, e := two()
	y, e := two()
	read := func() error { return e }
	_ = read
	arr := [2]int{1, 2}
	ap := &arr
	ap[1] <<= 1
	arr[0] |= 2
	i := 0
	i, s2 := 1, []int{4, 8}
	i, s2[i] = 0, 8
	return words(a, b, s, *q, m["x"], x, arr[0], y+arr[1]-1, p.s, s2[i+1])
}

func two() (int, error) { return 9, nil }

func evaluation() string {
	i := 1
	f := func() int { i = 2; return 10 }
	g := func(a, b int) int { return a*1000 + b }
	r1 := i + f()
	i = 1
	r2 := g(i, f())
	i = 1
	i += f()
	r3 := i
	p := &pair{n: 1}
	h := func() int { p.n = 2; return 10 }
	s := []int{p.n, h()}
	m := map[int]int{0: 1}
	l := func() int { m[0] = 2; return 10 }
	r4 := m[0] + l()
	p.n = 1
	x, y := p.n, h()
	p.n = 1
	in := "out"
	if p.n+h() == 12 {
		in = "in"
	}
	c := make(chan int, 1)
	p.n = 1
	go func() { p.n = 5; c <- 1 }()
	p.n += <-c
	r5 := p.n
	q := p
	w := func() int { p = &pair{n: 9}; return 3 }
	p.n = w()
	_ = q
	return words(r1, r2, r3, s, r4, x, y, in, r5, p.n)
}

func appendCopy() string {
	s := append([]int{1}, 2, 3)
	s = append(s, []int{4}...)
	d := make([]int, 2)
	n := copy(d, s)
	d[0] = 9
	b := append([]byte(nil), "xy"...)
	k := make([]byte, 2)
	copy(k, "zz")
	clear(k)
	return words(s, d, n, b, k)
}

func switches() string {
	s := ""
	n := 2
	switch {
	case n == 1:
		s += "one"
	case n == 2:
		s += "two"
	}
	for _, v := range []any{1, "x", 1.5} {
		switch t := v.(type) {
		case int:
			s += " int"
		case string:
			func() { s += " str" + t[:0] }()
		default:
			s += " other"
		}
	}
	switch f := func() int { n = 4; return 4 }; f() {
	case n:
		s += " " + words(n)
		fallthrough
	case 100:
		s += " fell"
	}
	return s
}

func namedResults() string {
	f := func() (n int, err error) {
		defer func() {
			if v := recover(); v != nil {
				err = errors.New(v.(string))
			}
		}()
		n = 7
		panic("late")
	}
	n, err := f()
	return words(n, err)
}

func sortCallsBack() string {
	s := []int{3, 1, 2}
	var mu sync.Mutex
	calls := 0
	sort.Slice(s, func(i, j int) bool {
		mu.Lock()
		calls++
		mu.Unlock()
		return s[i] < s[j]
	})
	return words(s, min(calls, 3))
}

func shadowing() string {
	x := 1
	get := func() int { return x }
	if x := 2; x > 1 {
		_ = x
	}
	y, err := 2, errors.New("e")
	set := func() { err = errors.New("e") }
	set()
	z, err := func() (int, error) { return 0, err }()
	return words(get()+z, y, err)
}

func byValue() string {
	a := pair{n: 1}
	change := func(p pair) { p.n = 100 }
	change(a)
	b := a
	point := &b
	point.n = 2
	c := *point
	c.n++
	arr := [2]int{}
	other := arr
	set := func() { other[1] = 5 }
	set()
	return words(a.n, b.n, c.n, other, arr[1])
}

type account struct {
	mu sync.Mutex
	n  int
}

// copiedMutex copies a lock on purpose: an unlocked copy is a lock of its own.
func copiedMutex() string {
	a := &account{}
	a.mu.Lock()
	a.n++
	a.mu.Unlock()
	b := clone(a)
	a.mu.Lock()
	b.mu.Lock()
	b.n++
	b.mu.Unlock()
	a.mu.Unlock()
	return words(a.n, b.n)
}

func clone[T any](p *T) *T {
	c := *p
	return &c
}
