package programs

import (
	"sync"
)

func locks() []Program {
	return []Program{
		{Name: "mutex counter", Rows: "Mutex", Run: mutexCounter, Outcomes: []string{"3"}},
		{Name: "mutex order", Rows: "Mutex", Run: mutexOrder, Outcomes: []string{"ab", "ba"}},
		{Name: "try lock", Rows: "Mutex", Run: tryLock, Outcomes: []string{"true", "false"}},
		{Name: "embedded mutex", Rows: "embedded mutexes, method values", Run: embeddedMutex, Outcomes: []string{"2"}},
		{Name: "rwmutex readers", Rows: "RWMutex", Run: rwReaders, Outcomes: []string{"0 0", "0 1", "1 0", "1 1"}},
		{Name: "rwmutex writer holds up readers", Rows: "RWMutex", Run: rwPending, Outcomes: []string{"true", "false"}},
		{Name: "rwmutex recursive read", Rows: "RWMutex", Run: rwRecursive, Alone: true, Outcomes: []string{"done", "fatal error: all goroutines are asleep - deadlock!"}},
		{Name: "rlocker", Rows: "RWMutex", Run: rLocker, Outcomes: []string{"1"}},
		{Name: "cond queue", Rows: "Cond", Run: condQueue, Outcomes: []string{"12"}},
		{Name: "cond signal is first come", Rows: "Cond", Run: condOrder, Outcomes: []string{"123"}},
		{Name: "cond broadcast", Rows: "Cond", Run: condBroadcast, Outcomes: []string{"3"}},
		{Name: "cond lost wake-up", Rows: "Cond", Run: condLost, Alone: true, Outcomes: []string{"woken", "fatal error: all goroutines are asleep - deadlock!"}},
		{Name: "cond if for for", Rows: "Cond", Run: condIf, Alone: true, Outcomes: []string{"took 1, queue 0", "empty queue", "fatal error: all goroutines are asleep - deadlock!"}},
		{Name: "waitgroup", Rows: "WaitGroup", Run: waitGroup, Outcomes: []string{"2 2"}},
		{Name: "waitgroup go", Rows: "WaitGroup", Run: waitGroupGo, Outcomes: []string{"6"}},
		{Name: "once", Rows: "Once", Run: once, Outcomes: []string{"1 true true"}},
		{Name: "once panics", Rows: "Once", Run: oncePanics, Outcomes: []string{"boom none"}},
		{Name: "once func", Rows: "OnceFunc, OnceValue, OnceValues", Run: onceFuncs, Outcomes: []string{"1 7 7 x true boom boom"}},
		{Name: "sync map", Rows: "sync.Map", Run: syncMap, Outcomes: []string{"a 1", "b 1"}},
		{Name: "sync map range", Rows: "sync.Map", Run: syncMapRange, Outcomes: []string{"xy", "yx"}},
		{Name: "sync map operations", Rows: "sync.Map", Run: syncMapOps, Outcomes: []string{"1 true 2 false true true 3 <nil> false"}},
		{Name: "pool", Rows: "Pool", Run: pool, Outcomes: []string{"new", "old"}, Rare: []string{"new"}},
		{Name: "deadlock of two locks", Rows: "Mutex", Run: twoLocks, Alone: true, Outcomes: []string{"done", "fatal error: all goroutines are asleep - deadlock!"}},
	}
}

func mutexCounter() string {
	var mu sync.Mutex
	var wg sync.WaitGroup
	n := 0
	for range 3 {
		wg.Go(func() {
			mu.Lock()
			defer mu.Unlock()
			n++
		})
	}
	wg.Wait()
	return words(n)
}

func mutexOrder() string {
	var mu sync.Mutex
	var wg sync.WaitGroup
	s := ""
	add := func(t string) {
		mu.Lock()
		s += t
		mu.Unlock()
	}
	wg.Go(func() { add("a") })
	wg.Go(func() { add("b") })
	wg.Wait()
	return s
}

func tryLock() string {
	var mu sync.Mutex
	var wg sync.WaitGroup
	got := false
	wg.Go(func() { mu.Lock(); mu.Unlock() })
	if mu.TryLock() {
		got = true
		mu.Unlock()
	}
	wg.Wait()
	return words(got)
}

type guarded struct {
	sync.Mutex
	n int
}

func (g *guarded) inc() { g.Lock(); defer g.Unlock(); g.n++ }

func embeddedMutex() string {
	var g guarded
	var wg sync.WaitGroup
	f := g.inc
	wg.Go(f)
	lock, unlock := g.Lock, g.Unlock
	lock()
	g.n++
	unlock()
	wg.Wait()
	var l sync.Locker = &g
	l.Lock()
	defer l.Unlock()
	return words(g.n)
}

func rwReaders() string {
	var mu sync.RWMutex
	var wg sync.WaitGroup
	n, a, b := 0, 0, 0
	wg.Go(func() { mu.Lock(); n++; mu.Unlock() })
	wg.Go(func() { mu.RLock(); a = n; mu.RUnlock() })
	wg.Go(func() { mu.RLock(); b = n; mu.RUnlock() })
	wg.Wait()
	return words(a, b)
}

func rwPending() string {
	var mu sync.RWMutex
	var wg sync.WaitGroup
	mu.RLock()
	wg.Go(func() { mu.Lock(); mu.Unlock() })
	free := mu.TryRLock()
	if free {
		mu.RUnlock()
	}
	mu.RUnlock()
	wg.Wait()
	return words(free)
}

func rwRecursive() string {
	var mu sync.RWMutex
	done := make(chan bool)
	mu.RLock()
	go func() { mu.Lock(); mu.Unlock(); done <- true }()
	mu.RLock()
	mu.RUnlock()
	mu.RUnlock()
	<-done
	return "done"
}

func rLocker() string {
	var mu sync.RWMutex
	var wg sync.WaitGroup
	n := 0
	l := mu.RLocker()
	wg.Go(func() { mu.Lock(); n = 1; mu.Unlock() })
	for {
		l.Lock()
		m := n
		l.Unlock()
		if m == 1 {
			wg.Wait()
			return words(m)
		}
	}
}

func twoLocks() string {
	var a, b sync.Mutex
	done := make(chan bool)
	go func() { a.Lock(); b.Lock(); b.Unlock(); a.Unlock(); done <- true }()
	b.Lock()
	a.Lock()
	a.Unlock()
	b.Unlock()
	<-done
	return "done"
}
