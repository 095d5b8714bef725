package samples

import (
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/interleave"
)

func dine(x *interleave.Run, seats int, order func(i int) (first, second int)) {
	sticks := make([]sync.Mutex, seats)
	names := []string{"chopstick 0", "chopstick 1", "chopstick 2"}
	for i := range sticks {
		x.Name(&sticks[i], names[i])
	}
	var wg sync.WaitGroup
	for i := range seats {
		wg.Add(1)
		x.Go("philosopher", func() {
			defer wg.Done()
			first, second := order(i)
			sticks[first].Lock()
			sticks[second].Lock()
			sticks[second].Unlock()
			sticks[first].Unlock()
		})
	}
	wg.Wait()
}

func leftFirst(x *interleave.Run) {
	dine(x, 3, func(i int) (int, int) { return i, (i + 1) % 3 })
}

func rightPhilosophers(x *interleave.Run) {
	dine(x, 3, func(i int) (int, int) { return min(i, (i+1)%3), max(i, (i+1)%3) })
}

// buffer holds one item; its variants differ in how they wait and wake.
type buffer struct {
	mu       sync.Mutex
	changed  *sync.Cond
	notFull  *sync.Cond
	notEmpty *sync.Cond
	items    []int
	capacity int
}

func newBuffer(capacity int) *buffer {
	b := &buffer{capacity: capacity}
	b.changed, b.notFull, b.notEmpty = sync.NewCond(&b.mu), sync.NewCond(&b.mu), sync.NewCond(&b.mu)
	return b
}

func (b *buffer) put(v int, wake func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.items) == b.capacity {
		b.changed.Wait()
	}
	b.items = append(b.items, v)
	wake()
}

func (b *buffer) take(wake func()) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.items) == 0 {
		b.changed.Wait()
	}
	v := b.items[0]
	b.items = b.items[1:]
	wake()
	return v
}

// trade lets producers put two items each and consumers take as many.
func trade(put func(int), take func() int) (sum int) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	for i := range 2 {
		wg.Go(func() { put(1 + i) })
		wg.Go(func() {
			v := take()
			mu.Lock()
			sum += v
			mu.Unlock()
		})
	}
	wg.Wait()
	return sum
}

func signalBuffer(x *interleave.Run) {
	b := newBuffer(1)
	require.Equal(x, 3, trade(func(v int) { b.put(v, b.changed.Signal) }, func() int { return b.take(b.changed.Signal) }))
}

func broadcastBuffer(x *interleave.Run) {
	b := newBuffer(1)
	require.Equal(x, 3, trade(func(v int) { b.put(v, b.changed.Broadcast) }, func() int { return b.take(b.changed.Broadcast) }))
}

func twoCondBuffer(x *interleave.Run) {
	b := newBuffer(1)
	put := func(v int) {
		b.mu.Lock()
		defer b.mu.Unlock()
		for len(b.items) == b.capacity {
			b.notFull.Wait()
		}
		b.items = append(b.items, v)
		b.notEmpty.Signal()
	}
	take := func() int {
		b.mu.Lock()
		defer b.mu.Unlock()
		for len(b.items) == 0 {
			b.notEmpty.Wait()
		}
		v := b.items[0]
		b.items = b.items[1:]
		b.notFull.Signal()
		return v
	}
	require.Equal(x, 3, trade(put, take))
}

func channelBuffer(x *interleave.Run) {
	c := make(chan int, 1)
	require.Equal(x, 3, trade(func(v int) { c <- v }, func() int { return <-c }))
}

func ifBuffer(*interleave.Run) {
	b := newBuffer(1)
	take := func() int {
		b.mu.Lock()
		defer b.mu.Unlock()
		if len(b.items) == 0 {
			b.changed.Wait()
		}
		v := b.items[0]
		b.items = b.items[1:]
		b.changed.Broadcast()
		return v
	}
	trade(func(v int) { b.put(v, b.changed.Broadcast) }, take)
}

func fetch(work, limit time.Duration, answers chan int) (int, bool) {
	go func() { time.Sleep(work); answers <- 1 }()
	select {
	case v := <-answers:
		return v, true
	case <-time.After(limit):
		return 0, false
	}
}

func timeoutLeak(x *interleave.Run) {
	_, ok := fetch(2*time.Second, time.Second, make(chan int))
	require.False(x, ok)
}

func rightTimeout(x *interleave.Run) {
	_, ok := fetch(2*time.Second, time.Second, make(chan int, 1))
	require.False(x, ok)
}

func addInside(x *interleave.Run) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	n, begin := 0, wg.Add
	for range 2 {
		go func() {
			begin(1)
			defer wg.Done()
			mu.Lock()
			n++
			mu.Unlock()
		}()
	}
	wg.Wait()
	mu.Lock()
	defer mu.Unlock()
	require.Equal(x, 2, n, "Wait waits for all")
}

func polling(x *interleave.Run) {
	b := newBuffer(1)
	x.Go("consumer", func() {
		for {
			b.mu.Lock()
			n := len(b.items)
			b.mu.Unlock()
			if n > 0 {
				return
			}
		}
	})
	x.Settle()
	b.mu.Lock()
	b.items = append(b.items, 1)
	b.mu.Unlock()
}

func closedPool(*interleave.Run) {
	jobs := make(chan int, 2)
	x := make(chan struct{})
	go func() {
		defer close(x)
		jobs <- 1
	}()
	close(jobs)
	<-x
}
