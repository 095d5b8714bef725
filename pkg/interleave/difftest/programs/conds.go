package programs

import (
	"sync"
)

func condQueue() string {
	var mu sync.Mutex
	c := sync.NewCond(&mu)
	var q []int
	go func() {
		for i := 1; i <= 2; i++ {
			mu.Lock()
			q = append(q, i)
			c.Signal()
			mu.Unlock()
		}
	}()
	s := ""
	for range 2 {
		mu.Lock()
		for len(q) == 0 {
			c.Wait()
		}
		s += words(q[0])
		q = q[1:]
		mu.Unlock()
	}
	return s
}

func condOrder() string {
	var mu sync.Mutex
	var wg sync.WaitGroup
	c := sync.NewCond(&mu)
	s, waiting := "", 0
	for i := 1; i <= 3; i++ {
		for {
			mu.Lock()
			if waiting == i-1 {
				break
			}
			mu.Unlock()
		}
		wg.Go(func() {
			mu.Lock()
			waiting++
			c.Wait()
			s += words(i)
			mu.Unlock()
		})
		mu.Unlock()
	}
	for {
		mu.Lock()
		ready := waiting == 3
		mu.Unlock()
		if ready {
			break
		}
	}
	for i := 1; i <= 3; i++ {
		mu.Lock()
		c.Signal()
		mu.Unlock()
		for {
			mu.Lock()
			n := len(s)
			mu.Unlock()
			if n == i {
				break
			}
		}
	}
	wg.Wait()
	return s
}

func condBroadcast() string {
	var mu sync.Mutex
	var wg sync.WaitGroup
	c := sync.NewCond(&mu)
	open, n := false, 0
	for range 3 {
		wg.Go(func() {
			mu.Lock()
			defer mu.Unlock()
			for !open {
				c.Wait()
			}
			n++
		})
	}
	mu.Lock()
	open = true
	mu.Unlock()
	c.Broadcast()
	wg.Wait()
	return words(n)
}

func condLost() string {
	var mu sync.Mutex
	c := sync.NewCond(&mu)
	go c.Signal()
	mu.Lock()
	c.Wait()
	mu.Unlock()
	return "woken"
}

func condIf() string {
	var mu sync.Mutex
	var wg sync.WaitGroup
	c := sync.NewCond(&mu)
	queue := 0
	s := ""
	take := func() {
		mu.Lock()
		defer mu.Unlock()
		if queue == 0 {
			c.Wait()
		}
		if queue == 0 {
			s = "empty queue"
			return
		}
		queue--
	}
	wg.Go(take)
	wg.Go(func() {
		mu.Lock()
		queue++
		c.Broadcast()
		mu.Unlock()
		mu.Lock()
		if queue > 0 {
			queue--
		} else {
			queue = 0
		}
		c.Broadcast()
		mu.Unlock()
	})
	wg.Wait()
	if s == "" {
		s = words("took 1, queue", queue)
	}
	return s
}
