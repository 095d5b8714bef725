package sessions_test

import (
	"context"
	"testing"
	"time"

	"scalelab/labs/ch05-services/sessions"
	"scalelab/pkg/check"
)

func TestOverlappingChangesAllCount(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		w, _ := inBubble(t)
		a, b := w.start(replica1), w.start(replica2)
		for _, s := range []struct{ r, other request }{
			{add("A1", 2), add("A1", 3)},
			{add("A1", 2), add("C3", 4)},
			{add("A1", 2), remove("A1")},
			{add("A1", 2), remove("B2")},
			{remove("A1"), add("A1", 3)},
			{remove("A1"), add("C3", 4)},
			{remove("A1"), remove("B2")},
			{get(), add("A1", 3)},
			{get(), remove("A1")},
		} {
			eachCommand(func(n int) bool { return w.interferes(a, b, s.r, s.other, n) })
		}
		for _, r := range []request{add("A1", 2), remove("B2"), get()} {
			w.keepsInterfering(r)
		}
	})
}

// interferes lets replica 2 carry out another request while one is under way at replica 1.
func (w *world) interferes(a, b *replica, r, other request, n int) bool {
	w.t.Helper()
	start := cart{"A1": 1, "B2": 1}
	a.tap.onCommand(nil)
	id := w.begin("Two requests of one session at two replicas", a, start)
	var second result
	reached := a.overtaken(n, func() { second = b.sendAtOnce(id, other) })
	first := a.send(id, r)
	if !reached() {
		return false
	}
	w.same("200 and 200", kindOf(first)+" and "+kindOf(second), "that others change the same cart, or stand still, is no error: replicas 1 and 2 answer")
	w.oneOf([]string{full("ann", start.after(r, other)), full("ann", start.after(other, r))}, b.send(id, get()).String(),
		"changes that overlap all count, as if one had come after the other")
	return true
}

// keepsInterfering lets replica 2 be faster again and again. Nothing is late here: whoever tries again may wait longer each time.
func (w *world) keepsInterfering(r request) {
	w.t.Helper()
	const times, ages = 40, 10_000 * time.Hour
	a, b := w.startWith(replica1, sessions.Options{TTL: ages, OpTimeout: ages}), w.startWith(replica2, sessions.Options{TTL: ages})
	now, n := cart{"A1": 1, "B2": 1}, 0
	id := w.begin("Others are faster, again and again", a, now)
	a.tap.limit = 10 * times
	a.tap.onCommand(func(_ int, m moment, _ string) error {
		if m == before && n < times {
			n++
			other := add("A1", 1)
			other.on(now)
			w.same("200", kindOf(b.sendAtOnce(id, other)), "a request at replica 2 while another one is under way at replica 1")
		}
		return nil
	})
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	first := a.sendWith(ctx, cancel, id, r)
	r.on(now)
	w.same("200", kindOf(first), "before each of its first %d commands others change the cart: that is no error", times)
	w.answers(full("ann", now), b.send(id, get()), "changes that overlap all count, however often others are faster")
}

// kindOf leaves out the cart: the answer to a change may show also what others have changed meanwhile.
func kindOf(r result) string {
	switch {
	case r.status != 200 || r.endless:
		return r.String()
	case r.late:
		return "200, after a wait"
	}
	return "200"
}
