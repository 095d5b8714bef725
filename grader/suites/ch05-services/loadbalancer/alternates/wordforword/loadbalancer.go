package loadbalancer

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Balancer forwards word for word: what net/http and its reverse proxy do on their own accord is undone. No request is repeated on the
// wire, no answer is unpacked, no query is tidied up, an answer may begin before its request has ended, and the time that a client
// takes to send its body does not count.
type Balancer struct {
	o      Options
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	probes sync.WaitGroup // the goroutines that probe

	mu       sync.Mutex
	closed   bool
	backends []*backend // in the order of Add
}

// backend is one replica; the fields below stop are guarded by the balancer's mu.
type backend struct {
	Backend
	addr string
	gone chan struct{}      // closed when the backend is removed
	stop context.CancelFunc // ends its probes

	unhealthy bool
	streak    int // so many probes in a row have spoken against the present state
	ejections int // a probe that was sent before the last of them does not count
	running   int // requests that are not over
	draining  bool
}

// New returns a load balancer without backends.
func New(o Options) *Balancer {
	if o.Transport == nil || o.Policy == nil || o.Interval <= 0 || o.Timeout <= 0 || o.Rise < 1 || o.Fall < 1 || o.ResponseTimeout <= 0 {
		panic("loadbalancer: all options have to be set")
	}
	lb := &Balancer{o: o}
	lb.ctx, lb.cancel = context.WithCancel(context.Background())
	return lb
}

// Add takes a backend in, whose server listens at addr, "host:port". It counts as healthy until something speaks against that.
// Its first probe is sent after Interval. If there is a backend with this ID, Add returns ErrExists.
func (lb *Balancer) Add(b Backend, addr string) error {
	lb.mu.Lock()
	defer lb.mu.Unlock()
	if lb.find(b.ID) != nil {
		return ErrExists
	}
	ctx, stop := context.WithCancel(lb.ctx)
	added := &backend{Backend: b, addr: addr, gone: make(chan struct{}), stop: stop}
	lb.backends = append(lb.backends, added)
	if !lb.closed {
		start := time.Now() // here and not in the goroutine: the time counts from now
		lb.probes.Go(func() {
			for next := start.Add(lb.o.Interval); ; next = next.Add(lb.o.Interval) {
				select {
				case <-ctx.Done():
					return
				case <-time.After(time.Until(next)):
					lb.probe(ctx, added)
				}
			}
		})
	}
	return nil
}

// Drain takes a backend out: from now on it gets no request, and when those that it has are over, it is removed and Drain returns
// nil. If ctx ends first, Drain returns ctx.Err(), and the backend goes on draining. If there is no such backend, Drain returns
// ErrUnknown.
func (lb *Balancer) Drain(ctx context.Context, id string) error {
	lb.mu.Lock()
	b := lb.find(id)
	if b == nil {
		lb.mu.Unlock()
		return ErrUnknown
	}
	b.draining = true
	lb.removeIfDrained(b)
	lb.mu.Unlock()

	select {
	case <-b.gone: // even if ctx is over too
		return nil
	default:
	}
	select {
	case <-b.gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close ends all probes. When it returns, none is under way and none will be sent. Requests that are under way go on.
func (lb *Balancer) Close() {
	lb.mu.Lock()
	lb.closed = true
	lb.mu.Unlock()
	lb.cancel()
	lb.probes.Wait()
}

// find returns the backend with this ID, or nil. It is called under mu.
func (lb *Balancer) find(id string) *backend {
	for _, b := range lb.backends {
		if b.ID == id {
			return b
		}
	}
	return nil
}

// removeIfDrained removes a backend that drains and has no request left. It is called under mu.
func (lb *Balancer) removeIfDrained(b *backend) {
	if !b.draining || b.running > 0 {
		return
	}
	lb.backends = slices.DeleteFunc(lb.backends, func(other *backend) bool { return other == b })
	b.stop()
	close(b.gone)
}

// probe asks a backend how it is, and takes note of what comes of it.
func (lb *Balancer) probe(ctx context.Context, b *backend) {
	lb.mu.Lock()
	ejections := b.ejections
	lb.mu.Unlock()

	ok := lb.isWell(ctx, b.addr)

	lb.mu.Lock()
	defer lb.mu.Unlock()
	if ctx.Err() != nil || b.ejections != ejections {
		return
	}
	if ok != b.unhealthy { // it is as we thought
		b.streak = 0
		return
	}
	b.streak++
	if b.unhealthy && b.streak >= lb.o.Rise || !b.unhealthy && b.streak >= lb.o.Fall {
		b.unhealthy, b.streak = !b.unhealthy, 0
	}
}

// isWell sends one probe.
func (lb *Balancer) isWell(ctx context.Context, addr string) bool {
	ctx, cancel := context.WithTimeout(ctx, lb.o.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+HealthPath, nil)
	if err != nil {
		return false
	}
	neverTwice(r)
	res, err := lb.o.Transport.RoundTrip(r)
	if err != nil {
		return false
	}
	res.Body.Close()
	return ctx.Err() == nil && res.StatusCode >= 200 && res.StatusCode <= 299
}

// eject takes a backend out that cannot be connected to, until probes say that it is well again.
func (lb *Balancer) eject(b *backend) {
	lb.mu.Lock()
	defer lb.mu.Unlock()
	b.unhealthy, b.streak = true, 0
	b.ejections++
}

// pick lets the policy decide who gets the request, and counts it there. Whoever gets a backend calls over when the request is over.
// The lock is held while the policy thinks, so that no Drain comes between its decision and the count.
func (lb *Balancer) pick(r *http.Request) (b *backend, over func()) {
	lb.mu.Lock()
	defer lb.mu.Unlock()
	var able []Backend
	for _, b := range lb.backends {
		if !b.unhealthy && !b.draining {
			able = append(able, b.Backend)
		}
	}
	if len(able) == 0 {
		return nil, nil
	}
	id, done, err := lb.o.Policy.Pick(Request{Method: r.Method, Path: r.URL.Path, Header: r.Header}, able)
	if err != nil {
		return nil, nil
	}
	b = lb.find(id)
	if b == nil {
		panic("loadbalancer: the policy has picked a backend that is not there: " + id)
	}
	b.running++
	return b, func() {
		done()
		lb.mu.Lock()
		defer lb.mu.Unlock()
		b.running--
		lb.removeIfDrained(b)
	}
}
