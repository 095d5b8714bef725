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

	mu       sync.Mutex
	sent     []sent
	underWay int // probes
	over     bool
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
	s.begins(sent{s.w.now(), to, r.Method + " " + r.URL.Path}, probe)
	if !probe {
		s.w.happens(entry{lane: "balancer", text: fmt.Sprintf("send %s to %s", r.URL.Path, to), effect: r.URL.Path, cause: r.URL.Path + " to " + to})
	}
	began := s.w.now()
	answer, err := s.base.RoundTrip(r)
	if probe {
		s.ends()
	}
	if err == nil && s.connection != "" {
		answer.Header.Set("Connection", s.connection)
	}
	how := outcomeOf(answer, err)
	var dial *net.OpError
	switch {
	case probe && !errors.Is(r.Context().Err(), context.Canceled):
		s.w.probed(to, began, how, err == nil && answer.StatusCode/100 == 2)
	case !probe && r.Context().Err() == nil && errors.As(err, &dial) && dial.Op == "dial":
		s.w.ejected(to, r.URL.Path)
	}
	return answer, err
}

// outcomeOf words what came out of a probe.
func outcomeOf(answer *http.Response, err error) string {
	var dial *net.OpError
	switch {
	case err == nil:
		return fmt.Sprint(answer.StatusCode)
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer"
	case errors.As(err, &dial) && dial.Op == "dial":
		return "refused"
	}
	return "lost"
}

func (s *sender) begins(x sent, probe bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		runtime.Goexit() // a load balancer that does not know its end
	}
	s.sent = append(s.sent, x)
	if probe {
		s.underWay++
	}
}

func (s *sender) ends() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.underWay--
}

// probing is how many probes are under way.
func (s *sender) probing() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.underWay
}

func (s *sender) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
}

// probes are the moments at which a backend was probed, from one moment on.
func (s *sender) probes(name string, from time.Duration) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var at []time.Duration
	for _, x := range s.sent {
		if x.to == name && x.at >= from && x.what == "GET "+loadbalancer.HealthPath {
			at = append(at, x.at)
		}
	}
	slices.Sort(at)
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
