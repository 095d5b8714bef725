package programs

import (
	"sync"
)

type number interface{ ~int | ~int64 }

func sum[T number](list ...T) (total T) {
	for _, v := range list {
		total += v
	}
	return total
}

type stack[T any] struct {
	mu    sync.Mutex
	items []T
}

func (s *stack[T]) push(v T) { s.mu.Lock(); defer s.mu.Unlock(); s.items = append(s.items, v) }

func (s *stack[T]) pop() (v T, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.items) == 0 {
		return v, false
	}
	v = s.items[len(s.items)-1]
	s.items = s.items[:len(s.items)-1]
	return v, true
}

func mapAll[S ~[]E, E, R any](s S, f func(E) R) []R {
	out := make([]R, len(s))
	var wg sync.WaitGroup
	for i, v := range s {
		wg.Go(func() { out[i] = f(v) })
	}
	wg.Wait()
	return out
}

func receiveAll[C ~chan T | ~<-chan T, T number](c C) (total T) {
	for v := range c {
		total += v
	}
	return total
}

func generics() string {
	var s stack[string]
	s.push("a")
	s.push("b")
	b, _ := s.pop()
	a, _ := s.pop()
	c := make(chan int, 2)
	c <- 2
	c <- 3
	close(c)
	type id int64
	return words(sum(1, 2), a+b, sum[id](3, 4), mapAll([]int{1, 2}, func(n int) int { return 2 * n }), receiveAll(c))
}

type tally struct{ n int }

func (t *tally) add() int { t.n++; return t.n }

func (t tally) get() int { return t.n }

type outer struct {
	tally
	*pair
	name
}

type name string

func (n name) first() string { return string(n[0]) }

func methodValues() string {
	t := tally{1}
	add, get := t.add, t.get
	add()
	f := (*tally).add
	n := f(&t)
	o := outer{tally{}, &pair{1, "s"}, "p"}
	o.add()
	p := &o
	return words(t.n-1, get(), n, p.get(), p.first())
}
