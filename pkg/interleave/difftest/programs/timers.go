package programs

import (
	"sync"
	"time"
)

const tick = 2 * time.Millisecond

func timers() []Program {
	return []Program{
		{Name: "sleep sort", Rows: "Sleep", Run: sleepSort, Timed: true, Outcomes: []string{"123"}},
		{Name: "now and since", Rows: "Now, Since", Run: nowSince, Outcomes: []string{"true true true"}},
		{Name: "after", Rows: "After", Run: after, Outcomes: []string{"timeout"}},
		{Name: "after func", Rows: "AfterFunc", Run: afterFunc, Outcomes: []string{"ran false true"}},
		{Name: "timer stop and reset", Rows: "Timer", Run: timerStop, Outcomes: []string{"true false true true"}},
		{Name: "expired timer", Rows: "Timer", Run: timerExpired, Outcomes: []string{"true none 0 0"}},
		{Name: "ticker", Rows: "Ticker", Run: ticker, Outcomes: []string{"3"}},
		{Name: "ticker panics", Rows: "Ticker", Run: tickerPanics, Outcomes: []string{"non-positive interval for NewTicker"}},
		{Name: "tick of nothing", Rows: "Ticker", Run: func() string { return words(time.Tick(0) == nil) }, Outcomes: []string{"true"}},
		{Name: "time out wins or loses", Rows: "After, select", Run: timeoutRace, Outcomes: []string{"answer", "timeout"}},
		{Name: "unheard ticker is no life", Rows: "Ticker", Run: unheard, Alone: true, Outcomes: []string{"fatal error: all goroutines are asleep - deadlock!"}},
	}
}

func sleepSort() string {
	var mu sync.Mutex
	var wg sync.WaitGroup
	s := ""
	for _, n := range []int{3, 1, 2} {
		wg.Go(func() {
			time.Sleep(time.Duration(n) * 40 * tick)
			mu.Lock()
			s += words(n)
			mu.Unlock()
		})
	}
	wg.Wait()
	return s
}

func nowSince() string {
	start := time.Now()
	time.Sleep(tick)
	end := time.Now()
	return words(end.Sub(start) >= tick, time.Since(start) >= tick, time.Until(start) < 0)
}

func after() string {
	select {
	case <-make(chan int):
		return "value"
	case <-time.After(tick):
		return "timeout"
	}
}

func afterFunc() string {
	c := make(chan string)
	t := time.AfterFunc(tick, func() { c <- "ran" })
	s := <-c
	stopped := t.Stop()
	u := time.AfterFunc(time.Hour, func() { panic("never") })
	return words(s, stopped, u.Stop())
}

func timerStop() string {
	t := time.NewTimer(time.Hour)
	a, b := t.Stop(), t.Stop()
	t.Reset(tick)
	<-t.C
	t.Reset(time.Hour)
	return words(a, b, t.Reset(tick), !(<-t.C).IsZero())
}

func timerExpired() string {
	t := time.NewTimer(tick)
	time.Sleep(3 * tick)
	stopped := t.Stop()
	s := "none"
	select {
	case <-t.C:
		s = "stale"
	default:
	}
	return words(stopped, s, len(t.C), cap(t.C))
}

func ticker() string {
	t := time.NewTicker(tick)
	defer t.Stop()
	n := 0
	for range t.C {
		if n++; n == 3 {
			break
		}
	}
	t.Reset(2 * tick)
	<-t.C
	return words(n)
}

func tickerPanics() (s string) {
	defer func() { s = words(recover()) }()
	time.NewTicker(0)
	return "made"
}

func timeoutRace() string {
	c := make(chan int, 1)
	go func() { time.Sleep(tick); c <- 1 }()
	select {
	case <-c:
		return "answer"
	case <-time.After(tick):
		return "timeout"
	}
}

func unheard() string {
	time.NewTicker(time.Hour)
	var mu sync.Mutex
	mu.Lock()
	mu.Lock()
	return "never"
}
