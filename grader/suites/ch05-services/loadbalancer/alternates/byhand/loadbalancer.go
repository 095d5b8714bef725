package loadbalancer

import (
	"context"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Balancer keeps its backends in a list under one lock. Each backend has a timer, which starts its next probe.
type Balancer struct {
	o      Options
	client http.Client

	mu       sync.Mutex
	closed   bool
	probes   sync.WaitGroup // under way
	backends []*backend
}

type backend struct {
	Backend
	addr    string
	out     bool
	row     []bool // what the latest probes have said, since the last change
	leaving bool
	removed bool
	timer   *time.Timer
	due     time.Time // of the next probe
	cancel  context.CancelFunc
	waiters []chan struct{} // those who drain
	running map[*http.Request]bool
}

// New returns a load balancer without backends.
func New(o Options) *Balancer {
	return &Balancer{o: o, client: http.Client{
		Transport:     o.Transport,
		Timeout:       o.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Close stops the timers, cancels the probes under way, and waits for them.
func (lb *Balancer) Close() {
	lb.mu.Lock()
	lb.closed = true
	for _, b := range lb.backends {
		b.timer.Stop()
		b.cancel()
	}
	lb.mu.Unlock()
	lb.probes.Wait()
}

// Add takes a backend in.
func (lb *Balancer) Add(info Backend, addr string) error {
	lb.mu.Lock()
	defer lb.mu.Unlock()
	for _, b := range lb.backends {
		if b.ID == info.ID {
			return ErrExists
		}
	}
	b := &backend{Backend: info, addr: addr, running: map[*http.Request]bool{}, due: time.Now().Add(lb.o.Interval)}
	ctx, cancel := context.WithCancel(context.Background())
	b.cancel = cancel
	b.timer = time.AfterFunc(lb.o.Interval, func() { lb.check(ctx, b) })
	lb.backends = append(lb.backends, b)
	return nil
}

// check is called by the backend's timer. It sets the timer for the next probe before it begins.
func (lb *Balancer) check(ctx context.Context, b *backend) {
	lb.mu.Lock()
	if lb.closed || b.removed {
		lb.mu.Unlock()
		return
	}
	b.due = b.due.Add(lb.o.Interval)
	b.timer.Reset(time.Until(b.due))
	lb.probes.Add(1)
	lb.mu.Unlock()
	defer lb.probes.Done()

	ok := lb.ask(ctx, b.addr)
	lb.mu.Lock()
	defer lb.mu.Unlock()
	need := lb.o.Fall
	if b.out {
		need = lb.o.Rise
	}
	b.row = append(b.row, ok)
	if len(b.row) > need {
		b.row = b.row[1:]
	}
	if len(b.row) == need && !slices.Contains(b.row, !b.out) {
		b.out, b.row = !b.out, nil
	}
}

func (lb *Balancer) ask(ctx context.Context, addr string) bool {
	r, err := http.NewRequestWithContext(ctx, "GET", "http://"+addr+HealthPath, nil)
	if err != nil {
		return false
	}
	answer, err := lb.client.Do(r)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 4096))
	_ = answer.Body.Close()
	return answer.StatusCode/100 == 2
}

// Drain takes a backend out.
func (lb *Balancer) Drain(ctx context.Context, id string) error {
	lb.mu.Lock()
	at := slices.IndexFunc(lb.backends, func(b *backend) bool { return b.ID == id })
	if at < 0 {
		lb.mu.Unlock()
		return ErrUnknown
	}
	b, told := lb.backends[at], make(chan struct{})
	b.leaving = true
	b.waiters = append(b.waiters, told)
	lb.sweep(b)
	lb.mu.Unlock()
	select {
	case <-told:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sweep removes a backend that leaves, if nothing holds it any more. It is called under mu.
func (lb *Balancer) sweep(b *backend) {
	if !b.leaving || len(b.running) > 0 {
		return
	}
	b.removed = true
	b.timer.Stop()
	b.cancel()
	var rest []*backend
	for _, other := range lb.backends {
		if other != b {
			rest = append(rest, other)
		}
	}
	lb.backends = rest
	for _, told := range b.waiters {
		close(told)
	}
}
