package programs

import (
	"sync"
	"sync/atomic"
)

func atomics() []Program {
	return []Program{
		{Name: "atomic add", Rows: "atomic types", Run: atomicAdd, Outcomes: []string{"2"}},
		{Name: "atomic load store", Rows: "atomic types", Run: atomicLoadStore, Outcomes: []string{"1", "2"}},
		{Name: "atomic types", Rows: "atomic types", Run: atomicTypes, Outcomes: []string{"3 1 true 7 5 2 true 9 v x true"}},
		{Name: "atomic functions", Rows: "atomic functions", Run: atomicFunctions, Outcomes: []string{"4 4 9 9 true 1 3 1 15"}},
		{Name: "compare and swap loop", Rows: "atomic types", Run: casLoop, Outcomes: []string{"2"}},
		{Name: "store buffering is sequentially consistent", Rows: "atomic types", Run: storeBuffer, Outcomes: []string{"0 1", "1 0", "1 1"}},
		{Name: "publication by atomic", Rows: "atomic types", Run: publication, Outcomes: []string{"none", "42"}},
		{Name: "atomic value panics", Rows: "atomic types", Run: atomicValue, Outcomes: []string{
			"sync/atomic: store of nil value into Value; sync/atomic: store of inconsistently typed value into Value",
		}},
		{Name: "spin lock", Rows: "atomic types", Run: spinLock, Outcomes: []string{"2"}},
	}
}

func atomicAdd() string {
	var n atomic.Int64
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() { n.Add(1) })
	}
	wg.Wait()
	return words(n.Load())
}

func atomicLoadStore() string {
	var n atomic.Int32
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() { n.Store(n.Load() + 1) })
	}
	wg.Wait()
	return words(n.Load())
}

func atomicTypes() string {
	var i atomic.Int32
	var u atomic.Uint32
	var v atomic.Uint64
	var w atomic.Uintptr
	var b atomic.Bool
	var p atomic.Pointer[pair]
	var a atomic.Value
	i.Store(1)
	i.Add(2)
	u.Store(5)
	old := u.And(1) - 4
	b.Store(true)
	v.Store(7)
	w.Store(5)
	x := w.Swap(2)
	p.Store(&pair{9, "v"})
	q := p.Load()
	swapped := p.CompareAndSwap(q, &pair{})
	a.Store("x")
	y := a.CompareAndSwap("x", "y") && a.Swap("z") == "y"
	return words(i.Load(), old, b.CompareAndSwap(true, false), v.Or(0), x, w.Load(), swapped, q.n, q.s, "x", y)
}

func atomicFunctions() string {
	var i int32
	var u uint64
	var w uintptr
	a := atomic.AddInt32(&i, 4)
	atomic.StoreUint64(&u, 9)
	ok := atomic.CompareAndSwapUintptr(&w, 0, 1)
	x := atomic.LoadUint64(&u)
	y := atomic.SwapUint64(&u, 3)
	z := atomic.LoadUintptr(&w)
	n := atomic.LoadUint64(&u)
	m := atomic.AndInt32(&i, 0) - 3
	atomic.OrInt32(&i, 15)
	return words(a, a, x, y, ok, z, n, m, atomic.LoadInt32(&i))
}

func casLoop() string {
	var n atomic.Int64
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				old := n.Load()
				if n.CompareAndSwap(old, old+1) {
					return
				}
			}
		})
	}
	wg.Wait()
	return words(n.Load())
}

func storeBuffer() string {
	var x, y atomic.Int32
	var wg sync.WaitGroup
	var a, b int32
	wg.Go(func() { x.Store(1); a = y.Load() })
	wg.Go(func() { y.Store(1); b = x.Load() })
	wg.Wait()
	return words(a, b)
}

func publication() string {
	var ready atomic.Bool
	var wg sync.WaitGroup
	data := 0
	s := "none"
	wg.Go(func() { data = 42; ready.Store(true) })
	if ready.Load() {
		s = words(data)
	}
	wg.Wait()
	return s
}

func atomicValue() string {
	var v atomic.Value
	try := func(x any) (s string) {
		defer func() { s = words(recover()) }()
		v.Store(x)
		return ""
	}
	first := try(nil)
	try(1)
	return first + "; " + try("x")
}

func spinLock() string {
	var locked atomic.Bool
	var wg sync.WaitGroup
	n := 0
	for range 2 {
		wg.Go(func() {
			for !locked.CompareAndSwap(false, true) {
			}
			n++
			locked.Store(false)
		})
	}
	wg.Wait()
	return words(n)
}
