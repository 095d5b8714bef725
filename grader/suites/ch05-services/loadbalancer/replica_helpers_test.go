package loadbalancer_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"scalelab/labs/ch05-services/loadbalancer"
)

// replica is a backend: a host with a server, which the check makes well or ill.
type replica struct {
	w    *world
	name string

	mu       sync.Mutex
	running  int // requests
	health   health
	handlers map[string]http.HandlerFunc // by the path
}

// health is how a replica answers probes.
type health struct {
	name   string
	status int           // 0: never
	after  time.Duration // how long it thinks
	to     string        // where it redirects to
}

var (
	well     = health{name: "is well", status: http.StatusOK}
	ill      = health{name: "answers probes with 503", status: http.StatusServiceUnavailable}
	silent   = health{name: "does not answer probes"}
	thinking = health{name: "answers probes after 1.5s", status: http.StatusOK, after: 1500 * time.Millisecond}
)

func (w *world) replica(name string) *replica {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r := w.replicas[name]; r != nil {
		return r
	}
	r := &replica{w: w, name: name, health: well, handlers: map[string]http.HandlerFunc{}}
	w.replicas[name] = r
	w.listen(name, r)
	return r
}

// becomes changes how the replica answers probes.
func (r *replica) becomes(h health) {
	r.w.does(r.name, h.name)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.health = h
}

// on says how the replica handles a path.
func (r *replica) on(path string, h http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.handlers[path] = h
}

// dies ends the replica's program. Its machine refuses connections.
func (r *replica) dies() {
	r.w.happens(entry{lane: r.name, text: "its program dies", crash: true})
	r.w.net.Host(r.name).Kill()
}

// starts starts the program again.
func (r *replica) starts() {
	r.w.happens(entry{lane: r.name, text: "starts again", begin: true})
	r.w.listen(r.name, r)
}

// losesPower takes the machine away. It does not even refuse connections.
func (r *replica) losesPower() {
	r.w.happens(entry{lane: r.name, text: "loses its power", crash: true})
	r.w.net.Host(r.name).Crash()
}

func (r *replica) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	h, handler := r.health, r.handlers[q.URL.Path]
	r.mu.Unlock()
	switch {
	case q.URL.Path == loadbalancer.HealthPath:
		h.answer(w, q)
		return
	case handler == nil:
		handler = func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "from "+r.name) }
	}
	r.w.happens(entry{lane: r.name, text: "receive " + q.URL.Path, effect: q.URL.Path + " to " + r.name})
	r.runs(1)
	defer r.runs(-1) // also if the handler panics
	handler(w, q)
}

// runs counts the requests that the replica has. If it drains, it is removed after the last one.
func (r *replica) runs(more int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running += more
	if r.running == 0 {
		r.w.empty(r.name)
	}
}

// busy is whether the replica has requests.
func (r *replica) busy() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.running > 0
}

func (h health) answer(w http.ResponseWriter, q *http.Request) {
	wait := h.after
	if h.status == 0 {
		wait = time.Hour
	}
	select {
	case <-time.After(wait):
	case <-q.Context().Done():
		return
	}
	if h.to != "" {
		w.Header().Set("Location", h.to)
	}
	w.WriteHeader(h.status)
}

// gate is a handler that answers in pieces, when the check lets it.
type gate struct {
	r     *replica
	path  string
	steps chan string // each is sent; when it is closed, the answer ends

	mu  sync.Mutex
	end string // how it ended
}

// behind makes a path of the replica wait for the check. The answer begins with the first piece.
func (r *replica) behind(path string, length string) *gate {
	g := &gate{r: r, path: path, steps: make(chan string)}
	r.on(path, func(w http.ResponseWriter, q *http.Request) {
		if length != "" {
			w.Header().Set("Content-Length", length)
		}
		for {
			select {
			case piece, more := <-g.steps:
				if !more {
					g.ended("the answer is complete")
					return
				}
				_, _ = io.WriteString(w, piece)
				_ = http.NewResponseController(w).Flush()
			case <-q.Context().Done():
				g.ended(cancelled)
				return
			}
		}
	})
	return g
}

const (
	goesOn    = "the request goes on"
	cancelled = "the request is cancelled"
)

func (g *gate) ended(how string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.end == "" {
		g.end = how
		g.r.w.does(g.r.name, g.path+": "+how)
	}
}

// state is what the replica knows of its request.
func (g *gate) state() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.end == "" {
		return goesOn
	}
	return g.end
}

// send sends a piece of the answer, and lets it arrive. If nobody waits for it any more, nothing is sent.
func (g *gate) send(piece string) {
	if g.state() != goesOn {
		return
	}
	g.r.w.does(g.r.name, g.path+": send "+strings.TrimSpace(piece))
	select {
	case g.steps <- piece:
	case <-time.After(short):
	}
	g.r.w.pass(short)
}

// finish ends the answer, and lets the end arrive.
func (g *gate) finish() {
	close(g.steps)
	g.r.w.pass(short)
}
