package loadbalancer

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Balancer is a load balancer. It hands each request to one of its backends that are well, and asks all of them, again and again,
// how they are. It is safe for concurrent use.
type Balancer struct {
	o      Options
	life   context.Context // of the probes
	stop   context.CancelFunc
	probes sync.WaitGroup

	mu       sync.Mutex
	backends []*backend // in the order of Add
}

// backend is what the load balancer knows of a backend. All that changes is guarded by the load balancer's mu.
type backend struct {
	Backend
	url  *url.URL
	stop context.CancelFunc // ends its probes

	healthy  bool
	against  int // so many probes in a row have said the opposite of healthy
	draining bool
	running  int           // requests
	gone     chan struct{} // closed when it has been removed
}

// New returns a load balancer without backends.
func New(o Options) *Balancer {
	lb := &Balancer{o: o}
	lb.life, lb.stop = context.WithCancel(context.Background())
	return lb
}

// Close ends all probes. When it returns, none is under way and none will be sent. Requests that are under way go on.
func (lb *Balancer) Close() {
	lb.stop()
	lb.probes.Wait()
}

// Add takes a backend in, whose server listens at addr, "host:port".
func (lb *Balancer) Add(b Backend, addr string) error {
	lb.mu.Lock()
	defer lb.mu.Unlock()
	if lb.find(b.ID) != nil {
		return ErrExists
	}
	life, stop := context.WithCancel(lb.life)
	added := &backend{Backend: b, url: &url.URL{Scheme: "http", Host: addr}, stop: stop, healthy: true, gone: make(chan struct{})}
	lb.backends = append(lb.backends, added)
	lb.probes.Go(func() { lb.watch(life, added) })
	return nil
}

// find returns the backend with this ID, or nil. It is called under mu.
func (lb *Balancer) find(id string) *backend {
	at := slices.IndexFunc(lb.backends, func(b *backend) bool { return b.ID == id })
	if at < 0 {
		return nil
	}
	return lb.backends[at]
}

// Drain takes a backend out, and waits until the requests that it has are over.
func (lb *Balancer) Drain(ctx context.Context, id string) error {
	lb.mu.Lock()
	b := lb.find(id)
	if b == nil {
		lb.mu.Unlock()
		return ErrUnknown
	}
	b.draining = true
	b.stop()
	lb.removeIfDone(b)
	lb.mu.Unlock()
	select {
	case <-b.gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// removeIfDone removes a backend that is draining and has no requests any more. It is called under mu.
func (lb *Balancer) removeIfDone(b *backend) {
	if b.draining && b.running == 0 {
		lb.backends = slices.DeleteFunc(lb.backends, func(other *backend) bool { return other == b })
		close(b.gone)
	}
}

// begin finds a backend for the request. The caller calls end when the request is over.
func (lb *Balancer) begin(r *http.Request) (b *backend, end func(), err error) {
	lb.mu.Lock() // held while the policy decides, so that nobody drains the backend meanwhile
	defer lb.mu.Unlock()
	var able []Backend
	for _, b := range lb.backends {
		if b.healthy && !b.draining {
			able = append(able, b.Backend)
		}
	}
	id, done, err := lb.o.Policy.Pick(Request{Method: r.Method, Path: r.URL.Path, Header: r.Header}, able)
	if err != nil {
		return nil, nil, err
	}
	b = lb.find(id)
	b.running++
	return b, func() {
		done()
		lb.mu.Lock()
		defer lb.mu.Unlock()
		b.running--
		lb.removeIfDone(b)
	}, nil
}

// watch probes a backend until its life ends.
func (lb *Balancer) watch(life context.Context, b *backend) {
	ticks := time.NewTicker(lb.o.Interval)
	defer ticks.Stop()
	for {
		select {
		case <-ticks.C:
			if well := lb.probe(life, b); life.Err() == nil {
				lb.probed(b, well)
			}
		case <-life.Done():
			return
		}
	}
}

// probe asks a backend how it is.
func (lb *Balancer) probe(life context.Context, b *backend) (well bool) {
	ctx, cancel := context.WithTimeout(life, lb.o.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url.JoinPath(HealthPath).String(), nil)
	if err != nil {
		return false
	}
	answer, err := lb.o.Transport.RoundTrip(r)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	return answer.StatusCode >= 200 && answer.StatusCode <= 299
}

// probed counts a probe. What a backend is said to be changes when enough probes in a row have said the opposite.
func (lb *Balancer) probed(b *backend, well bool) {
	lb.mu.Lock()
	defer lb.mu.Unlock()
	if well == b.healthy {
		b.against = 0
		return
	}
	b.against++
	if b.healthy && b.against >= lb.o.Fall || !b.healthy && b.against >= lb.o.Rise {
		b.healthy, b.against = well, 0
	}
}

// eject takes a backend out at once, whatever its probes have said.
func (lb *Balancer) eject(b *backend) {
	lb.mu.Lock()
	defer lb.mu.Unlock()
	b.healthy, b.against = false, 0
}
