package programs

import (
	"iter"
	"maps"
	"slices"
)

func count(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; i < n; i++ {
			if !yield(i) {
				return
			}
		}
	}
}

func rangeFunc() string {
	s := ""
	for i := range count(3) {
		s += words(i) + " "
	}
	s += "|"
	for i, v := range slices.All([]string{"a", "b", "c"}) {
		if i == 1 {
			continue
		}
		s += " " + words(i) + ":" + v
	}
	n := 0
	for n = range count(10) {
		if n == 3 {
			break
		}
	}
	func() {
		for range count(2) {
			defer func() { n += 0 }()
		}
	}()
	return s + " | " + words(n)
}

func rangeMaps() string {
	m := map[string]int{"a": 1, "b": 2}
	s, sum := "", 0
	for k, v := range m {
		s += k
		sum += v
	}
	var last int
	for _, last = range map[int]int{1: 12} {
		_ = last
	}
	return words(s, sum, last)
}

func mapDelete() string {
	m := map[int]bool{1: true, 2: true}
	n := 0
	for k := range m {
		delete(m, 3-k)
		n++
	}
	return words(n)
}

func mapPointers() string {
	m := map[*string]bool{}
	x, y := "x", "y"
	m[&x], m[&y] = true, true
	s := ""
	for p := range m {
		s += *p
	}
	return s
}

func mapOperations() string {
	m := map[string]int{"a": 1}
	m["a"]++
	m["b"] += 5
	v, ok := m["c"]
	w, ok2 := m["b"]
	keys := slices.Sorted(maps.Keys(m))
	n := len(m)
	c := maps.Clone(m)
	delete(m, "a")
	one := len(m)
	clear(m)
	total := 0
	for _, v := range c {
		total += v
	}
	return words(n, v, ok, w, ok2, one, len(m), keys, total-1)
}

func rangeSlices() string {
	s := []int{1, 2, 3}
	sum := 0
	for _, v := range s {
		sum += v
		s = append(s, v)
	}
	a := [3]int{1, 2, 3}
	sumA := 0
	for i, v := range a {
		a[2] = 9
		sumA += v
		_ = i
	}
	n := 0
	for range a {
		n++
	}
	p := &a
	for i := range p {
		p[i] = 9
	}
	var at struct{ i, v int }
	for at.i, at.v = range []int{100, 101, 102} {
	}
	f := func() { at.i += 0 }
	f()
	return words(sum, n, sumA, a, at.v, at.i)
}

func rangeInt() string {
	s := ""
	for i := range 3 {
		s += words(i) + " "
	}
	var j int
	func() {
		for j = range 3 {
		}
	}()
	return s + words(j)
}

func labels() string {
	s := ""
outer:
	for i := range 3 {
		for j := range 3 {
			if j == 1 {
				continue outer
			}
			if i == 2 {
				break outer
			}
			s += words(i) + " "
		}
	}
	n := 0
again:
	if n < 10 {
		n++
		goto again
	}
	m := 0
	c := make(chan int, 5)
	for i := range 5 {
		c <- i
	}
chans:
	for v := range c {
		switch v {
		case 1:
			continue chans
		case 3:
			break chans
		}
		m++
	}
	close(c)
maps:
	for k := range map[int]int{1: 1, 2: 2} {
		for range 2 {
			if k > 0 {
				m++
				break maps
			}
		}
	}
	return s + words(n, "x", m)
}
