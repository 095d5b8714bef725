package idempotentbank_test

import (
	"context"
	"fmt"
	"maps"
	"testing"

	"scalelab/labs/ch03-essentials/idempotentbank"
	"scalelab/pkg/check"
)

func TestEqualRequestsAtTheSameTime(t *testing.T) {
	check.Run(t, func(t *check.T) {
		w, _ := onServer(t)
		a, b := w.start(bankA, idempotentbank.Options{}), w.start(bankB, idempotentbank.Options{})
		for _, r := range []request{deposit("alice", 50), transfer("alice", "bob", 50), transfer("alice", "bob", 100)} {
			eachCommand(func(n int) bool { return w.sameAtOnce(a, b, r, n) })
		}
		for _, r := range []request{deposit("alice", 50), transfer("alice", "bob", 50)} {
			eachCommand(func(n int) bool { return w.otherAtOnce(a, b, r, deposit("bob", 7), n) })
		}
	})
}

// overtaken lets something happen just before the n-th command of the call that comes next.
func (p *process) overtaken(n int, happens func()) (reached func() bool) {
	done := false
	p.tap.onCommand(func(at int, m moment, command string) error {
		if at == n && m == before && !done {
			done = true
			p.world.story.does(p.lane, fmt.Sprintf("stands still before its command %d", n))
			happens()
			p.world.story.does(p.lane, "goes on")
		}
		return nil
	})
	return func() bool { return done }
}

// sameAtOnce sends a request to B while it is under way at A.
func (w *world) sameAtOnce(a, b *process, r request, n int) bool {
	w.t.Helper()
	w.scene("The same request at two processes", balances{"alice": 100, "bob": 20})
	end, key := balances{"alice": 100, "bob": 20}, w.key()
	want := r.on(end)
	var second outcome
	reached := a.overtaken(n, func() { second = b.repeat(key, r) })
	first := a.call(key, r)
	if !reached() {
		return false
	}
	w.same(want, second, "bank A stands still, and bank B gets the same request: it does not wait, and returns the receipt")
	w.same(want, first, "bank A goes on, and returns the receipt that bank B has returned")
	w.holds(end, "of equal requests at the same time one is carried out")
	return true
}

// otherAtOnce sends another request with the same key to B.
func (w *world) otherAtOnce(a, b *process, r, other request, n int) bool {
	w.t.Helper()
	start := balances{"alice": 100, "bob": 20}
	w.scene("Two requests with one key at two processes", start)
	key := w.key()
	var second outcome
	reached := a.overtaken(n, func() { second = b.call(key, other) })
	first := a.call(key, r)
	if !reached() {
		return false
	}
	reused := refused(idempotentbank.ErrKeyReused).String()
	ofA, ofB := maps.Clone(start), maps.Clone(start)
	w.oneOf([]string{
		r.on(ofA).String() + " and " + reused + " (" + ofA.String() + ")",
		reused + " and " + other.on(ofB).String() + " (" + ofB.String() + ")",
	}, first.String()+" and "+second.String()+" ("+w.balancesText()+")",
		"of two requests with one key one is carried out, and the other is answered with ErrKeyReused: what banks A and B return, and the balances")
	return true
}

func TestOthersOnTheSameAccounts(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		w, _ := inBubble(t)
		a, b := w.start(bankA, idempotentbank.Options{}), w.start(bankB, idempotentbank.Options{})
		for _, s := range []struct{ r, other request }{
			{deposit("alice", 50), deposit("alice", 7)},
			{deposit("alice", 50), transfer("alice", "bob", 30)},
			{deposit("alice", 50), transfer("bob", "alice", 20)},
			{transfer("alice", "bob", 50), deposit("alice", 7)},
			{transfer("alice", "bob", 50), deposit("bob", 7)},
			{transfer("alice", "bob", 50), transfer("bob", "alice", 20)},
			{transfer("alice", "bob", 100), transfer("alice", "carol", 100)},
			{transfer("alice", "alice", 100), transfer("alice", "bob", 60)},
		} {
			eachCommand(func(n int) bool { return w.interferes(a, b, s.r, s.other, n) })
		}
		for _, r := range []request{deposit("alice", 50), transfer("alice", "bob", 50)} {
			w.keepsInterfering(a, b, r)
		}
	})
}

// interferes lets B carry out another request while A's is under way.
func (w *world) interferes(a, b *process, r, other request, n int) bool {
	w.t.Helper()
	start := balances{"alice": 100, "bob": 20, "carol": 0}
	w.scene("Two requests on the same accounts", start)
	keyA, keyB := w.key(), w.key()
	var second outcome
	reached := a.overtaken(n, func() { second = b.atOnce(func() outcome { return b.call(keyB, other) }) })
	first := a.call(keyA, r)
	if !reached() {
		return false
	}
	inOrder := func(aFirst bool) string {
		now := maps.Clone(start)
		var ofA, ofB outcome
		if aFirst {
			ofA = r.on(now)
		}
		ofB = other.on(now)
		if !aFirst {
			ofA = r.on(now)
		}
		return fmt.Sprintf("%v and %v (%v)", ofA, ofB, now)
	}
	w.oneOf([]string{inOrder(true), inOrder(false)}, fmt.Sprintf("%v and %v (%s)", first, second, w.balancesText()),
		"an order of the two requests, one after the other, explains what banks A and B return, and the balances")
	return true
}

// keepsInterfering lets B be faster again and again.
func (w *world) keepsInterfering(a, b *process, r request) {
	w.t.Helper()
	const times = 100
	w.scene("Others are faster, again and again", balances{"alice": 100, "bob": 20})
	a.tap.limit = 10 * times
	defer func() { a.tap.limit = mostCommands }()
	now, n := balances{"alice": 100, "bob": 20}, 0
	a.tap.onCommand(func(_ int, m moment, _ string) error {
		if m == before && n < times {
			n++
			other := deposit("alice", 1)
			other.on(now)
			second := b.atOnce(func() outcome { return b.call(w.key(), other) })
			w.oneOf([]string{"a receipt"}, kindOf(second), "a request at bank B while another one is under way at bank A")
		}
		return nil
	})
	ctx, cancel := context.WithCancel(w.t.Context()) // no deadline: whoever tries again may wait longer each time
	defer cancel()
	first := a.callWith(ctx, cancel, w.key(), r, false)
	a.tap.onCommand(nil)
	r.on(now)
	w.oneOf([]string{"a receipt"}, kindOf(first), "before each of its first %d commands others change the account: that is no error, the call tries until it is through", times)
	w.holds(now, "no change of a balance is lost, however often others are faster")
}

func kindOf(o outcome) string {
	if o.err == nil && !o.endless && !o.pending && !o.late {
		return "a receipt"
	}
	return o.String()
}
