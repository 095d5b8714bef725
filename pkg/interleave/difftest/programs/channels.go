package programs

import (
	"errors"
	"sync"
)

func channels() []Program {
	return []Program{
		{Name: "unbuffered", Rows: "unbuffered channels", Run: unbuffered, Outcomes: []string{"1 2"}},
		{Name: "two senders", Rows: "unbuffered channels", Run: twoSenders, Outcomes: []string{"1 2", "2 1"}},
		{Name: "buffered", Rows: "buffered channels", Run: buffered, Outcomes: []string{"0 1 2 2", "1 1 2 2", "2 1 2 2"}},
		{Name: "directions", Rows: "directional channels", Run: directions, Outcomes: []string{"6"}},
		{Name: "element types", Rows: "element types", Run: elementTypes, Outcomes: []string{"<nil> e true 3 {1 a} 2"}},
		{Name: "close wakes", Rows: "close", Run: closeWakes, Outcomes: []string{"0 false 0 false"}},
		{Name: "drain after close", Rows: "close, range over channels", Run: drain, Outcomes: []string{"123 0 false"}},
		{Name: "range assigns", Rows: "range over channels", Run: rangeAssigns, Outcomes: []string{"3 3"}},
		{Name: "len and cap", Rows: "len and cap", Run: lenCap, Outcomes: []string{"1 3 0 0 0"}},
		{Name: "nil channel in select", Rows: "nil channels", Run: nilSelect, Outcomes: []string{"a b"}},
		{Name: "nil channel blocks", Rows: "nil channels", Run: nilBlocks, Alone: true, Outcomes: []string{"fatal error: all goroutines are asleep - deadlock!"}},
		{Name: "channel of channels", Rows: "element types", Run: channelOfChannels, Outcomes: []string{"42"}},
		{Name: "channels as keys", Rows: "element types", Run: channelKeys, Outcomes: []string{"true 2"}},
		{Name: "semaphore", Rows: "buffered channels", Run: semaphore, Outcomes: []string{"1"}},
		{Name: "pipeline", Rows: "directional channels, range over channels", Run: pipeline, Outcomes: []string{"1 4 9"}},
		{Name: "package channel", Rows: "close", Run: packageChannel, Outcomes: []string{"closed"}},
		{Name: "parked sender keeps its place", Rows: "buffered channels", Run: parkedSender, Outcomes: []string{"1 2 3"}},
		{Name: "goroutine left behind", Rows: "unbuffered channels", Run: leftBehind, Outcomes: []string{"leak"}},
	}
}

func unbuffered() string {
	c := make(chan int)
	go func() { c <- 1; c <- 2 }()
	a := <-c
	return words(a, <-c)
}

func twoSenders() string {
	c := make(chan int)
	for i := range 2 {
		go func() { c <- i + 1 }()
	}
	a, b := <-c, <-c
	return words(a, b)
}

func buffered() string {
	c := make(chan int, 2)
	done := make(chan struct{})
	go func() { c <- 1; c <- 2; close(done) }()
	n := len(c)
	<-done
	return words(n, <-c, <-c, cap(c))
}

func produce(out chan<- int) {
	for i := range 4 {
		out <- i
	}
	close(out)
}

func directions() string {
	c := make(chan int, 1)
	go produce(c)
	var in <-chan int = c
	sum := 0
	for v := range in {
		sum += v
	}
	return words(sum)
}

type pair struct {
	n int
	s string
}

func elementTypes() string {
	e := make(chan error, 2)
	e <- nil
	e <- errors.New("e")
	b := make(chan bool, 1)
	b <- 1 < 2
	f := make(chan func() int, 1)
	f <- func() int { return 3 }
	p := make(chan pair, 1)
	p <- pair{1, "a"}
	type local []int
	l := make(chan local, 1)
	l <- local{1, 2}
	return words(<-e, <-e, <-b, (<-f)(), <-p, len(<-l))
}

func closeWakes() string {
	c := make(chan int)
	type result struct {
		v  int
		ok bool
	}
	var a, b result
	var wg sync.WaitGroup
	wg.Go(func() { a.v, a.ok = <-c })
	wg.Go(func() { b.v, b.ok = <-c })
	close(c)
	wg.Wait()
	return words(a.v, a.ok, b.v, b.ok)
}

func drain() string {
	c := make(chan int, 3)
	for i := 1; i <= 3; i++ {
		c <- i
	}
	close(c)
	s := ""
	for v := range c {
		s += words(v)
	}
	v, ok := <-c
	return words(s, v, ok)
}

func rangeAssigns() string {
	c := make(chan int, 3)
	go func() {
		defer close(c)
		for i := range 4 {
			c <- i
		}
	}()
	var last int
	var held struct{ v int }
	for held.v = range c {
		last = held.v
	}
	return words(last, held.v)
}

func lenCap() string {
	c := make(chan string, 3)
	c <- "x"
	var n chan int
	return words(len(c), cap(c), len(n), cap(n), len(make(chan int)))
}

func nilSelect() string {
	a, b := make(chan string, 1), make(chan string, 1)
	a <- "a"
	b <- "b"
	var first, second string
	for a != nil || b != nil {
		select {
		case first = <-a:
			a = nil
		case second = <-b:
			b = nil
		}
	}
	return words(first, second)
}

func nilBlocks() string {
	var c chan int
	<-c
	return "never"
}

func channelOfChannels() string {
	requests := make(chan chan int)
	go func() {
		reply := <-requests
		reply <- 42
	}()
	reply := make(chan int)
	requests <- reply
	return words(<-reply)
}

func channelKeys() string {
	a, b := make(chan int), make(chan int)
	m := map[chan int]int{a: 1, b: 2}
	sum := 0
	for c, n := range m {
		if c == b {
			sum += n
		}
	}
	return words(a != b, sum)
}

func semaphore() string {
	slots := make(chan struct{}, 1)
	var wg sync.WaitGroup
	inside, most := 0, 0
	for range 2 {
		wg.Go(func() {
			slots <- struct{}{}
			inside++
			most = max(most, inside)
			inside--
			<-slots
		})
	}
	wg.Wait()
	return words(most)
}

func pipeline() string {
	numbers := func() <-chan int {
		out := make(chan int)
		go func() {
			defer close(out)
			for i := 1; i <= 3; i++ {
				out <- i
			}
		}()
		return out
	}
	square := func(in <-chan int) <-chan int {
		out := make(chan int)
		go func() {
			defer close(out)
			for v := range in {
				out <- v * v
			}
		}()
		return out
	}
	var all []any
	for v := range square(numbers()) {
		all = append(all, v)
	}
	return words(all...)
}

var closedChannel = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

func packageChannel() string {
	select {
	case <-closedChannel:
		return "closed"
	default:
		return "open"
	}
}

func parkedSender() string {
	c := make(chan int, 1)
	c <- 1
	done := make(chan bool)
	go func() { c <- 2; c <- 3; done <- true }()
	a, b, d := <-c, <-c, <-c
	<-done
	return words(a, b, d)
}

func leftBehind() string {
	c := make(chan int)
	go func() { c <- 1 }()
	return "leak"
}
