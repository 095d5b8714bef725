package sessions_test

import (
	"slices"
	"testing"
	"time"

	"scalelab/labs/ch05-services/sessions"
	"scalelab/pkg/check"
)

func TestExpiredSessionIsNotRevived(t *testing.T) {
	check.Run(t, func(t *check.T) {
		w, e := onServer(t)
		a, b := w.start(replica1), w.start(replica2)
		for _, r := range []request{get(), add("A1", 2), add("C3", 1), remove("A1"), remove("nothing")} {
			w.expiresBefore(a, b, e, r)
			eachCommand(func(n int) bool { return w.expiresDuring(a, b, e, r, n) })
		}
	})
}

// expires lets the session's time come.
func (w *world) expires(e eye) {
	w.gone = e.expire()
	w.story.look(inRedis, "the TTL is over: the session is gone")
}

func (w *world) expiresBefore(a, b *replica, e eye, r request) {
	w.t.Helper()
	a.tap.onCommand(nil)
	id := w.begin("A session has expired", a, cart{"A1": 1, "B2": 1})
	w.expires(e)
	for _, at := range []*replica{a, b, a} {
		w.answers("401", at.send(id, r), "an expired session is 401")
	}
	w.staysGone(a, b, e, id)
}

// expiresDuring lets the session expire just before the n-th command of a request.
func (w *world) expiresDuring(a, b *replica, e eye, r request, n int) bool {
	w.t.Helper()
	start := cart{"A1": 1, "B2": 1}
	a.tap.onCommand(nil)
	id := w.begin("A session expires while a request is under way", a, start)
	reached := a.overtaken(n, func() { w.expires(e) })
	got := a.send(id, r)
	if !reached() {
		return false
	}
	w.staysGone(a, b, e, id)
	w.rightOr401(start, r, n, got)
	return true
}

// rightOr401 holds the answer of a request that was overtaken by the session's end against what it may be.
func (w *world) rightOr401(start cart, r request, n int, got result) {
	w.t.Helper()
	want := []string{"401", full("ann", start.after(r))}
	if n == 1 {
		want = want[:1] // at its first command it cannot have read anything yet
	}
	w.oneOf(want, got.String(), "a request that was overtaken by the session's end is answered with 401 or with the right cart, never with an empty one")
}

// staysGone looks for what may have come back.
func (w *world) staysGone(a, b *replica, e eye, id string) {
	w.t.Helper()
	a.tap.onCommand(nil)
	for _, at := range []*replica{a, b} {
		w.answers("401", at.send(id, get()), "an expired session is 401 for good: no late write revives it")
	}
	back := "nothing"
	if slices.ContainsFunc(e.keys(), func(key string) bool { return slices.Contains(w.gone, key) }) {
		back = "a part of the session"
	}
	if slices.ContainsFunc(e.ttls(), func(left time.Duration) bool { return left < 0 }) {
		back = "a part of the session, for ever"
	}
	if back != "nothing" {
		w.story.look(inRedis, "there again: "+back)
	}
	w.same("nothing", back, "what a late write leaves in Redis of a session that has expired")
}

func TestLogoutEndsTheSessionEverywhere(t *testing.T) {
	check.Run(t, func(t *check.T) {
		w, _ := onServer(t)
		a, b := w.start(replica1), w.start(replica2)
		w.logsOut(a, b)
		for _, r := range []request{get(), add("A1", 2), add("C3", 1), remove("A1")} {
			eachCommand(func(n int) bool { return w.logsOutDuring(a, b, r, n) })
		}
	})
}

func (w *world) logsOut(a, b *replica) {
	w.t.Helper()
	id := w.begin("A logout", a, cart{"A1": 1})
	got := b.send(id, logout())
	w.answers("204", got, "a logout is answered with 204")
	w.same("Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0", got.attributes(), "attributes of the cookie of a logout, which ends the browser's cookie")
	for _, at := range []*replica{a, b} {
		for _, r := range []request{get(), add("A1", 1), remove("A1"), get()} {
			w.answers("401", at.send(id, r), "after a logout the session is 401 at every replica, also for a copy of its cookie")
		}
	}
	w.answers("204", a.send(id, logout()), "a logout is 204 also if there is no session any more")
	w.answers("204", a.send("", logout()), "a logout is 204 also without a cookie")
	one, two := a.login("", "ann"), b.login("", "ann")
	w.answers("204", a.send(one, logout()), "a logout is answered with 204")
	w.answers(full("ann", cart{}), a.send(two, get()), "a logout ends one session and no other one of the same user")
}

// logsOutDuring lets a logout come to replica 2 just before the n-th command of a request at replica 1.
func (w *world) logsOutDuring(a, b *replica, r request, n int) bool {
	w.t.Helper()
	start := cart{"A1": 1, "B2": 1}
	a.tap.onCommand(nil)
	id := w.begin("A logout while another request is under way", a, start)
	var second result
	reached := a.overtaken(n, func() { second = b.send(id, logout()) })
	got := a.send(id, r)
	if !reached() {
		return false
	}
	a.tap.onCommand(nil)
	w.answers("204", second, "a logout is answered with 204, also while another request is under way")
	for _, at := range []*replica{b, a} {
		w.answers("401", at.send(id, get()), "a request that was under way does not revive a session that has ended")
	}
	w.rightOr401(start, r, n, got)
	return true
}

func TestEveryRequestRenewsTheTTL(t *testing.T) {
	check.Run(t, func(t *check.T) {
		w, e := onServer(t)
		for _, opts := range []sessions.Options{{}, {TTL: 2 * time.Hour}} {
			opts.OpTimeout = patience
			ttl := opts.TTL
			if ttl == 0 {
				ttl = 30 * time.Minute
			}
			a, b := w.startWith(replica1, opts), w.startWith(replica2, opts)
			e.expire()
			now := cart{"A1": 1, "B2": 1}
			id := w.begin("The TTL slides", a, now)
			w.isRenewed(e, ttl, "after a login and two requests")
			for i, r := range []request{get(), add("A1", 2), get(), remove("A1"), remove("nothing"), add("C3", 1), remove("B2"), remove("C3"), get()} {
				e.leave(ttl - mostPassed - time.Minute)
				w.story.look(inRedis, "time passes: 6 minutes")
				r.on(now)
				at := a
				if i%2 == 1 {
					at = b
				}
				w.answers(full("ann", now), at.send(id, r), "a session lives until its TTL has passed")
				w.isRenewed(e, ttl, "after a request that was answered with 200: "+r.text)
			}
		}
	})
}

// step is by how much the clock by which Redis reckons may be set back meanwhile.
const step = time.Second

// mostPassed is how much less than the full TTL counts as renewed just now: a check itself does not take as long.
const mostPassed = 5 * time.Minute

// isRenewed looks at what is left to live for all that is kept. Of the full TTL a little has passed since the request.
func (w *world) isRenewed(e eye, ttl time.Duration, when string) {
	w.t.Helper()
	seen, all := "Options.TTL", e.ttls()
	if len(all) == 0 {
		seen = "nothing is kept in Redis"
	}
	for _, left := range all {
		switch {
		case left < 0:
			seen = "no TTL at all"
		case left > ttl+step:
			seen = "more than Options.TTL"
		case left < ttl-mostPassed:
			seen = "less: it was not renewed"
		}
	}
	if seen != "Options.TTL" {
		w.story.look(inRedis, "left to live: "+seen)
	}
	w.same("Options.TTL", seen, "what is left to live for all that is kept of the session, %s", when)
}

func TestNothingIsEverWithoutTTL(t *testing.T) {
	check.Run(t, func(t *check.T) {
		w, e := onServer(t)
		const ttl = time.Hour
		a := w.startWith(replica1, sessions.Options{TTL: ttl, OpTimeout: patience})
		a.tap.onCommand(func(_ int, at moment, _ string) error {
			if at == after {
				w.looksAtTTLs(e, ttl)
			}
			return nil
		})
		w.story.tell("What has no TTL")
		id, now := a.login("", "ann"), cart{}
		for _, r := range []request{get(), add("A1", 2), add("A1", 1), add("B2", 1), remove("A1"), remove("B2"), add("B2", 1), get()} {
			r.on(now)
			w.answers(full("ann", now), a.send(id, r), "a request with a living session is answered with the cart")
		}
		w.story.tell("What has no TTL")
		id = a.login(id, "ben")
		w.answers("401", a.send("made-up", add("A1", 1)), "a cart request with an id that no login has handed out")
		w.answers("204", a.send(id, logout()), "a logout is answered with 204")
	})
}

// looksAtTTLs is what another client sees after a command.
func (w *world) looksAtTTLs(e eye, ttl time.Duration) {
	w.t.Helper()
	seen := "nothing amiss"
	for _, left := range e.ttls() {
		switch {
		case left < 0:
			seen = "a key without TTL"
		case left > ttl+step:
			seen = "a key with a TTL of more than Options.TTL"
		}
	}
	if seen != "nothing amiss" {
		w.story.look(inRedis, "another client looks: "+seen)
	}
	w.same("nothing amiss", seen, "what another client sees after each command: everything has a TTL of at most Options.TTL, from the first instant")
}
