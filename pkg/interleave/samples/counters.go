package samples

import (
	"sync"
	"sync/atomic"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"scalelab/pkg/interleave"
)

type plainCounter struct{ n int }

func (c *plainCounter) Inc()       { c.n++ }
func (c *plainCounter) Value() int { return c.n }

func lostUpdate(x *interleave.Run) {
	c := &plainCounter{}
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(c.Inc)
	}
	wg.Wait()
	require.Equal(x, 2, c.Value(), "two Incs count two")
}

type halfLocked struct {
	mu sync.Mutex
	n  int
}

func (c *halfLocked) Inc()       { c.mu.Lock(); defer c.mu.Unlock(); c.n++ }
func (c *halfLocked) Value() int { return c.n }

func unlockedRead(x *interleave.Run) {
	c := &halfLocked{}
	var wg sync.WaitGroup
	wg.Go(c.Inc)
	wg.Go(func() { require.LessOrEqual(x, c.Value(), 1) })
	wg.Wait()
}

func racyMap(*interleave.Run) {
	m := map[string]int{}
	var wg sync.WaitGroup
	for _, k := range []string{"a", "b"} {
		wg.Go(func() { m[k] = 1 })
	}
	wg.Wait()
}

func racyAppend(x *interleave.Run) {
	var results []int
	var wg sync.WaitGroup
	for i := range 2 {
		wg.Go(func() { results = append(results, i) })
	}
	wg.Wait()
	require.Len(x, results, 2, "every result is kept")
}

type twoStep struct{ n atomic.Int64 }

func (c *twoStep) Inc()         { c.n.Add(1) }
func (c *twoStep) Reset() int64 { v := c.n.Load(); c.n.Store(0); return v }

func twoStepReset(x *interleave.Run) {
	c := &twoStep{}
	var wg sync.WaitGroup
	var taken int64
	wg.Go(c.Inc)
	wg.Go(func() { taken = c.Reset() })
	wg.Wait()
	require.Equal(x, int64(1), taken+c.Reset(), "what Reset returns and what is left add up to all Incs")
}

func rightCounter(x *interleave.Run) {
	c := &halfLocked{}
	value := func() int { c.mu.Lock(); defer c.mu.Unlock(); return c.n }
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(c.Inc)
	}
	require.LessOrEqual(x, value(), 3)
	wg.Wait()
	require.Equal(x, 3, value())
}

func atomicCounter(x *interleave.Run) {
	var c atomic.Int64
	for client := range 2 {
		x.Go("client", func() {
			interleave.Call(x, client, "add", func() int64 { return c.Add(1) })
			interleave.Call(x, client, "add", func() int64 { return c.Add(1) })
		})
	}
	x.Linearizable(adder)
}

// adder is a number to which everybody adds one and gets the sum.
var adder = porcupine.Model{
	Init:  func() any { return int64(0) },
	Step:  func(state, _, output any) (bool, any) { return output == state.(int64)+1, output },
	Equal: func(a, b any) bool { return a == b },
}

// stale adds in two steps.
type stale struct{ n atomic.Int64 }

func (c *stale) Add() int64 { v := c.n.Load() + 1; c.n.Store(v); return v }

func staleRead(x *interleave.Run) {
	c := &stale{}
	for client := range 2 {
		x.Go("client", func() { interleave.Call(x, client, "add", c.Add) })
	}
	x.Linearizable(adder)
}

type bank struct {
	mu       sync.Mutex
	balances map[string]int
}

func (b *bank) balance(who string) int { b.mu.Lock(); defer b.mu.Unlock(); return b.balances[who] }
func (b *bank) set(who string, n int)  { b.mu.Lock(); defer b.mu.Unlock(); b.balances[who] = n }
func (b *bank) withdraw(who string, n int) bool {
	have := b.balance(who)
	if have < n {
		return false
	}
	b.set(who, have-n)
	return true
}

func checkThenAct(x *interleave.Run) {
	b := &bank{balances: map[string]int{"ann": 100}}
	var wg sync.WaitGroup
	paid := make([]bool, 2)
	for i := range paid {
		wg.Go(func() { paid[i] = b.withdraw("ann", 60) })
	}
	wg.Wait()
	require.False(x, paid[0] && paid[1], "100 pay for one withdrawal of 60 only")
}

func rightTryLock(x *interleave.Run) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	n, missed := 0, 0
	for range 2 {
		wg.Go(func() {
			if !mu.TryLock() {
				mu.Lock()
				missed++
			}
			n++
			mu.Unlock()
		})
	}
	wg.Wait()
	require.Equal(x, 2, n)
	require.LessOrEqual(x, missed, 1)
}
