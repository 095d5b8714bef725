package loadbalancer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"net/http"
	"net/http/httptrace"
	"net/http/httputil"
	"sync/atomic"
	"time"
)

var (
	errLate      = errors.New("loadbalancer: the backend is late")
	errUnreached = errors.New("loadbalancer: no connection")
)

// ServeHTTP hands the request to the reverse proxy of its backend.
func (lb *Balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var m *member
	var done func()
	lb.at(func() { m, done = lb.choose(r) })
	if m == nil {
		w.Header().Set("Retry-After", fmt.Sprintf("%.0f", math.Ceil(lb.o.Interval.Seconds())))
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	defer done()
	defer lb.at(func() {
		m.requests--
		lb.dismiss(m)
	})
	proxy := httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Scheme, p.Out.URL.Host = "http", m.addr
			p.SetXForwarded()
		},
		Transport:     patient{lb.o},
		FlushInterval: -1,
		ErrorLog:      log.New(io.Discard, "", 0),
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			status := http.StatusBadGateway
			switch {
			case errors.Is(err, errLate):
				status = http.StatusGatewayTimeout
			case errors.Is(err, errUnreached):
				lb.at(func() { lb.takeOut(m) })
			}
			w.WriteHeader(status)
		},
	}
	proxy.ServeHTTP(w, r)
}

// choose asks the policy. It is called at the desk.
func (lb *Balancer) choose(r *http.Request) (*member, func()) {
	list := []Backend{}
	for _, m := range lb.members {
		if m.healthy && !m.draining {
			list = append(list, m.Backend)
		}
	}
	id, done, err := lb.o.Policy.Pick(Request{Method: r.Method, Path: r.URL.Path, Header: r.Header}, list)
	if err != nil {
		return nil, nil
	}
	m := lb.byID(id)
	m.requests++
	return m, done
}

// patient is a transport that waits for so long for an answer, and tells whether there was a connection at all.
type patient struct{ o Options }

func (p patient) RoundTrip(r *http.Request) (*http.Response, error) {
	var connected atomic.Bool
	ctx := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(p.o.ResponseTimeout, func() { cancel(errLate) })
	answer, err := p.o.Transport.RoundTrip(r.WithContext(ctx))
	switch {
	case !timer.Stop() && context.Cause(ctx) == errLate:
		if err == nil {
			_ = answer.Body.Close()
		}
		return nil, errLate
	case err == nil:
		answer.Body = whole{answer.Body, cancel}
		return answer, nil
	}
	defer cancel(nil)
	if !connected.Load() && r.Context().Err() == nil {
		return nil, errUnreached
	}
	return nil, err
}

// whole is a body that ends its request when it is closed.
type whole struct {
	io.ReadCloser
	cancel context.CancelCauseFunc
}

func (w whole) Close() error {
	defer w.cancel(nil)
	return w.ReadCloser.Close()
}
