package throughcache_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch06-caching/throughcache"
	"scalelab/pkg/interleave"
)

// These tests are a part of what is graded, to read and to run while you work:
//
//	go test ./labs/ch06-caching/throughcache
//
// Where goroutines meet, a test gives a scenario to interleave.Explore, which runs it several times. Here, in plain `go test`, chance
// decides which goroutine goes first, so a wrong cache often passes. The grader runs such scenarios in every order that matters.

var errNoPrice = errors.New("there is no such price")

// office is a store.
type office struct {
	mu     sync.Mutex
	prices map[string]int
	loads  int
	slow   time.Duration // what a load takes
	fails  error         // what Save returns, without saving anything
}

func (o *office) Load(ctx context.Context, key string) (int, error) {
	o.mu.Lock()
	o.loads++
	price, ok := o.prices[key]
	o.mu.Unlock()
	if o.slow > 0 {
		time.Sleep(o.slow)
	}
	runtime.Gosched() // others may be faster
	if !ok {
		return 0, errNoPrice
	}
	return price, nil
}

func (o *office) Save(_ context.Context, key string, price int) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fails == nil {
		o.prices[key] = price
	}
	return o.fails
}

func (o *office) Delete(_ context.Context, key string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.prices, key)
	return nil
}

func newCache() (*office, *throughcache.Cache) {
	o := &office{prices: map[string]int{"day": 55}}
	return o, throughcache.New(o, throughcache.Options{})
}

func TestSecondReadIsAHit(t *testing.T) {
	o, c := newCache()
	for range 2 {
		price, err := c.Get(t.Context(), "day")
		require.NoError(t, err, "Get of a price that the store has")
		require.Equal(t, 55, price, "Get returns the store's price")
	}
	require.Equal(t, 1, o.loads, "two reads, one load")
}

func TestPutWritesBoth(t *testing.T) {
	o, c := newCache()
	require.NoError(t, c.Put(t.Context(), "day", 62), "Put")
	require.Equal(t, 62, o.prices["day"], "Put writes the store")
	price, err := c.Get(t.Context(), "day")
	require.NoError(t, err, "Get after Put")
	require.Equal(t, 62, price, "Get after Put")
	require.Zero(t, o.loads, "what was put is kept: Get need not ask the store")

	require.NoError(t, c.Delete(t.Context(), "day"), "Delete")
	_, err = c.Get(t.Context(), "day")
	require.ErrorIs(t, err, errNoPrice, "Get after Delete returns the store's error")
}

func TestFailedPutLeavesTheOldPrice(t *testing.T) {
	o, c := newCache()
	o.fails = errors.New("the line is bad")
	require.ErrorIs(t, c.Put(t.Context(), "day", 62), o.fails, "Put returns the store's error")
	price, err := c.Get(t.Context(), "day")
	require.NoError(t, err, "Get after a failed Put")
	require.Equal(t, 55, price, "the store still has the old price")
}

func TestTwoTillsShareALoad(t *testing.T) {
	interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
		o, c := newCache()
		var tills sync.WaitGroup
		for range 2 {
			tills.Go(func() { _, _ = c.Get(context.Background(), "day") })
		}
		tills.Wait()
		require.Equal(x, 1, o.loads, "two tills, one load")
	})
}

func TestSlowLoadNeverOverwrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, c := newCache()
		o.slow = time.Second
		go func() { _, _ = c.Get(t.Context(), "day") }()
		synctest.Wait() // the load has read 55 and is slow
		require.NoError(t, c.Put(t.Context(), "day", 62), "Put while a load is running")
		time.Sleep(time.Minute)
		price, err := c.Get(t.Context(), "day")
		require.NoError(t, err, "Get after the load has ended")
		require.Equal(t, 62, price, "the load brought the old price, after Put had returned")
	})
}
