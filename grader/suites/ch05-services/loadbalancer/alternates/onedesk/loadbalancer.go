package loadbalancer

import (
	"context"
	"net/http"
	"time"
)

// Balancer has a desk: one goroutine, to which everything belongs that changes. Whoever wants to know or to change something hands
// it a function. There is no lock.
type Balancer struct {
	o      Options
	desk   chan func()
	ctx    context.Context
	cancel context.CancelFunc
	closed chan struct{} // when the desk and all probes have ended

	members []*member     // the desk's
	results chan struct{} // one for each probe that has ended
}

// member is a backend.
type member struct {
	Backend
	addr     string
	next     time.Time // of its probes
	score    int       // healthy: minus the failures in a row; out: how many successes are still missing
	healthy  bool
	draining bool
	requests int
	gone     chan struct{}
}

// New returns a load balancer without backends.
func New(o Options) *Balancer {
	lb := &Balancer{o: o, desk: make(chan func()), closed: make(chan struct{}), results: make(chan struct{})}
	lb.ctx, lb.cancel = context.WithCancel(context.Background())
	go lb.work()
	return lb
}

// Close ends the desk and the probes.
func (lb *Balancer) Close() {
	lb.cancel()
	<-lb.closed
}

// at has something done at the desk, and says whether it was. After Close it is not.
func (lb *Balancer) at(f func()) bool {
	done := make(chan struct{})
	select {
	case lb.desk <- func() { f(); close(done) }:
		<-done
		return true
	case <-lb.ctx.Done():
		return false
	}
}

// work is the desk: it serves one after the other, and starts the probes that are due.
func (lb *Balancer) work() {
	defer close(lb.closed)
	underWay := 0
	for lb.ctx.Err() == nil {
		alarm := time.NewTimer(lb.untilNext())
		select {
		case f := <-lb.desk:
			f()
		case <-lb.results:
			underWay--
		case <-alarm.C:
			underWay += lb.probeDue()
		case <-lb.ctx.Done():
		}
		alarm.Stop()
	}
	for ; underWay > 0; underWay-- {
		<-lb.results
	}
}

func (lb *Balancer) untilNext() time.Duration {
	wait := time.Hour
	for _, m := range lb.members {
		wait = min(wait, time.Until(m.next))
	}
	return wait
}

// probeDue starts the probes whose time has come.
func (lb *Balancer) probeDue() (started int) {
	for _, m := range lb.members {
		if time.Until(m.next) <= 0 {
			m.next = m.next.Add(lb.o.Interval)
			started++
			go func() {
				ok := lb.probe(m.addr)
				lb.at(func() { lb.count(m, ok) })
				lb.results <- struct{}{}
			}()
		}
	}
	return started
}

func (lb *Balancer) probe(addr string) bool {
	ctx, cancel := context.WithTimeout(lb.ctx, lb.o.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", "http://"+addr+HealthPath, nil)
	if err != nil {
		return false
	}
	answer, err := lb.o.Transport.RoundTrip(r)
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode >= 200 && answer.StatusCode < 300
}

func (lb *Balancer) count(m *member, ok bool) {
	switch {
	case m.healthy && ok:
		m.score = 0
	case m.healthy:
		if m.score--; m.score == -lb.o.Fall {
			lb.takeOut(m)
		}
	case !ok:
		m.score = lb.o.Rise
	default:
		if m.score--; m.score == 0 {
			m.healthy = true
		}
	}
}

func (lb *Balancer) takeOut(m *member) { m.healthy, m.score = false, lb.o.Rise }

// Add takes a backend in.
func (lb *Balancer) Add(b Backend, addr string) (err error) {
	lb.at(func() {
		if lb.byID(b.ID) != nil {
			err = ErrExists
			return
		}
		lb.members = append(lb.members, &member{
			Backend: b, addr: addr, next: time.Now().Add(lb.o.Interval), healthy: true, gone: make(chan struct{}),
		})
	})
	return err
}

func (lb *Balancer) byID(id string) *member {
	for _, m := range lb.members {
		if m.ID == id {
			return m
		}
	}
	return nil
}

// Drain takes a backend out.
func (lb *Balancer) Drain(ctx context.Context, id string) error {
	var m *member
	lb.at(func() {
		if m = lb.byID(id); m != nil {
			m.draining = true
			lb.dismiss(m)
		}
	})
	if m == nil {
		return ErrUnknown
	}
	select {
	case <-m.gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// dismiss removes a backend that drains and has nothing to do.
func (lb *Balancer) dismiss(m *member) {
	if !m.draining || m.requests > 0 {
		return
	}
	for i := range lb.members {
		if lb.members[i] == m {
			lb.members = append(lb.members[:i:i], lb.members[i+1:]...)
			break
		}
	}
	close(m.gone)
}
