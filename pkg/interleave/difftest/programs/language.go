package programs

import (
	"fmt"
	"runtime"
	"sync"
)

func language() []Program {
	return []Program{
		{Name: "go with arguments", Rows: "go with any call", Run: goArguments, Outcomes: []string{"1 2 3 x [4 5] 0 m7 v8 9"}},
		{Name: "go evaluates now", Rows: "go with any call", Run: goNow, Outcomes: []string{"1"}},
		{Name: "go with builtins", Rows: "go with any call", Run: goBuiltins, Outcomes: []string{"0 false 0"}},
		{Name: "go with a generic function", Rows: "go with any call, generics", Run: goGeneric, Outcomes: []string{"3 s"}},
		{Name: "defer order and arguments", Rows: "defer", Run: deferOrder, Outcomes: []string{"2 1 0 x1"}},
		{Name: "recover", Rows: "recover", Run: recovered, Outcomes: []string{"boom runtime error: index out of range [5] with length 3 runtime error: invalid memory address or nil pointer dereference runtime error: integer divide by zero"}},
		{Name: "runtime errors of channels", Rows: "recover, misuse", Run: channelErrors, Outcomes: []string{"true send on closed channel true close of closed channel true close of nil channel assignment to entry in nil map"}},
		{Name: "goexit", Rows: "Goexit", Run: goexit, Outcomes: []string{"deferred <nil>"}},
		{Name: "range over functions", Rows: "range over functions", Run: rangeFunc, Outcomes: []string{"0 1 2 | 0:a 2:c | 3"}},
		{Name: "range over maps", Rows: "range over maps", Run: rangeMaps, Outcomes: []string{"ab 3 12", "ba 3 12"}},
		{Name: "map deletion while ranging", Rows: "range over maps", Run: mapDelete, Outcomes: []string{"1"}},
		{Name: "map order by insertion", Rows: "range over maps", Run: mapPointers, Outcomes: []string{"xy", "yx"}},
		{Name: "map operations", Rows: "maps", Run: mapOperations, Outcomes: []string{"2 0 false 5 true 1 0 [a b] 6"}},
		{Name: "range over slices and arrays", Rows: "range over slices", Run: rangeSlices, Outcomes: []string{"6 3 6 [9 9 9] 102 2"}},
		{Name: "range over int", Rows: "range over slices", Run: rangeInt, Outcomes: []string{"0 1 2 2"}},
		{Name: "labels", Rows: "labelled break and continue, goto", Run: labels, Outcomes: []string{"0 1 10 x 3"}},
		{Name: "generics", Rows: "generics", Run: generics, Outcomes: []string{"3 ab 7 [2 4] 5"}},
		{Name: "method values", Rows: "embedded mutexes, method values", Run: methodValues, Outcomes: []string{"2 1 3 1 p"}},
		{Name: "closures", Rows: "closures", Run: closures, Outcomes: []string{"[0 1 2] 3 10"}},
		{Name: "assignments", Rows: "assignments", Run: assignments, Outcomes: []string{"2 1 [3 2 1] 7 5 9 3 12 ab 8"}},
		{Name: "order of evaluation", Rows: "order of evaluation", Run: evaluation, Outcomes: []string{"12 2010 12 [2 10] 12 2 10 in 6 3"}},
		{Name: "append and copy", Rows: "slices", Run: appendCopy, Outcomes: []string{"[1 2 3 4] [9 2] 2 [120 121] [0 0]"}},
		{Name: "switches", Rows: "switches", Run: switches, Outcomes: []string{"two int str other 4 fell"}},
		{Name: "named results", Rows: "defer", Run: namedResults, Outcomes: []string{"7 late"}},
		{Name: "sort calls back", Rows: "closures", Run: sortCallsBack, Outcomes: []string{"[1 2 3] 3"}},
		{Name: "shadowing", Rows: "closures", Run: shadowing, Outcomes: []string{"1 2 e"}},
		{Name: "copied mutex", Rows: "assignments", Run: copiedMutex, Outcomes: []string{"1 2"}},
		{Name: "structs and arrays by value", Rows: "assignments", Run: byValue, Outcomes: []string{"1 2 3 [0 5] 0"}},
	}
}

func goArguments() string {
	out := make([]any, 8)
	var wg sync.WaitGroup
	wg.Add(5)
	go func(a int, b float64, c any) { defer wg.Done(); out[0] = words(a, b, c) }(1, 2, 3)
	go func(s string, more ...int) int { defer wg.Done(); out[1] = words(s, more); return 0 }("x", 4, 5)
	go func(more ...int) { defer wg.Done(); out[2] = len(more) }()
	m := method{n: 7}
	go m.tell(&wg, &out[3])
	go (*method).point(&method{n: 8}, &wg, &out[4])
	m.n = 99
	wg.Wait()
	wg.Add(1)
	var f func(int, error) (int, error) = func(n int, _ error) (int, error) { out[5] = n; wg.Done(); return 0, nil }
	go f(9, nil)
	wg.Wait()
	return words(out[:6]...)
}

type method struct{ n int }

func (m method) tell(wg *sync.WaitGroup, out *any) { *out = words("m") + words(m.n); wg.Done() }

func (m *method) point(wg *sync.WaitGroup, out *any) { *out = words("v") + words(m.n); wg.Done() }

func goNow() string {
	c := make(chan int)
	n := 1
	go func(v int) { c <- v }(n)
	n = 2
	_ = n
	return words(<-c)
}

func goBuiltins() string {
	c := make(chan int)
	go close(c)
	v, ok := <-c
	m := map[int]int{1: 1}
	d := make(chan int)
	go func() { defer close(d); delete(m, 1) }()
	<-d
	return words(v, ok, len(m))
}

func sendTo[T any](c chan<- T, v T) { c <- v }

func goGeneric() string {
	a, b := make(chan int), make(chan string)
	go sendTo(a, 3)
	go sendTo[string](b, "s")
	return words(<-a, <-b)
}

func deferOrder() (s string) {
	x := 1
	defer func() { s += " x" + words(x) }()
	func() {
		for i := range 3 {
			defer func(n int) {
				if s != "" {
					s += " "
				}
				s += words(n)
			}(i)
		}
	}()
	defer fmt.Sprint(x)
	return s
}

func recovered() string {
	try := func(f func()) (s any) {
		defer func() { s = recover() }()
		f()
		return nil
	}
	three, zero := []int{1, 2, 3}, 0
	var p *pair
	return words(try(func() { panic("boom") }), try(func() { three[zero+5] = 1 }), try(func() { p.n = 1 }), try(func() { zero = 1 / zero }))
}

func channelErrors() string {
	try := func(f func()) (isRuntime bool, s string) {
		defer func() {
			v := recover()
			_, isRuntime = v.(runtime.Error)
			s = v.(error).Error()
		}()
		f()
		return
	}
	c := make(chan int)
	close(c)
	var none chan int
	var m map[string]int
	a, sa := try(func() { c <- 1 })
	b, sb := try(func() { close(c) })
	d, sd := try(func() { close(none) })
	_, se := try(func() { m["x"] = 1 })
	return words(a, sa, b, sb, d, sd, se)
}

func goexit() string {
	done := make(chan any, 2)
	go func() {
		defer func() { done <- recover() }()
		defer func() { done <- "deferred" }()
		runtime.Goexit()
	}()
	return words(<-done, <-done)
}
