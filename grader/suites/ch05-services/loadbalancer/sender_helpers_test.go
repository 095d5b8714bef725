package loadbalancer_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"scalelab/labs/ch05-services/loadbalancer"
)

// sender is the Transport that the load balancer gets. It writes down what goes to whom.
type sender struct {
	w    *world
	base *http.Transport

	connection string // what answers say in their Connection field: net/http's server does not let a handler decide that

	mu      sync.Mutex
	sent    []sent
	probing []sent // the probes under way
	over    bool
}

// sent is one request or probe that was sent to a backend.
type sent struct {
	at   time.Duration
	to   string
	what string // "GET /1"
}

func newSender(w *world) *sender {
	return &sender{w: w, base: &http.Transport{
		DisableKeepAlives: true, DisableCompression: true, DialContext: w.net.Host("balancer").Dial,
	}}
}

func (s *sender) RoundTrip(r *http.Request) (*http.Response, error) {
	to, _, _ := strings.Cut(r.URL.Host, ":")
	probe := r.URL.Path == loadbalancer.HealthPath
	x := sent{s.w.now(), to, r.Method + " " + r.URL.Path}
	s.begins(x, probe)
	if probe {
		return s.probe(x, r)
	}
	s.w.happens(entry{lane: "balancer", text: fmt.Sprintf("send %s to %s", r.URL.Path, to), effect: r.URL.Path, cause: r.URL.Path + " to " + to})
	s.w.sign(s.w.now(), to, sentThere)
	answer, err := s.base.RoundTrip(r)
	if err == nil && s.connection != "" {
		answer.Header.Set("Connection", s.connection)
	}
	if r.Context().Err() == nil && neverConnected(err) {
		s.w.ejected(to, r.URL.Path)
	}
	return answer, err
}

// probe sends a probe. By the rules it has failed after Timeout, also if the load balancer goes on waiting.
func (s *sender) probe(x sent, r *http.Request) (*http.Response, error) {
	began, to := x.at, x.to
	s.w.sign(began, to, underWay)
	late := time.AfterFunc(s.w.o.Timeout, func() { s.w.probed(to, began, "no answer", false) })
	answer, err := s.base.RoundTrip(r)
	if errors.Is(r.Context().Err(), context.Canceled) {
		time.Sleep(latency) // who cancels and does not wait goes on before this is over
	}
	s.ends(x)
	switch {
	case !late.Stop(): // it was judged at that time
	case s.w.now()-began >= s.w.o.Timeout:
		s.w.probed(to, began, "no answer", false)
	case err == nil:
		s.w.probed(to, began, fmt.Sprint(answer.StatusCode), answer.StatusCode/100 == 2)
	case errors.Is(err, context.DeadlineExceeded):
		s.w.does(to, fmt.Sprintf("probe of %v: given up too early", began.Round(time.Millisecond)))
	case r.Context().Err() != nil: // cancelled
	case neverConnected(err):
		s.w.probed(to, began, "refused", false)
	default:
		s.w.probed(to, began, "lost", false)
	}
	return answer, err
}

// neverConnected is whether an error says that there was no connection at all.
func neverConnected(err error) bool {
	var dial *net.OpError
	return errors.As(err, &dial) && dial.Op == "dial"
}

func (s *sender) begins(x sent, probe bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		runtime.Goexit() // a load balancer that does not know its end
	}
	s.sent = append(s.sent, x)
	if probe {
		s.probing = append(s.probing, x)
	}
}

// ends is called when the transport is done with a probe.
func (s *sender) ends(x sent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.probing, x); i >= 0 {
		s.probing = slices.Delete(s.probing, i, i+1)
	}
}

// underWay are the probes that the transport has not answered yet.
func (s *sender) underWay() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var words []string
	for _, x := range s.probing {
		words = append(words, fmt.Sprintf("the one of %v to %s", x.at, x.to))
	}
	slices.Sort(words)
	return list(words)
}

func (s *sender) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
}

// probes are the moments at which a backend was probed, from one moment on.
func (s *sender) probes(name string, from time.Duration) []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	var at []time.Duration
	for _, x := range s.sent {
		if x.to == name && x.at >= from && x.what == "GET "+loadbalancer.HealthPath {
			at = append(at, x.at)
		}
	}
	slices.Sort(at)
	return at
}

func moments(at []time.Duration) string {
	words := make([]string, len(at))
	for i, d := range at {
		words[i] = d.String()
	}
	return list(words)
}

// receivers are the backends to which the request with this path was sent.
func (s *sender) receivers(path string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, x := range s.sent {
		if strings.HasSuffix(x.what, " "+path) {
			names = append(names, x.to)
		}
	}
	return list(names)
}

func list(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}
