package idempotentbank_test

import (
	"testing"
	"time"

	"scalelab/labs/ch03-essentials/idempotentbank"
	"scalelab/pkg/check"
)

func TestKeyIsForgottenAfterItsTTL(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		w, _ := inBubble(t)
		for _, opts := range []idempotentbank.Options{{}, {KeyTTL: time.Hour}, {KeyTTL: 1500 * time.Millisecond}} {
			ttl := opts.KeyTTL
			if ttl == 0 {
				ttl = 24 * time.Hour
			}
			w.expires(w.start(bankA, opts), ttl, deposit("alice", 50))
			w.expires(w.start(bankA, opts), ttl, transfer("alice", "bob", 5))
		}
	})
}

// expires repeats a request until its key has been forgotten, and then sends it again.
func (w *world) expires(a *process, ttl time.Duration, r request) {
	w.t.Helper()
	now := balances{"alice": 100, "bob": 20}
	w.scene("How long a key is remembered: "+ttl.String(), balances{"alice": 100, "bob": 20})
	began := time.Now()
	until := func(share float64) {
		at := time.Duration(share * float64(ttl)).Round(time.Millisecond)
		time.Sleep(at - time.Since(began))
		w.story.does(client, "waits until "+at.String())
	}
	key, first := w.key(), r.on(now)
	w.same(first, a.call(key, r), "what the first call with a key returns")
	until(0.5)
	w.same(first, a.repeat(key, r), "a key is remembered for KeyTTL")
	w.same(refused(idempotentbank.ErrKeyReused), a.call(key, deposit("bob", 1)), "a key is remembered for KeyTTL")
	until(0.9)
	w.same(first, a.repeat(key, r), "a key is remembered for KeyTTL")
	w.holds(now, "repeats change nothing while the key is remembered")
	until(1.1)
	w.same(r.on(now), a.call(key, r), "after KeyTTL from when the request was carried out the key is free, whatever came with it meanwhile")
	until(2.3)
	other := deposit("bob", 1)
	w.same(other.on(now), a.call(key, other), "a key that is free may be used for any request")
	w.holds(now, "a request whose key is free is carried out")
}

func TestNothingIsEverWithoutTTL(t *testing.T) {
	check.Run(t, func(t *check.T) {
		w, e := onServer(t)
		const ttl = time.Hour
		a := w.start(bankA, idempotentbank.Options{KeyTTL: ttl})
		a.tap.onCommand(func(_ int, at moment, command string) error {
			if at == after {
				w.looksAtTTLs(e, ttl)
			}
			return nil
		})
		for _, r := range []request{deposit("alice", 50), transfer("alice", "bob", 50)} {
			w.scene("What has no TTL", balances{"alice": 100, "bob": 20})
			key, now := w.key(), balances{"alice": 100, "bob": 20}
			first := r.on(now)
			w.same(first, a.call(key, r), "what the first call with a key returns")
			w.same(first, a.repeat(key, r), "a repeat gets the receipt of the first time")
			w.same(refused(idempotentbank.ErrKeyReused), a.call(key, deposit("bob", 1)), "another request with this key")
			w.same(refused(idempotentbank.ErrNoAccount), a.call(w.key(), deposit("nobody", 1)), "a request that is refused")
			w.same(refused(idempotentbank.ErrInsufficientFunds), a.call(w.key(), transfer("bob", "alice", 1000)), "a request that is refused")
			w.holds(now, "one request was carried out")
		}
	})
}

// looksAtTTLs is what another client sees after a command.
func (w *world) looksAtTTLs(e serverEye, ttl time.Duration) {
	w.t.Helper()
	accounts, others := e.ttls()
	seen := "nothing amiss"
	for _, left := range accounts {
		if left >= 0 {
			seen = "an account has a TTL"
		}
	}
	for _, left := range others {
		switch {
		case left < 0:
			seen = "a key that is no account has no TTL"
		case left > ttl:
			seen = "a key has a TTL of more than KeyTTL"
		}
	}
	if seen != "nothing amiss" {
		w.story.look(inRedis, "another client looks: "+seen)
	}
	w.sameText("nothing amiss", seen, "what another client sees after each command: accounts never expire, and everything else has a TTL of at most KeyTTL from the first instant")
}
