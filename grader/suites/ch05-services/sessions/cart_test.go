package sessions_test

import (
	"fmt"
	"testing"

	"scalelab/pkg/check"
)

func TestCartOfASession(t *testing.T) {
	check.Run(t, func(t *check.T) {
		w, _ := onServer(t)
		a := w.start(replica1)
		w.cartOfASession(a)
		w.badBodies(a)
		w.withoutSession(a)
	})
}

func (w *world) cartOfASession(a *replica) {
	w.t.Helper()
	id := w.begin("A session", a, cart{})
	now := cart{}
	for _, r := range []request{
		get(), add("A1", 2), add("A1", 3), add("B2", 1), get(), remove("A1"), remove("nothing"), get(), remove("B2"), get(),
	} {
		r.on(now)
		w.answers(full("ann", now), a.send(id, r), "a request with a living session is answered with the cart")
	}
	id, now = w.begin("Articles with any name", a, cart{}), cart{}
	for _, r := range []request{
		add("user", 1), add("ttl", 2), add("items", 3), add("User-1", 1000), get(), remove("user"), remove("ttl"), get(),
	} {
		r.on(now)
		w.answers(full("ann", now), a.send(id, r), "a request with a living session is answered with the cart, whatever the articles are called")
	}
	ben := a.login("", "user")
	w.answers(full("user", cart{}), a.send(ben, get()), "a session begins with an empty cart, whatever is in the carts of others")
	w.answers(full("ann", now), a.send(id, get()), "a session is not touched by another one")
}

func (w *world) badBodies(a *replica) {
	w.t.Helper()
	now := cart{"A1": 2}
	id := w.begin("Bad bodies", a, now)
	for _, r := range []request{
		malformed("/login", `{"user":""}`), malformed("/login", `ann`), malformed("/cart/items", `{"sku":"A1","qty":0}`),
		malformed("/cart/items", `{"sku":"A1","qty":-1}`), malformed("/cart/items", `{"sku":"","qty":1}`), malformed("/cart/items", `{`),
	} {
		w.answers("400", a.send(id, r), "a body that ReadLogin or ReadItem refuses is 400")
	}
	w.answers(full("ann", now), a.send(id, get()), "a bad body changes nothing")
}

func (w *world) withoutSession(a *replica) {
	w.t.Helper()
	now := cart{"A1": 2}
	id := w.begin("Without a living session", a, now)
	for _, unknown := range []string{"", "made-up", "*", "0", id + "0"} {
		for _, r := range []request{get(), add("A1", 1), remove("A1")} {
			w.answers("401", a.send(unknown, r), "a cart request without a cookie, or with an id that no login has handed out, is 401")
		}
	}
	w.answers(full("ann", now), a.send(id, get()), "requests without a session change no session")
}

func TestAnyReplicaServesAnyRequest(t *testing.T) {
	check.Run(t, func(t *check.T) {
		w, _ := onServer(t)
		a, b := w.start(replica1), w.start(replica2)
		now := cart{"A1": 2}
		id := w.begin("Requests reach now this replica, now that", a, now)
		for i, r := range []request{get(), add("A1", 3), get(), get(), add("B2", 1), add("B2", 1), remove("A1"), get(), get()} {
			r.on(now)
			at := b
			if i%2 == 1 {
				at = a
			}
			w.answers(full("ann", now), at.send(id, r), "what one replica has answered the next request sees at any other one")
		}
		for range 2 {
			w.story.does(replica1, "all replicas are replaced by new ones")
			a, b = w.start(replica1), w.start(replica2)
			for _, at := range []*replica{a, b} {
				r := add("C3", 1)
				r.on(now)
				w.answers(full("ann", now), at.send(id, r), "everything goes on if all replicas are replaced by new ones")
			}
		}
	})
}

func TestLoginMakesANewID(t *testing.T) {
	check.Run(t, func(t *check.T) {
		w, _ := onServer(t)
		a, b := w.start(replica1), w.start(replica2)
		w.cookieOfALogin(a)

		w.story.tell("An id from somebody else comes to the login")
		planted := "an-id-that-mallory-has-made-up-himself"
		id := a.login(planted, "ann")
		w.same("a new id", compare(id, planted), "an id that the client brings to the login is never kept")
		w.answers(full("ann", cart{}), b.send(id, get()), "the new session lives")
		w.answers("401", b.send(planted, get()), "an id that the client brings to the login is never kept: it names no session afterwards")

		w.story.tell("A living session comes to the login")
		old := a.login("", "mallory")
		w.answers(full("mallory", cart{"A1": 2}), a.send(old, add("A1", 2)), "what is added is in the cart")
		id = b.login(old, "ann")
		w.same("a new id", compare(id, old), "a login always makes a new id")
		w.answers(full("ann", cart{}), a.send(id, get()), "a login begins with an empty cart")
		for _, at := range []*replica{a, b} {
			w.answers("401", at.send(old, get()), "the session that the client brings to the login ends")
		}
	})
}

// compare words whether a login has made a new id. No id is shown: it would be another one in each solution.
func compare(id, before string) string {
	if id == before {
		return "the id that the client has brought"
	}
	return "a new id"
}

func (w *world) cookieOfALogin(a *replica) {
	w.t.Helper()
	w.story.tell("The cookie of a login")
	got := a.send("", login("ann"))
	w.answers("204", got, "a login is answered with 204")
	w.same("Path=/; HttpOnly; Secure; SameSite=Lax", got.attributes(), "attributes of the cookie of a login")
}

func TestReplicaDiesAtAnyCommand(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		w, _ := inBubble(t)
		for _, r := range []request{get(), add("A1", 3), add("C3", 1), remove("A1")} {
			eachCommand(func(n int) bool { return w.dies(r, n) })
		}
	})
}

// dies lets replica 1 die when Redis has answered its n-th command.
func (w *world) dies(r request, n int) bool {
	w.t.Helper()
	a, b := w.start(replica1), w.start(replica2)
	start := cart{"A1": 2, "B2": 1}
	id := w.begin("A replica dies", a, start)
	dead, done := make(chan struct{}), make(chan struct{})
	a.tap.onCommand(func(at int, m moment, _ string) error {
		if at != n || m == before {
			return nil
		}
		w.story.dies(replica1, fmt.Sprintf("dies when its command %d is done", n))
		a.tap.die()
		close(dead)
		<-w.over // what the replica would have done next never happens
		return errDead
	})
	go func() {
		defer close(done)
		a.send(id, r)
	}()
	select {
	case <-done:
		return false
	case <-dead:
	}
	w.story.does(client, "gets no answer")
	got := b.sendAtOnce(id, get()).String()
	unchanged, changed := full("ann", start), full("ann", start.after(r))
	w.oneOf([]string{unchanged, changed}, got, "when a replica has died, another one serves the session at once: the change is there or is not")
	end := start
	if got == changed {
		end = start.after(r)
	}
	again := add("A1", 1)
	w.answers(full("ann", end.after(again)), b.sendAtOnce(id, again), "when a replica has died, others change the cart as before, at once")
	w.answers("204", b.sendAtOnce(id, logout()), "when a replica has died, others end the session as before")
	w.answers("401", b.sendAtOnce(id, get()), "the session has ended")
	return true
}
