package sessions_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"scalelab/labs/ch05-services/sessions"
	"scalelab/pkg/check"
	"scalelab/pkg/services"
)

// fault is a way in which Redis fails, and what stands in the picture.
type fault struct {
	strike func(*services.BubbleRedisServer, context.Context) error
	title  string
	draw   string
}

var faults = []fault{
	{(*services.BubbleRedisServer).Down, "Redis is down", "cannot be reached"},
	{(*services.BubbleRedisServer).Stall, "Redis is stalled", "stalled"},
	{(*services.BubbleRedisServer).Mute, "Redis gives no answer", "no answer"},
}

func TestRedisUnavailableIs503(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		w, server := inBubble(t)
		for _, timeout := range []time.Duration{0, 2 * time.Second} {
			for _, r := range []request{get(), add("A1", 2), remove("A1"), login("ben"), logout()} {
				for _, f := range faults {
					eachCommand(func(n int) bool { return w.unavailable(server, timeout, f, r, n) })
				}
			}
		}
	})
}

// manyTries of a request may follow each other while Redis is away, until five times OpTimeout is over.
const manyTries = 20_000

// unavailable lets the fault strike at the n-th command of a request, and heals it afterwards.
func (w *world) unavailable(server *services.BubbleRedisServer, timeout time.Duration, f fault, r request, n int) bool {
	w.t.Helper()
	a := w.startWith(replica1, sessions.Options{OpTimeout: timeout})
	start := cart{"A1": 1, "B2": 1}
	id := w.begin(f.title, a, start)
	struck := false
	a.tap.limit = manyTries
	a.tap.onCommand(func(at int, m moment, command string) error {
		if at == n && m == before && !struck {
			struck = true
			w.must(f.strike(server, w.t.Context()))
			w.story.lost(replica1, command, f.draw)
		}
		return nil
	})
	if timeout == 0 {
		timeout = 500 * time.Millisecond
	}
	sent := id
	if r.path == "/login" {
		sent = ""
	}
	got := w.awaits(a, sent, r, 5*timeout)
	if !struck {
		return false
	}
	w.answers("503", got, "a request is answered with 503, within five times OpTimeout, if only one of its commands fails")
	if len(got.cookies) > 0 && r.path == "/login" {
		w.same("503 and no cookie", "503 and a cookie", "a login that fails sets no cookie")
	}
	w.must(server.Heal(w.t.Context()))
	time.Sleep(time.Minute) // what is late has arrived
	synctest.Wait()
	w.story.does(inRedis, "is well again")
	want := []string{full("ann", start)}
	switch {
	case r.on != nil:
		want = append(want, full("ann", start.after(r)))
	case r.path == "/logout": // it may have ended the session all the same
		want = append(want, "401")
	}
	w.oneOf(want, w.startWith(replica2, sessions.Options{}).send(id, get()).String(), "when Redis is back the sessions are there as before")
	return true
}

// awaits sends a request and returns what has come after a while.
func (w *world) awaits(a *replica, id string, r request, most time.Duration) result {
	answer := make(chan result, 1)
	go func() {
		ctx, cancel := context.WithCancel(w.t.Context())
		defer cancel()
		answer <- a.sendWith(ctx, cancel, id, r)
	}()
	time.Sleep(most)
	synctest.Wait()
	select {
	case got := <-answer:
		return got
	default:
		w.story.does(client, "has waited for "+most.String())
		return result{pending: true}
	}
}
