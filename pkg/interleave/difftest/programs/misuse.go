package programs

import "sync"

func misuse() []Program {
	return []Program{
		{Name: "unlock of unlocked mutex", Rows: "misuse", Run: func() string { var mu sync.Mutex; mu.Unlock(); return "" }, Alone: true, Outcomes: []string{"fatal error: sync: unlock of unlocked mutex"}},
		{Name: "unlock cannot be recovered", Rows: "misuse", Run: unlockRecover, Alone: true, Outcomes: []string{"fatal error: sync: unlock of unlocked mutex"}},
		{Name: "runlock of unlocked", Rows: "misuse", Run: func() string { var mu sync.RWMutex; mu.RUnlock(); return "" }, Alone: true, Outcomes: []string{"fatal error: sync: RUnlock of unlocked RWMutex"}},
		{Name: "rw unlock of unlocked", Rows: "misuse", Run: func() string { var mu sync.RWMutex; mu.Unlock(); return "" }, Alone: true, Outcomes: []string{"fatal error: sync: Unlock of unlocked RWMutex"}},
		{Name: "negative waitgroup", Rows: "misuse", Run: func() string { var wg sync.WaitGroup; wg.Done(); return "" }, Alone: true, Outcomes: []string{"panic: sync: negative WaitGroup counter"}},
		{Name: "send on closed", Rows: "misuse", Run: func() string { c := make(chan int); close(c); c <- 1; return "" }, Alone: true, Outcomes: []string{"panic: send on closed channel"}},
		{Name: "parked sender and close", Rows: "misuse", Run: parkedClose, Closing: true, Outcomes: []string{"send on closed channel"}},
		{Name: "close of closed", Rows: "misuse", Run: func() string { c := make(chan int); close(c); close(c); return "" }, Alone: true, Outcomes: []string{"panic: close of closed channel"}},
		{Name: "close of nil", Rows: "misuse", Run: func() string { var c chan int; close(c); return "" }, Alone: true, Outcomes: []string{"panic: close of nil channel"}},
		{Name: "go of nil", Rows: "misuse", Run: func() string { var f func(); go f(); return "" }, Alone: true, Outcomes: []string{"fatal error: go of nil func value"}},
		{Name: "panic in a goroutine", Rows: "misuse", Run: goPanics, Alone: true, Outcomes: []string{"panic: boom"}},
		{Name: "panic with an error", Rows: "misuse", Run: func() string { panic(errBoom{}) }, Alone: true, Outcomes: []string{"panic: an error"}},
		{Name: "panic with a number", Rows: "misuse", Run: func() string { panic(42) }, Alone: true, Outcomes: []string{"panic: 42"}},
		{Name: "panic with a named string", Rows: "misuse", Run: func() string { panic(name("x")) }, Alone: true, Outcomes: []string{`panic: programs.name("x")`}},
		{Name: "index out of range", Rows: "misuse", Run: func() string { s := []int{}; return words(s[len(s)]) }, Alone: true, Outcomes: []string{"panic: runtime error: index out of range [0] with length 0"}},
		{Name: "all asleep", Rows: "misuse", Run: func() string { <-make(chan int); return "" }, Alone: true, Outcomes: []string{"fatal error: all goroutines are asleep - deadlock!"}},
		{Name: "waiting for oneself", Rows: "misuse", Run: func() string { var wg sync.WaitGroup; wg.Add(1); wg.Wait(); return "" }, Alone: true, Outcomes: []string{"fatal error: all goroutines are asleep - deadlock!"}},
		{Name: "locking twice", Rows: "misuse", Run: func() string { var mu sync.Mutex; mu.Lock(); mu.Lock(); return "" }, Alone: true, Outcomes: []string{"fatal error: all goroutines are asleep - deadlock!"}},
		{Name: "once in once", Rows: "misuse", Run: func() string { var o sync.Once; o.Do(func() { o.Do(func() {}) }); return "" }, Alone: true, Outcomes: []string{"fatal error: all goroutines are asleep - deadlock!"}},
	}
}

type errBoom struct{}

func (errBoom) Error() string { return "an error" }

func unlockRecover() string {
	defer func() { recover() }()
	var mu sync.Mutex
	mu.Unlock()
	return ""
}

func goPanics() string {
	done := make(chan int)
	go func() { panic("boom") }()
	<-done
	return ""
}

func parkedClose() string {
	c := make(chan int)
	done := make(chan any)
	go func() {
		defer func() { done <- recover() }()
		c <- 1
	}()
	close(c)
	return words(<-done)
}
