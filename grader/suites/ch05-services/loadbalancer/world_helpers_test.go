package loadbalancer_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch05-services/loadbalancer"
	"scalelab/pkg/check"
	"scalelab/pkg/faultnet"
)

const (
	second  = time.Second
	latency = 10 * time.Millisecond
	short   = 200 * time.Millisecond // a request and its answer, if nobody holds them up

	clientAddr = "192.0.2.7:5123" // what the load balancer is told about the client
)

// world is one small story: a client, the student's load balancer, and replicas behind it.
type world struct {
	*story
	t      *check.T
	net    *faultnet.Network
	lb     *loadbalancer.Balancer
	policy *policy
	sender *sender
	web    *http.Client
	atEnd  []func() // run in reverse order

	mu       sync.Mutex
	replicas map[string]*replica
	requests int
}

// standard are the options of most stories. The policy is round robin.
func standard() loadbalancer.Options {
	return loadbalancer.Options{
		Interval: 10 * second, Timeout: 2 * second, Rise: 2, Fall: 3, ResponseTimeout: 5 * second,
	}
}

// open tells one story, with one replica for each of the names. If the check fails in it, the story is drawn.
func open(t *check.T, title string, o loadbalancer.Options, names []string, body func(w *world)) {
	t.Helper()
	if o.Policy == nil {
		o.Policy = loadbalancer.NewRoundRobin()
	}
	w := &world{story: tell(title, o), t: t, net: faultnet.New(1), replicas: map[string]*replica{}}
	w.net.Default(faultnet.Faults{Latency: faultnet.Fixed(latency)})
	w.policy = &policy{Policy: o.Policy}
	w.sender = newSender(w)
	defer w.end()
	defer check.Story(t, func() {
		w.show(t)
		w.showChart(t)
	})()
	o.Policy, o.Transport = w.policy, w.sender
	w.lb = loadbalancer.New(o)
	w.cleanup(w.lb.Close)
	w.serve()
	for _, name := range names {
		w.replica(name)
	}
	for _, name := range names {
		w.add(name)
	}
	body(w)
}

func (w *world) cleanup(f func()) { w.atEnd = append(w.atEnd, f) }

// end takes everything down, so that right code leaves no goroutine behind. Probes of a load balancer that Close has not ended are
// ended by the sender, so that only the check about Close loses its points.
func (w *world) end() {
	w.net.Link("balancer", "b").Resume()
	for i := len(w.atEnd) - 1; i >= 0; i-- {
		w.atEnd[i]()
	}
	w.sender.close()
	w.net.Close()
	time.Sleep(time.Minute)
	synctest.Wait()
}

// serve puts the load balancer on the network, and makes a client for it.
func (w *world) serve() {
	handler := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		r.RemoteAddr = clientAddr
		if strings.HasPrefix(r.URL.Path, "/encrypted") {
			r.TLS = &tls.ConnectionState{}
		}
		w.lb.ServeHTTP(rw, r)
	})
	w.listen("balancer", handler)
	client := w.net.Host("client")
	w.web = &http.Client{
		Transport: &http.Transport{
			DisableKeepAlives:  true,
			DisableCompression: true,
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return client.Dial(ctx, network, "balancer:80")
			},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// listen starts a server on port 80 of a host.
func (w *world) listen(host string, handler http.Handler) {
	l, err := w.net.Host(host).Listen("tcp", ":80")
	if err != nil {
		check.Unjudged(w.t, err.Error())
	}
	server := &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = server.Serve(l) }()
	w.cleanup(func() { _ = server.Close() })
}

// add gives a replica to the load balancer.
func (w *world) add(name string) {
	w.t.Helper()
	w.addAs(loadbalancer.Backend{ID: name, Weight: 1})
}

func (w *world) addAs(b loadbalancer.Backend) {
	w.t.Helper()
	w.added(b.ID)
	w.policy.joins(b.ID)
	w.adds(b, "nil", "Add takes a backend in, if there is none with its ID")
}

// adds fails unless Add returns this.
func (w *world) adds(b loadbalancer.Backend, want, rule string) {
	w.t.Helper()
	got := "another error"
	switch err := w.lb.Add(b, b.ID+":80"); {
	case err == nil:
		got = "nil"
	case errors.Is(err, loadbalancer.ErrExists):
		got = "ErrExists"
	}
	w.same("balancer", "Add("+b.ID+"): "+want, "Add("+b.ID+"): "+got, rule)
}

// at lets time pass until so much has gone by since the beginning of the story.
func (w *world) at(d time.Duration) {
	time.Sleep(d - w.now())
	synctest.Wait()
}

// pass lets so much time pass.
func (w *world) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// same fails unless got is what the rule wants. lane is where the picture shows what was found instead.
func (w *world) same(lane, want, got, rule string) {
	w.t.Helper()
	if want != got {
		w.wrong(lane, want, got)
	}
	require.Equal(w.t, want, got, rule)
}

// policy counts what the load balancer does with the policy of the story. That one always gets the backends in the order of Add, so
// that a load balancer that mixes them up loses only the points for that, and not by chance those for whatever it does with them.
type policy struct {
	loadbalancer.Policy

	mu     sync.Mutex
	order  []string // the backends, the one that was added last at the end
	picked []picked
	dones  map[string]int // by the path of the request
	during func()         // happens during the next Pick
}

// picked is one call of Pick.
type picked struct {
	request  loadbalancer.Request
	backends []loadbalancer.Backend
}

func (p *policy) Pick(r loadbalancer.Request, backends []loadbalancer.Backend) (string, func(), error) {
	p.mu.Lock()
	p.picked = append(p.picked, picked{r, slices.Clone(backends)})
	ordered := slices.Clone(backends)
	slices.SortStableFunc(ordered, func(a, b loadbalancer.Backend) int {
		return slices.Index(p.order, a.ID) - slices.Index(p.order, b.ID)
	})
	during := p.during
	p.during = nil
	p.mu.Unlock()
	id, done, err := p.Policy.Pick(r, ordered)
	if during != nil {
		during()
		for range 1000 { // what it has begun gets as far as it can: checks in virtual time run on one thread
			runtime.Gosched()
		}
	}
	return id, func() {
		p.mu.Lock()
		if p.dones == nil {
			p.dones = map[string]int{}
		}
		p.dones[r.Path]++
		p.mu.Unlock()
		if done != nil {
			done()
		}
	}, err
}

// meanwhile lets something begin during the next Pick, in goroutines of its own: the caller of Pick may hold locks.
func (p *policy) meanwhile(begin func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.during = begin
}

// joins is called before a backend is added.
func (p *policy) joins(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.order = append(slices.DeleteFunc(p.order, func(other string) bool { return other == id }), id)
}

// calls is how often the policy was asked.
func (p *policy) calls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.picked)
}

// done is how often done was called for the request with this path.
func (p *policy) done(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dones[path]
}
