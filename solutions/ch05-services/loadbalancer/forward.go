package loadbalancer

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"strconv"
	"time"
)

// errTooSlow is why a request is given up that its backend has not answered in time.
var errTooSlow = errors.New("no answer in time")

// ServeHTTP hands the request to one backend, and its answer to the client.
func (lb *Balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, end, err := lb.begin(r)
	if err != nil {
		w.Header().Set("Retry-After", strconv.Itoa(lb.retryAfter()))
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	defer end() // also if the proxy panics, as it does when an answer breaks off
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	patience := time.AfterFunc(lb.o.ResponseTimeout, func() { cancel(errTooSlow) })
	defer patience.Stop()
	lb.proxy(b, patience).ServeHTTP(w, r.WithContext(ctx))
}

// retryAfter is when somebody may be healthy again, in seconds: after the next probes at best.
func (lb *Balancer) retryAfter() int {
	return max(1, int(lb.o.Interval.Seconds()))
}

// proxy returns what sends one request to the backend. Patience ends with the header of the answer: its body may take its time.
func (lb *Balancer) proxy(b *backend, patience *time.Timer) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Transport: lb.o.Transport,
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(b.url)
			p.SetXForwarded() // those that came in are gone already
		},
		ModifyResponse: func(*http.Response) error {
			if !patience.Stop() {
				return errTooSlow
			}
			return nil
		},
		FlushInterval: -1, // whatever arrives is passed on at once
		ErrorHandler:  func(w http.ResponseWriter, r *http.Request, err error) { w.WriteHeader(lb.failed(r.Context(), b, err)) },
		ErrorLog:      log.New(io.Discard, "", 0),
	}
}

// failed draws the conclusions from an error, and returns the status that the client gets.
func (lb *Balancer) failed(ctx context.Context, b *backend, err error) int {
	var connecting *net.OpError
	switch {
	case context.Cause(ctx) == errTooSlow:
		return http.StatusGatewayTimeout
	case ctx.Err() != nil: // the client has gone, which says nothing about the backend, and nobody reads the status
	case errors.As(err, &connecting) && connecting.Op == "dial":
		lb.eject(b)
	}
	return http.StatusBadGateway
}
