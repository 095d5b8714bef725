package loadbalancer_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch05-services/loadbalancer"
)

// These tests are a part of what is graded, to read and to run while you work:
//
//	go test ./labs/ch05-services/loadbalancer
//
// With them green your interface is right; the graded checks look into every corner that the README describes.

// backends is a Transport without a network: each backend is a function, by its address. Who is missing refuses connections.
type backends map[string]http.HandlerFunc

func (b backends) RoundTrip(r *http.Request) (*http.Response, error) {
	handle := b[r.URL.Host]
	if handle == nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	}
	w := httptest.NewRecorder()
	handle(w, r)
	return w.Result(), r.Context().Err()
}

// says is a backend that is well, and answers every request with a text.
func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, text) }
}

// inFrontOf runs a test in virtual time, with a load balancer in front of the backends a:80 and b:80.
func inFrontOf(t *testing.T, b backends, test func(t *testing.T, lb *loadbalancer.Balancer)) {
	synctest.Test(t, func(t *testing.T) {
		lb := loadbalancer.New(loadbalancer.Options{
			Transport: b, Policy: loadbalancer.NewRoundRobin(),
			Interval: 10 * time.Second, Timeout: 2 * time.Second, Rise: 2, Fall: 3, ResponseTimeout: 5 * time.Second,
		})
		defer lb.Close()
		for _, id := range []string{"a", "b"} {
			require.NoError(t, lb.Add(loadbalancer.Backend{ID: id, Weight: 1}, id+":80"), "Add of a new backend")
		}
		test(t, lb)
	})
}

func get(lb *loadbalancer.Balancer) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	lb.ServeHTTP(w, httptest.NewRequest("GET", "http://resort.example/rides", nil))
	return w
}

// gets asks n times and joins the answers.
func gets(lb *loadbalancer.Balancer, n int) string {
	var answers []string
	for range n {
		answers = append(answers, get(lb).Body.String())
	}
	return strings.Join(answers, " ")
}

func TestTheyTakeTurns(t *testing.T) {
	inFrontOf(t, backends{"a:80": says("a"), "b:80": says("b")}, func(t *testing.T, lb *loadbalancer.Balancer) {
		require.Equal(t, "a b a", gets(lb, 3), "the policy is round robin")
	})
}

func TestTheBackendLearnsWhoAsks(t *testing.T) {
	var seen http.Header
	a := func(_ http.ResponseWriter, r *http.Request) { seen = r.Header }
	inFrontOf(t, backends{"a:80": a}, func(t *testing.T, lb *loadbalancer.Balancer) {
		r := httptest.NewRequest("GET", "http://resort.example/rides", nil)
		r.Header.Set("X-Forwarded-For", "203.0.113.9")
		lb.ServeHTTP(httptest.NewRecorder(), r)
		require.Equal(t, []string{"192.0.2.1"}, seen["X-Forwarded-For"], "httptest's requests come from there")
		require.Equal(t, []string{"resort.example"}, seen["X-Forwarded-Host"])
		require.Equal(t, []string{"http"}, seen["X-Forwarded-Proto"])
	})
}

func TestABackendFallsAndRises(t *testing.T) {
	var status atomic.Int32 // the test sets it, and a goroutine that probes reads it
	status.Store(http.StatusServiceUnavailable)
	b := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == loadbalancer.HealthPath {
			w.WriteHeader(int(status.Load()))
			return
		}
		_, _ = io.WriteString(w, "b")
	}
	inFrontOf(t, backends{"a:80": says("a"), "b:80": b}, func(t *testing.T, lb *loadbalancer.Balancer) {
		time.Sleep(25 * time.Second)
		require.Equal(t, "a b a b", gets(lb, 4), "two probes of b have failed, and Fall is 3")
		time.Sleep(10 * time.Second)
		require.Equal(t, "a a a", gets(lb, 3), "three probes of b have failed")
		status.Store(http.StatusOK)
		time.Sleep(20 * time.Second)
		require.Equal(t, "b a b", gets(lb, 3), "two probes of b have succeeded, and Rise is 2")
	})
}

func TestAConnectErrorEjects(t *testing.T) {
	inFrontOf(t, backends{"a:80": says("a")}, func(t *testing.T, lb *loadbalancer.Balancer) {
		require.Equal(t, http.StatusOK, get(lb).Code, "a is well")
		require.Equal(t, http.StatusBadGateway, get(lb).Code, "it is b's turn, who refuses connections")
		require.Equal(t, "a a a", gets(lb, 3), "b is out")
	})
}

func TestBackendsAreTakenOut(t *testing.T) {
	inFrontOf(t, backends{"a:80": says("a"), "b:80": says("b")}, func(t *testing.T, lb *loadbalancer.Balancer) {
		require.NoError(t, lb.Drain(context.Background(), "a"), "a has no request")
		require.Equal(t, "b b", gets(lb, 2), "b is left")
		require.NoError(t, lb.Drain(context.Background(), "b"), "b has no request")
		require.ErrorIs(t, lb.Drain(context.Background(), "b"), loadbalancer.ErrUnknown, "b is not there any more")
		w := get(lb)
		require.Equal(t, http.StatusServiceUnavailable, w.Code, "nobody is left")
		require.NotEmpty(t, w.Header().Get("Retry-After"), "when to come again")
	})
}
