package sync

import (
	"fmt"
	"unsafe"

	"scalelab/pkg/interleave/sched"
)

// WaitGroup waits for a number of goroutines to end; the zero value waits for none.
type WaitGroup struct {
	obj     sched.Object
	n       int
	waiters []*released
	misuse  byte // its address stands for the rule that the first Add happens before Wait
}

type released struct{ free bool }

func (r *released) Ready() bool { return r.free }

func (wg *WaitGroup) in(s *sched.Scheduler) {
	if wg.obj.In(s, "waitgroup") {
		wg.n, wg.waiters = 0, nil
	}
}

// Add adds delta, which may be negative, to the counter.
func (wg *WaitGroup) Add(delta int) { wg.add("add", delta) }

// Done takes one from the counter.
func (wg *WaitGroup) Done() { wg.add("done", -1) }

func (wg *WaitGroup) add(op string, delta int) {
	s := enter()
	if s == nil {
		if wg.n += delta; wg.n < 0 {
			panic("sync: negative WaitGroup counter")
		}
		return
	}
	wg.in(s)
	s.Point(op, wg.obj.Info(), nil)
	wg.n += delta
	if delta > 0 && wg.n == delta {
		s.Misuse(unsafe.Pointer(&wg.misuse), false)
	}
	detail := ""
	if s.Tracing() {
		detail = fmt.Sprintf("counter %d", wg.n)
	}
	if delta < 0 {
		s.Released(&wg.obj, detail)
	} else {
		s.Did(detail)
	}
	switch {
	case wg.n < 0:
		panic("sync: negative WaitGroup counter")
	case wg.n == 0:
		for _, w := range wg.waiters {
			w.free = true
		}
		wg.waiters = nil
	}
}

// Wait blocks until the counter is zero.
func (wg *WaitGroup) Wait() {
	s := enter()
	if s == nil {
		if wg.n > 0 {
			wouldBlock()
		}
		return
	}
	wg.in(s)
	s.Point("wait", wg.obj.Info(), nil)
	if wg.n > 0 {
		if len(wg.waiters) == 0 {
			s.Misuse(unsafe.Pointer(&wg.misuse), true)
		}
		r := &released{}
		wg.waiters = append(wg.waiters, r)
		s.Park(r)
		if wg.n != 0 {
			s.Acquired(&wg.obj, "")
			panic("sync: WaitGroup is reused before previous Wait has returned")
		}
	}
	s.Acquired(&wg.obj, "")
}

// Go calls f in a new goroutine and adds it to wg.
func (wg *WaitGroup) Go(f func()) {
	s := enter()
	var site *sched.Site
	if s != nil {
		site = s.CallSite()
	}
	wg.Add(1)
	sched.Go(site, func() {
		defer func() {
			if x := recover(); x != nil {
				panic(x) // unrecovered in a new goroutine: nobody may notice a Done before the end of the program
			}
			sched.On(wg, site)
			wg.Done()
		}()
		f()
	})
}
