package programs

import "sync"

func selects() []Program {
	return []Program{
		{Name: "select either", Rows: "select", Run: selectEither, Outcomes: []string{"a", "b"}},
		{Name: "select default", Rows: "select with default", Run: selectDefault, Outcomes: []string{"got", "nothing"}},
		{Name: "select try send", Rows: "select with default", Run: trySend, Outcomes: []string{"sent", "full"}},
		{Name: "select send and receive", Rows: "select", Run: sendReceive, Outcomes: []string{"1 2", "2 1"}},
		{Name: "select comma ok", Rows: "select", Run: selectOK, Outcomes: []string{"7 true 0 false"}},
		{Name: "select assigns", Rows: "select", Run: selectAssigns, Outcomes: []string{"5 true 6"}},
		{Name: "select order of evaluation", Rows: "select", Run: selectOrder, Outcomes: []string{"c1 c2 v2"}},
		{Name: "select break and continue", Rows: "select, labelled break and continue", Run: selectLabels, Outcomes: []string{"3"}},
		{Name: "select goto", Rows: "select, goto", Run: selectGoto, Outcomes: []string{"3"}},
		{Name: "select returns", Rows: "select", Run: func() string { return selectReturns(make(chan int), closedInt()) }, Outcomes: []string{"closed"}},
		{Name: "select same channel twice", Rows: "select", Run: selectTwice, Outcomes: []string{"first", "second"}},
		{Name: "select for ever", Rows: "select", Run: selectForever, Alone: true, Outcomes: []string{"fatal error: all goroutines are asleep - deadlock!"}},
		{Name: "select loses nothing", Rows: "select", Run: selectLosesNothing, Outcomes: []string{"2"}},
	}
}

func selectEither() string {
	a, b := make(chan string, 1), make(chan string, 1)
	a <- "a"
	b <- "b"
	select {
	case s := <-a:
		return s
	case s := <-b:
		return s
	}
}

func selectDefault() string {
	c := make(chan int, 1)
	done := make(chan bool)
	go func() { c <- 1; done <- true }()
	s := ""
	select {
	case <-c:
		s = "got"
	default:
		s = "nothing"
	}
	<-done
	return s
}

func trySend() string {
	c := make(chan int)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		select {
		case <-c:
		case <-stop:
		}
	})
	s := "full"
	select {
	case c <- 1:
		s = "sent"
	default:
	}
	close(stop)
	wg.Wait()
	return s
}

func sendReceive() string {
	c := make(chan int)
	var wg sync.WaitGroup
	got := [2]int{}
	for i := range 2 {
		wg.Go(func() {
			for n := 0; n < 1; n++ {
				select {
				case c <- i + 1:
				case v := <-c:
					got[0] = v
				}
			}
		})
	}
	wg.Wait()
	return words(got[0], 3-got[0])
}

func selectOK() string {
	c := make(chan int, 1)
	c <- 7
	close(c)
	var all []any
	for range 2 {
		select {
		case v, ok := <-c:
			all = append(all, v, ok)
		}
	}
	return words(all...)
}

func selectAssigns() string {
	c := make(chan int, 2)
	c <- 5
	c <- 6
	p := &pair{}
	m := map[string]int{}
	var ok bool
	select {
	case p.n, ok = <-c:
	}
	select {
	case m["x"] = <-c:
	}
	return words(p.n, ok, m["x"])
}

func selectOrder() string {
	s := ""
	ch := func(name string, c chan int) chan int { s += name + " "; return c }
	v := func(name string) int { s += name; return 0 }
	select {
	case <-ch("c1", make(chan int)):
	case ch("c2", make(chan int, 1)) <- v("v2"):
	}
	return s
}

func selectLabels() string {
	c := make(chan int, 4)
	for i := range 4 {
		c <- i
	}
	sum := 0
loop:
	for {
		select {
		case v := <-c:
			if v == 0 {
				continue loop
			}
			if v == 3 {
				break loop
			}
			sum += v
			if sum > 100 {
				break
			}
		}
	}
inner:
	select {
	case <-c:
	default:
		if sum > 0 {
			break inner
		}
		sum = -1
	}
	return words(sum)
}

func selectGoto() string {
	c := make(chan int, 3)
	c <- 1
	c <- 2
	sum := 0
again:
	select {
	case v := <-c:
		sum += v
		goto again
	default:
	}
	return words(sum)
}

func closedInt() chan int {
	c := make(chan int)
	close(c)
	return c
}

func selectReturns(a, b chan int) string {
	select {
	case <-a:
		return "received"
	case <-b:
		return "closed"
	}
}

func selectTwice() string {
	c := make(chan int, 1)
	c <- 1
	select {
	case <-c:
		return "first"
	case <-c:
		return "second"
	}
}

func selectForever() string {
	select {}
}

func selectLosesNothing() string {
	a, b := make(chan int), make(chan int)
	done := make(chan bool)
	n := 0
	go func() {
		for range 2 {
			select {
			case <-a:
			case <-b:
			}
			n++
		}
		done <- true
	}()
	go func() { a <- 1 }()
	b <- 1
	<-done
	return words(n)
}
