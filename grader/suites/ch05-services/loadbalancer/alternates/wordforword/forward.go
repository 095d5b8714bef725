package loadbalancer

import (
	"context"
	"errors"
	"io"
	"log"
	"math"
	"net"
	"net/http"
	"net/http/httputil"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// errLate is why a request is cancelled whose answer does not come.
var errLate = errors.New("loadbalancer: no answer in time")

// silent is where the reverse proxy writes what the client learns anyway.
var silent = log.New(io.Discard, "", 0)

// ServeHTTP hands the request to one backend, and its answer to the client.
func (lb *Balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, over := lb.pick(r)
	if b == nil {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(lb.o.Interval.Seconds()))))
		http.Error(w, "nobody is there to answer", http.StatusServiceUnavailable)
		return
	}
	defer over()
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)

	w.Header()["Content-Type"] = nil // net/http must not guess it if the backend does not tell

	var header http.Header // of the answer, as the backend has sent it
	proxy := httputil.ReverseProxy{
		FlushInterval: -1,
		ErrorLog:      silent,
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Scheme, p.Out.URL.Host = "http", b.addr
			p.Out.URL.RawQuery = p.In.URL.RawQuery // the proxy has thrown away what it does not understand
			setForwarded(p.Out.Header, p.In)
			keepProxyFields(p.Out.Header, p.In.Header)
			if p.Out.Header.Get("Accept-Encoding") == "" {
				p.Out.Header.Set("Accept-Encoding", "identity") // or else the transport asks for gzip, and unpacks it
			}
			neverTwice(p.Out)
		},
		Transport: roundTripper(func(out *http.Request) (*http.Response, error) {
			p := newPatience(lb.o.ResponseTimeout, func() { cancel(errLate) })
			var body *patientBody
			if r.ContentLength != 0 && out.Body != nil {
				body = &patientBody{ReadCloser: out.Body, p: p}
				out.Body = body
			}
			res, err := lb.o.Transport.RoundTrip(out)
			p.end()
			if body != nil && !body.complete.Load() {
				// The answer comes before the whole request is there. Without this, net/http would wait for the rest before it sends
				// the answer; and after that the connection cannot be used again.
				_ = http.NewResponseController(w).EnableFullDuplex()
				w.Header().Set("Connection", "close")
			}
			if err != nil {
				return nil, err
			}
			if context.Cause(ctx) == errLate {
				res.Body.Close()
				return nil, errLate
			}
			header = res.Header.Clone()
			return res, nil
		}),
		ModifyResponse: func(res *http.Response) error {
			keepProxyFields(res.Header, header)
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			switch {
			case r.Context().Err() != nil: // the client has hung up, which says nothing about the backend
			case context.Cause(ctx) == errLate:
				http.Error(w, "no answer in time", http.StatusGatewayTimeout)
				return
			case isConnectError(err):
				lb.eject(b)
			}
			http.Error(w, "no answer", http.StatusBadGateway)
		},
	}
	proxy.ServeHTTP(w, r.WithContext(ctx))
}

// roundTripper is a function as an http.RoundTripper.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// setForwarded tells the backend who asks. The reverse proxy has removed what the client says of that.
func setForwarded(h http.Header, in *http.Request) {
	client, _, err := net.SplitHostPort(in.RemoteAddr)
	if err != nil {
		client = in.RemoteAddr
	}
	proto := "http"
	if in.TLS != nil {
		proto = "https"
	}
	h.Set("X-Forwarded-For", client)
	h.Set("X-Forwarded-Host", in.Host)
	h.Set("X-Forwarded-Proto", proto)
}

// keepProxyFields copies fields that the reverse proxy removes though they need not concern one connection only.
func keepProxyFields(to, from http.Header) {
	for _, field := range []string{"Proxy-Authenticate", "Proxy-Authorization"} {
		named := slices.ContainsFunc(strings.Split(strings.Join(from["Connection"], ","), ","), func(s string) bool {
			return strings.EqualFold(strings.TrimSpace(s), field)
		})
		if v, ok := from[field]; ok && !named {
			to[field] = v
		}
	}
}

// isConnectError says whether an error means that there was no connection.
func isConnectError(err error) bool {
	var op *net.OpError
	for errors.As(err, &op) {
		if op.Op == "dial" {
			return true
		}
		err = op.Err
	}
	return false
}

// neverTwice keeps net/http's transport from sending a request again when the connection is lost. It does so with requests that have no
// body if their method or a field says that it does no harm, so these get a body, which is empty.
func neverTwice(r *http.Request) {
	_, key := r.Header["Idempotency-Key"]
	_, xkey := r.Header["X-Idempotency-Key"]
	safe := slices.Contains([]string{"", "GET", "HEAD", "OPTIONS", "TRACE"}, r.Method)
	if (r.Body == nil || r.Body == http.NoBody) && (safe || key || xkey) {
		r.Body, r.GetBody, r.ContentLength = emptyBody{}, nil, 0
		r.TransferEncoding = []string{"identity"} // not chunked
	}
}

// emptyBody is not http.NoBody, which the transport knows.
type emptyBody struct{}

func (emptyBody) Read([]byte) (int, error) { return 0, io.EOF }
func (emptyBody) Close() error             { return nil }

// patience is how long a request waits for its answer. It stands still while the client is slow to send its body: an upload may take as
// long as it likes, and the transport cannot give up while it reads from the client.
type patience struct {
	mu    sync.Mutex
	timer *time.Timer
	until time.Time
	left  time.Duration // if it stands still, or else 0
}

func newPatience(d time.Duration, late func()) *patience {
	return &patience{timer: time.AfterFunc(d, late), until: time.Now().Add(d)}
}

func (p *patience) pause() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer.Stop() {
		p.left = time.Until(p.until)
	}
}

func (p *patience) resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left > 0 {
		p.until = time.Now().Add(p.left)
		p.timer.Reset(p.left)
		p.left = 0
	}
}

func (p *patience) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer.Stop()
	p.left = 0
}

// patientBody is a request's body that tells when the client is waited for.
type patientBody struct {
	io.ReadCloser
	p        *patience
	complete atomic.Bool // nothing more will come
}

func (b *patientBody) Read(buf []byte) (int, error) {
	b.p.pause()
	defer b.p.resume()
	n, err := b.ReadCloser.Read(buf)
	if err != nil {
		b.complete.Store(true)
	}
	return n, err
}
