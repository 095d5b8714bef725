package loadbalancer_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/require"
)

// request is what the client has asked for, in a goroutine of its own.
type request struct {
	w      *world
	what   string
	path   string
	asked  time.Duration
	cancel context.CancelFunc

	mu     sync.Mutex
	answer *http.Response // nil until its header is there
	body   strings.Builder
	err    error
	over   bool
}

// get asks for a path of its own, and lets the answer arrive.
func (w *world) get() *request {
	w.requests++
	return w.ask(http.MethodGet, fmt.Sprint("/", w.requests), nil, nil)
}

// served fails unless the next requests are answered by these backends, or with this status, in this order. The first answer that is
// not as it should be is marked.
func (w *world) served(want, rule string) {
	w.t.Helper()
	var got []string
	asItShould := true
	for _, name := range strings.Fields(want) {
		q := w.get()
		answer := strings.TrimPrefix(q.outcome(), "200 from ")
		got = append(got, answer)
		if asItShould && answer != name {
			w.misplaced(q, name)
		}
		w.happens(entry{lane: "client", text: q.result(), clock: true, wrong: asItShould && answer != name})
		asItShould = asItShould && answer == name
	}
	if !asItShould {
		w.compared(want, strings.Join(got, " "))
	}
	require.Equal(w.t, want, strings.Join(got, " "), rule+" (who answers the next requests, one after the other)")
}

// ask asks, and lets the answer arrive, if nobody holds it up.
func (w *world) ask(method, path string, header http.Header, body io.Reader) *request {
	ctx, cancel := context.WithCancel(context.Background())
	q := &request{w: w, what: method + " " + path, path: path, asked: w.now(), cancel: cancel}
	w.cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, method, "http://resort.example"+path, body)
	if err != nil {
		panic(err)
	}
	for name, values := range header {
		r.Header[name] = values
	}
	w.happens(entry{lane: "client", text: q.what, cause: path, clock: true})
	go q.run(r)
	w.pass(short)
	return q
}

func (q *request) run(r *http.Request) {
	answer, err := q.w.web.Do(r)
	q.set(func() { q.answer, q.err, q.over = answer, err, err != nil })
	if err != nil {
		return
	}
	defer answer.Body.Close()
	buffer := make([]byte, 1024)
	for {
		n, err := answer.Body.Read(buffer)
		q.set(func() { q.body.Write(buffer[:n]) })
		if err != nil {
			q.set(func() {
				q.over = true
				if err != io.EOF {
					q.err = err
				}
			})
			return
		}
	}
}

func (q *request) set(f func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	f()
}

const waits = "no answer yet"

// outcome is what has come back so far.
func (q *request) outcome() string {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.answer == nil && q.err != nil:
		return "the connection is lost"
	case q.answer == nil:
		return waits
	}
	text := strings.TrimSpace(fmt.Sprintf("%d %s", q.answer.StatusCode, q.body.String()))
	if q.answer.StatusCode/100 == 5 && q.answer.StatusCode != http.StatusInternalServerError {
		text = fmt.Sprint(q.answer.StatusCode) // what else it says is left open
	}
	switch {
	case q.err != nil:
		return text + " (broken off)"
	case !q.over:
		return text + " (to be continued)"
	}
	return text
}

// header is a field of the answer.
func (q *request) header(name string) string {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.answer == nil {
		return waits
	}
	return strings.Join(q.answer.Header.Values(name), " and ")
}

// is fails unless this has come back so far.
func (q *request) is(want, rule string) {
	q.w.t.Helper()
	got := q.outcome()
	q.w.same("client", q.what+": "+want, q.what+": "+got, rule)
	q.w.noted(q)
}

// noted draws what has come back.
func (w *world) noted(q *request) {
	w.does("client", q.result())
}

// result is what the picture says about an answer.
func (q *request) result() string { return q.path + ": " + q.outcome() }

// hangsUp makes the client lose patience.
func (q *request) hangsUp() {
	q.w.does("client", q.what+": hang up")
	q.cancel()
	q.w.pass(short)
}
