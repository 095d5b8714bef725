package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"scalelab/pkg/services/port"
	"scalelab/solutions/ch05-services/loadbalancer"
	"scalelab/solutions/ch05-services/skierapi"
)

const (
	atOnce = 3 // requests that a replica works on at the same time
	work   = 12 * time.Millisecond
)

// names are those of the replicas.
var names = []string{"replica 1", "replica 2", "replica 3"}

// replica is a server of the skier API that can be killed and started again at the same address.
type replica struct {
	slot    *port.Reservation
	handler http.Handler

	mu     sync.Mutex
	server *http.Server
	served chan error
}

// newReplica starts a replica. What skiers there are is in the store, which all of them share: they keep nothing to themselves.
func newReplica(store skierapi.Store) (*replica, error) {
	slot, err := port.Reserve()
	if err != nil {
		return nil, err
	}
	places := make(chan struct{}, atOnce)
	api := skierapi.New(store)
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+loadbalancer.HealthPath, func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		select {
		case places <- struct{}{}:
		case <-r.Context().Done():
			return
		}
		defer func() { <-places }()
		time.Sleep(work)
		api.ServeHTTP(w, r)
	})
	r := &replica{slot: slot, handler: mux}
	return r, r.start()
}

func (r *replica) start() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	listener, err := net.Listen("tcp", r.slot.Addr())
	if err != nil {
		return err
	}
	r.server, r.served = &http.Server{Handler: r.handler, ReadHeaderTimeout: patience}, make(chan error, 1)
	go func(s *http.Server, served chan<- error) { served <- s.Serve(listener) }(r.server, r.served)
	return nil
}

// kill closes all sockets at once.
func (r *replica) kill() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.server.Close()
	if served := <-r.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// end kills the replica and gives its port back.
func (r *replica) end() error { return errors.Join(r.kill(), r.slot.Close()) }

// trace is a Transport that notes when a request was sent to which address. Probes are no requests.
type trace struct {
	next http.RoundTripper

	mu   sync.Mutex
	sent map[string][]time.Time
}

func (t *trace) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path != loadbalancer.HealthPath {
		t.mu.Lock()
		t.sent[r.URL.Host] = append(t.sent[r.URL.Host], time.Now())
		t.mu.Unlock()
	}
	return t.next.RoundTrip(r)
}

func (t *trace) to(addr string) []time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sent[addr]
}

// balancer starts a load balancer in front of replicas and returns where it listens.
func balancer(p plan, replicas []*replica) (addr string, t *trace, end func() error, err error) {
	transport := &http.Transport{MaxIdleConnsPerHost: 256, DialContext: (&net.Dialer{Timeout: patience}).DialContext}
	t = &trace{next: transport, sent: map[string][]time.Time{}}
	lb := loadbalancer.New(loadbalancer.Options{
		Transport: t, Policy: loadbalancer.NewLeastConnections(),
		Interval: p.interval, Timeout: p.timeout, Rise: rise, Fall: fall, ResponseTimeout: patience,
	})
	for i, r := range replicas {
		err = errors.Join(err, lb.Add(loadbalancer.Backend{ID: names[i], Weight: 1}, r.slot.Addr()))
	}
	listener, failed := net.Listen("tcp", "127.0.0.1:0")
	if err = errors.Join(err, failed); err != nil {
		lb.Close()
		return "", nil, nil, err
	}
	server := &http.Server{Handler: lb, ReadHeaderTimeout: patience}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	return listener.Addr().String(), t, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		err := server.Shutdown(ctx)
		<-served
		lb.Close()
		transport.CloseIdleConnections()
		return err
	}, nil
}
