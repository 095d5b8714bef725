package loadbalancer

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// hop are the fields that concern one connection, besides those that Connection names.
var hop = [...]string{"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Transfer-Encoding", "Upgrade", "Trailer"}

// ServeHTTP forwards a request without the help of package httputil.
func (lb *Balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, done := lb.take(r)
	if b == nil {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "nobody is there", http.StatusServiceUnavailable)
		return
	}
	defer lb.leave(b, r, done)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	var late atomic.Bool
	timer := time.AfterFunc(lb.o.ResponseTimeout, func() { late.Store(true); cancel() })
	answer, err := lb.o.Transport.RoundTrip(outgoing(ctx, r, b.addr))
	timer.Stop()
	if err == nil && late.Load() {
		_ = answer.Body.Close()
		err = context.Canceled
	}
	switch {
	case late.Load():
		http.Error(w, "too slow", http.StatusGatewayTimeout)
	case err != nil:
		if r.Context().Err() == nil {
			lb.blame(b, err)
		}
		http.Error(w, "no answer", http.StatusBadGateway)
	default:
		pass(w, answer)
	}
}

// take asks the policy.
func (lb *Balancer) take(r *http.Request) (*backend, func()) {
	lb.mu.Lock()
	defer lb.mu.Unlock()
	var infos []Backend
	byID := map[string]*backend{}
	for _, b := range lb.backends {
		if !b.out && !b.leaving {
			infos, byID[b.ID] = append(infos, b.Backend), b
		}
	}
	if len(infos) == 0 {
		return nil, nil // the policy need not be asked
	}
	id, done, err := lb.o.Policy.Pick(Request{Method: r.Method, Path: r.URL.Path, Header: r.Header}, infos)
	if err != nil || byID[id] == nil {
		return nil, nil
	}
	byID[id].running[r] = true
	return byID[id], done
}

func (lb *Balancer) leave(b *backend, r *http.Request, done func()) {
	lb.mu.Lock()
	delete(b.running, r)
	lb.sweep(b)
	lb.mu.Unlock()
	done()
}

// blame takes a backend out that could not be connected to.
func (lb *Balancer) blame(b *backend, err error) {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		lb.mu.Lock()
		defer lb.mu.Unlock()
		b.out, b.row = true, nil
	}
}

// outgoing is the request that the backend gets.
func outgoing(ctx context.Context, r *http.Request, addr string) *http.Request {
	out := r.Clone(ctx)
	out.URL.Scheme, out.URL.Host, out.RequestURI, out.Close = "http", addr, "", false
	if r.ContentLength == 0 {
		out.Body = nil
	}
	strip(out.Header)
	client, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		client = r.RemoteAddr
	}
	proto := "http"
	if r.TLS != nil {
		proto = "https"
	}
	out.Header.Set("X-Forwarded-For", client)
	out.Header.Set("X-Forwarded-Host", r.Host)
	out.Header.Set("X-Forwarded-Proto", proto)
	return out
}

// strip removes the fields that concern one connection.
func strip(h http.Header) {
	for _, line := range h.Values("Connection") {
		for _, name := range strings.Split(line, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range hop {
		h.Del(name)
	}
}

// pass hands the answer to the client, piece by piece.
func pass(w http.ResponseWriter, answer *http.Response) {
	defer answer.Body.Close()
	strip(answer.Header)
	for name, values := range answer.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.StatusCode)
	flush := http.NewResponseController(w)
	_ = flush.Flush()
	buffer := make([]byte, 32<<10)
	for {
		n, err := answer.Body.Read(buffer)
		if _, failed := w.Write(buffer[:n]); n > 0 && failed != nil {
			return
		}
		_ = flush.Flush()
		switch {
		case err == io.EOF:
			return
		case err != nil:
			panic(http.ErrAbortHandler) // so that the client sees that something is missing
		}
	}
}
