package registry_test

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch03-essentials/registry"
	"scalelab/pkg/check"
	"scalelab/pkg/faultnet"
)

const latency = 10 * time.Millisecond

// town is one small story of the student's resolver, with a directory that the check has made and services on a network in memory.
type town struct {
	*story
	t         *check.T
	net       *faultnet.Network
	directory *directory
	resolver  *registry.Resolver
	atEnd     []func() // run in reverse order

	mu    sync.Mutex
	trail []visit
	conns int // connections that are not closed
}

// visit is whom the resolver has asked, or where it has connected.
type visit struct{ what, where string }

// visitTown tells one story. If the check fails in it, the story is drawn.
func visitTown(t *check.T, title string, body func(w *town)) {
	t.Helper()
	w := &town{story: tell(title), t: t, net: faultnet.New(1)}
	w.lanes("client", "directory")
	w.net.Default(faultnet.Faults{Latency: faultnet.Fixed(latency)})
	w.directory = &directory{w: w, entries: map[string]entry{}}
	defer func() {
		w.net.Heal()
		for i := len(w.atEnd) - 1; i >= 0; i-- {
			w.atEnd[i]()
		}
		w.net.Close()
		synctest.Wait()
	}()
	defer check.Story(t, func() { w.show(t) })()
	w.resolver = registry.NewResolver(w.directory, w.connect)
	body(w)
}

func (w *town) cleanup(f func()) { w.atEnd = append(w.atEnd, f) }

// settle lets everything that is on its way arrive, and everything that follows from it happen.
func (w *town) settle() {
	time.Sleep(100 * time.Millisecond)
	synctest.Wait()
}

// pass lets time pass, of which the check's own steps have taken a little.
func (w *town) pass(d time.Duration) {
	w.does("directory", brief(d)+" pass")
	time.Sleep(d)
}

// connect is what the resolver connects by.
func (w *town) connect(ctx context.Context, addr string) (net.Conn, error) {
	w.visited("connect", addr)
	conn, err := w.net.Host("client").Dial(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conns++
	return &counted{Conn: conn, town: w}, nil
}

// counted is a connection that tells when it is closed.
type counted struct {
	net.Conn
	town *town
	once sync.Once
}

func (c *counted) Close() error {
	c.once.Do(func() {
		c.town.mu.Lock()
		defer c.town.mu.Unlock()
		c.town.conns--
	})
	return c.Conn.Close()
}

func (w *town) visited(what, where string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trail = append(w.trail, visit{what, where})
}

func (w *town) forgetTrail() []visit {
	w.mu.Lock()
	defer w.mu.Unlock()
	trail := w.trail
	w.trail = nil
	return trail
}

// asksFirst tells whether the first visit of the trail is to the directory. Where it has to be is a rule of its own.
func (w *town) asksFirst() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.trail) > 0 && w.trail[0].what == "look up"
}

// visits returns the trail since it was last asked for, as text, and draws it.
func (w *town) visits(from int) string {
	trail := w.forgetTrail()
	var words []string
	for i, v := range trail {
		words = append(words, v.what+" "+v.where)
		if i > 0 || from < 0 {
			from = w.does("client", "then")
		}
		if v.what == "connect" {
			w.leads(from, "host "+host(v.where), "connect")
		} else {
			w.leads(from, "directory", v.what+" "+v.where)
		}
	}
	if len(words) == 0 {
		return nobody
	}
	return strings.Join(words, ", ")
}

const nobody = "nobody"

func host(addr string) string {
	name, _, _ := strings.Cut(addr, ":")
	return name
}

// call is a call in a goroutine of its own.
type call struct {
	w     *town
	what  string
	asked int // the step of the picture at which it began
	reply string
	err   error
	done  chan struct{}
}

// call calls a method of a service, and lets everything happen that follows.
func (w *town) call(service, method string) *call {
	return w.callWith(w.t.Context(), service, method, "50")
}

func (w *town) callWith(ctx context.Context, service, method string, args any) *call {
	c := &call{w: w, what: service + "." + method, done: make(chan struct{})}
	c.asked = w.does("client", "Call "+c.what)
	go func() {
		defer close(c.done)
		c.err = w.resolver.Call(ctx, service, method, args, &c.reply)
	}()
	w.settle()
	return c
}

const waits = "nothing yet: it has not returned"

func (c *call) outcome() string {
	select {
	case <-c.done:
		return outcome(c.reply, c.err)
	default:
		return waits
	}
}

// expect fails unless the call has come to this, by whatever way.
func (c *call) expect(want, rule string) {
	c.w.t.Helper()
	if want != waits {
		c.w.forgetTrail()
	}
	c.same(c.what+": "+want, c.what+": "+c.outcome(), rule)
	if want != waits {
		c.w.does("client", c.what+" returns "+want)
	}
}

// went fails unless the call has visited these since the last look, in this order, and has come to this. Nothing else may happen meanwhile.
func (c *call) went(trail, want, rule string) {
	c.w.t.Helper()
	visits := c.w.visits(c.asked)
	c.asked = -1 // what comes later begins at a step of its own
	c.same("visited: "+trail, "visited: "+visits, rule)
	c.expect(want, rule)
}

func (c *call) same(want, got, rule string) {
	c.w.t.Helper()
	if want != got {
		c.w.wrong("client", want, got)
	}
	require.Equal(c.w.t, want, got, rule)
}

// closed fails unless every connection was closed.
func (w *town) closed(rule string) {
	w.t.Helper()
	w.mu.Lock()
	open := w.conns
	w.mu.Unlock()
	const want = "every connection is closed"
	got := want
	if open != 0 {
		got = "a connection is still open"
		w.wrong("client", want, got)
	}
	require.Equal(w.t, want, got, rule)
}
