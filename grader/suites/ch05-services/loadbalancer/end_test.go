package loadbalancer_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"scalelab/labs/ch05-services/loadbalancer"
	"scalelab/pkg/check"
)

func TestResponseTimeout(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		open(t, "No answer for 5 s", standard(), []string{"a"}, func(w *world) {
			g := w.replica("a").behind("/slow", "")
			q := w.ask("GET", "/slow", nil, nil)
			w.at(4500 * time.Millisecond)
			q.is(waits, "a backend has ResponseTimeout for the header of its answer")
			w.at(5500 * time.Millisecond)
			q.is("504", "a backend that has not sent the header of its answer within ResponseTimeout")
			w.same("a", "/slow: "+cancelled, "/slow: "+g.state(), "a request that was answered with 504 does not go on at the backend")
		})
		open(t, "No connection for 5 s", standard(), []string{"a"}, func(w *world) {
			w.replica("a").losesPower()
			q := w.ask("GET", "/slow", nil, nil)
			w.at(4500 * time.Millisecond)
			q.is(waits, "a backend has ResponseTimeout for the header of its answer")
			w.at(5500 * time.Millisecond)
			q.is("504", "the time that it takes to connect counts for ResponseTimeout")
		})
		open(t, "An answer after 4 s, which takes a minute", standard(), []string{"a"}, func(w *world) {
			g := w.replica("a").behind("/film", "")
			q := w.ask("GET", "/film", nil, nil)
			w.at(4 * second)
			g.send("first ")
			q.is("200 first (to be continued)", "an answer that comes within ResponseTimeout")
			w.at(65 * second)
			g.send("last")
			g.finish()
			q.is("200 first last", "ResponseTimeout does not limit how long the body of an answer takes")
		})
	})
}

func TestRequestIsOver(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		open(t, "An answer in parts", standard(), []string{"a"}, func(w *world) {
			g := w.replica("a").behind("/film", "")
			q := w.ask("GET", "/film", nil, nil)
			g.send("first ")
			q.is("200 first (to be continued)", "a part of the answer has come")
			w.doneWas(0, q, "a request is not over before its answer is complete")
			g.finish()
			q.is("200 first", "the answer is complete")
			w.doneWas(1, q, "done of the policy is called once, when the answer is complete")
		})
		open(t, "An answer that breaks off", standard(), []string{"a"}, func(w *world) {
			w.replica("a").on("/broken", func(rw http.ResponseWriter, _ *http.Request) {
				fmt.Fprint(rw, "first")
				_ = http.NewResponseController(rw).Flush()
				panic(http.ErrAbortHandler)
			})
			q := w.ask("GET", "/broken", nil, nil)
			q.is("200 first (broken off)", "an answer that breaks off does not look complete to the client")
			w.doneWas(1, q, "done is called once if the answer breaks off")
		})
		open(t, "A backend that does not answer", standard(), []string{"a"}, func(w *world) {
			w.replica("a").behind("/slow", "")
			q := w.ask("GET", "/slow", nil, nil)
			w.pass(6 * second)
			w.noted(q)
			w.doneWas(1, q, "done is called once if the backend does not answer in time")
		})
		open(t, "A backend that cannot be reached", standard(), []string{"a"}, func(w *world) {
			w.replica("a").dies()
			q := w.get()
			w.noted(q)
			w.doneWas(1, q, "done is called once if the backend cannot be reached")
		})
		open(t, "A client that hangs up before the answer", standard(), []string{"a"}, func(w *world) {
			slow := w.replica("a").behind("/slow", "")
			q := w.ask("GET", "/slow", nil, nil)
			q.hangsUp()
			w.same("a", "/slow: "+cancelled, "/slow: "+slow.state(), "a request whose client hangs up before the answer is cancelled at the backend")
			w.doneWas(1, q, "done is called once if the client hangs up")
		})
		open(t, "A client that hangs up during the answer", standard(), []string{"a"}, func(w *world) {
			film := w.replica("a").behind("/film", "")
			q := w.ask("GET", "/film", nil, nil)
			film.send("first")
			q.hangsUp()
			w.same("a", "/film: "+cancelled, "/film: "+film.state(), "a request whose client hangs up during the answer is cancelled at the backend")
			w.doneWas(1, q, "done is called once if the client hangs up during the answer")
		})
	})
}

func (w *world) doneWas(times int, q *request, rule string) {
	w.t.Helper()
	const text = "calls of done for %s: %d"
	w.same("balancer", fmt.Sprintf(text, q.path, times), fmt.Sprintf(text, q.path, w.policy.done(q.path)), rule)
}

func TestDrain(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		open(t, "A film runs when b is taken out", standard(), []string{"b", "a"}, func(w *world) {
			g := w.replica("b").behind("/film", "")
			film := w.ask("GET", "/film", nil, nil)
			g.send("first ")
			drain := w.drains("b", context.Background())
			drain.is(waiting, "Drain returns when the requests of its backend are over")
			w.served("a a a", "a backend that drains gets no request")
			w.adds(loadbalancer.Backend{ID: "b", Weight: 1}, "ErrExists", "Add of a backend that drains")
			g.send("last")
			film.is("200 first last (to be continued)", "a request that runs is not touched by Drain")
			again := w.drains("b", context.Background())
			again.is(waiting, "a second Drain waits for the same")
			g.finish()
			film.is("200 first last", "a request that runs is not touched by Drain")
			drain.is("nil", "Drain returns nil when the last request is over")
			again.is("nil", "a second Drain returns with the first")
			w.served("a a", "a backend that was taken out gets no request")
			w.drains("b", context.Background()).is("ErrUnknown", "a backend that was taken out is not there any more")
			w.add("b")
			w.served("b a b a", "a backend may be added again")
		})
		open(t, "b is taken out while the policy decides", standard(), []string{"b", "a"}, takenOutWhenPicked)
		open(t, "No patience", standard(), []string{"b", "a"}, func(w *world) {
			g := w.replica("b").behind("/film", "")
			film := w.ask("GET", "/film", nil, nil)
			g.send("first")
			ctx, cancel := context.WithCancel(context.Background())
			drain := w.drains("b", ctx)
			drain.is(waiting, "Drain returns when the requests of its backend are over")
			w.does("balancer", "the context of Drain ends")
			cancel()
			w.pass(short)
			drain.is("context.Canceled", "Drain returns ctx.Err() when its context ends")
			w.served("a a a", "the backend goes on draining")
			film.is("200 first (to be continued)", "a request that runs is not touched by Drain")
			g.finish()
			film.is("200 first", "a request that runs is not touched by Drain")
			w.add("b")
			w.served("b a", "when its last request was over, the backend was removed")
		})
		open(t, "The last one", standard(), []string{"a"}, func(w *world) {
			w.replica("a").becomes(ill)
			w.at(35 * second)
			w.drains("a", context.Background()).is("nil", "a backend that is unhealthy can be taken out as well")
			w.refused("the last backend was taken out")
			w.drains("a", context.Background()).is("ErrUnknown", "there is no such backend")
			w.add("a")
			w.served("a a", "a backend that is added again begins like any other")
		})
	})
}

// takenOutWhenPicked calls Drain between the Pick of a backend and the request to it. The load balancer may also decide that it is too late
// for the request.
func takenOutWhenPicked(w *world) {
	w.t.Helper()
	g := w.replica("b").behind("/film", "")
	var drain *drain
	w.policy.meanwhile(func() { drain = w.callsDrain("b", context.Background(), true) })
	w.ask("GET", "/film", nil, nil)
	if w.replica("b").busy() {
		drain.is(waiting, "Drain waits for a request whose backend was picked before")
		g.finish()
	}
	drain.is("nil", "Drain returns nil when the last request is over")
	w.served("a a", "a backend that was taken out gets no request")
}

// drain is a Drain in a goroutine of its own.
type drain struct {
	w    *world
	what string

	mu  sync.Mutex
	end string
}

const waiting = "it has not returned yet"

// drains calls Drain, and lets it return if it can.
func (w *world) drains(id string, ctx context.Context) *drain {
	d := w.callsDrain(id, ctx, w.replica(id).busy())
	w.pass(short)
	return d
}

// callsDrain calls Drain of a backend that is busy or not.
func (w *world) callsDrain(id string, ctx context.Context, busy bool) *drain {
	ctx, cancel := context.WithCancel(ctx)
	w.cleanup(cancel)
	d := &drain{w: w, what: "Drain(" + id + ")", end: waiting}
	w.does("balancer", d.what)
	w.drained(id, busy)
	go func() {
		err := w.lb.Drain(ctx, id)
		d.mu.Lock()
		defer d.mu.Unlock()
		switch {
		case err == nil:
			d.end = "nil"
		case errors.Is(err, loadbalancer.ErrUnknown):
			d.end = "ErrUnknown"
		case errors.Is(err, context.Canceled):
			d.end = "context.Canceled"
		default:
			d.end = "another error"
		}
	}()
	return d
}

// is fails unless Drain has come to this.
func (d *drain) is(want, rule string) {
	d.w.t.Helper()
	d.mu.Lock()
	end := d.end
	d.mu.Unlock()
	d.w.same("balancer", d.what+": "+want, d.what+": "+end, rule)
	if want != waiting {
		d.w.does("balancer", d.what+" returns "+want)
	}
}

func TestCloseEndsTheProbes(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		open(t, "A probe is under way", standard(), []string{"a", "b"}, func(w *world) {
			w.replica("b").becomes(silent)
			w.at(10500 * time.Millisecond)
			closed := w.closes()
			w.same("balancer", "probes under way: none", "probes under way: "+w.sender.underWay(), "when Close returns, no probe is under way")
			w.pass(60 * second)
			for _, name := range []string{"a", "b"} {
				text := "probes of " + name + " after Close: "
				w.same("balancer", text+"none", text+moments(w.sender.probes(name, closed+1)), "after Close no probe is sent")
			}
			w.lb.Close()
		})
		open(t, "A request is under way", standard(), []string{"a"}, func(w *world) {
			g := w.replica("a").behind("/film", "")
			film := w.ask("GET", "/film", nil, nil)
			g.send("first ")
			w.closes()
			g.send("last")
			g.finish()
			film.is("200 first last", "Close does not touch requests that are under way")
		})
		open(t, "Nothing to do", standard(), nil, func(w *world) { w.lb.Close() })
	})
}

// closes closes the load balancer, and says when that was done.
func (w *world) closes() time.Duration {
	w.does("balancer", "Close")
	w.lb.Close()
	w.does("balancer", "Close returns")
	return w.now()
}
