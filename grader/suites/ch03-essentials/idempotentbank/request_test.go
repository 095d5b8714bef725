package idempotentbank_test

import (
	"testing"

	"scalelab/labs/ch03-essentials/idempotentbank"
	"scalelab/pkg/check"
)

func TestRequestIsCarriedOut(t *testing.T) {
	check.Run(t, func(t *check.T) {
		w, _ := onServer(t)
		a := w.start(bankA, idempotentbank.Options{})
		for _, s := range []struct {
			start, end balances
			r          request
			want       outcome
			rule       string
		}{
			{balances{"alice": 100, "bob": 20}, balances{"alice": 150, "bob": 20}, deposit("alice", 50), receipt("alice", 150),
				"Deposit adds the amount to the account"},
			{balances{"alice": 0, "bob": 20}, balances{"alice": 1, "bob": 20}, deposit("alice", 1), receipt("alice", 1),
				"Deposit adds the amount to an account that is empty"},
			{balances{"alice": 100, "bob": 20}, balances{"alice": 70, "bob": 50}, transfer("alice", "bob", 30), receipt("alice", 70),
				"Transfer takes the amount out of the one account and puts it into the other"},
			{balances{"alice": 100, "bob": 20}, balances{"alice": 0, "bob": 120}, transfer("alice", "bob", 100), receipt("alice", 0),
				"everything that is in an account may be transferred"},
			{balances{"alice": 100, "bob": 20}, balances{"alice": 100, "bob": 20}, transfer("alice", "alice", 100), receipt("alice", 100),
				"a Transfer from an account to itself changes nothing"},
		} {
			w.scene("One request", s.start)
			w.same(s.want, a.call(w.key(), s.r), "%s: what the first call with a key returns", s.rule)
			w.holds(s.end, "%s: what is in Redis then", s.rule)
		}
		w.scene("Looking at an account", balances{"alice": 100})
		w.reads(a, "alice", "100", "Balance returns what is in the account")
		w.eye.set(idempotentbank.AccountKey("alice"), "70")
		w.story.does(inRedis, "another program sets alice to 70")
		w.reads(a, "alice", "70", "Balance returns what is in Redis now")
		w.reads(a, "nobody", "ErrNoAccount", "Balance of an account that does not exist")
	})
}

// reads calls Balance.
func (w *world) reads(p *process, account, want, rule string) {
	w.t.Helper()
	p.tap.begin(nil)
	w.story.asked(p.lane, "Balance of "+account, false)
	got := receipt("", 0)
	got.receipt.Balance, got.err = p.bank.Balance(w.t.Context(), account)
	text := got.String()
	if got.err == nil {
		text = balanceText(got.receipt.Balance)
	}
	w.story.does(client, "gets "+text)
	w.sameText(want, text, "%s", rule)
}

func TestAmountsAreExact(t *testing.T) {
	const (
		exact = int64(1) << 53 // the last whole number before floating-point numbers begin to leave some out
		large = int64(4_611_686_018_427_387_905)
	)
	check.Run(t, func(t *check.T) {
		w, _ := onServer(t)
		a := w.start(bankA, idempotentbank.Options{})
		for _, s := range []struct {
			start, end balances
			r          request
			want       outcome
		}{
			{balances{"alice": exact}, balances{"alice": exact + 1}, deposit("alice", 1), receipt("alice", exact+1)},
			{balances{"alice": 2}, balances{"alice": exact + 3}, deposit("alice", exact+1), receipt("alice", exact+3)},
			{balances{"alice": large + 2, "bob": 3}, balances{"alice": 1, "bob": large + 4}, transfer("alice", "bob", large+1), receipt("alice", 1)},
			{balances{"alice": large, "bob": 0}, balances{"alice": large - 1, "bob": 1}, transfer("alice", "bob", 1), receipt("alice", large-1)},
			{balances{"alice": exact, "bob": 0}, balances{"alice": exact, "bob": 0}, transfer("alice", "bob", exact+1), refused(idempotentbank.ErrInsufficientFunds)},
			{balances{"alice": exact + 1, "bob": 0}, balances{"alice": 0, "bob": exact + 1}, transfer("alice", "bob", exact+1), receipt("alice", 0)},
		} {
			w.scene("Large amounts", s.start)
			key := w.key()
			w.same(s.want, a.call(key, s.r), "what a call with large amounts returns")
			w.holds(s.end, "amounts are exact to the last unit")
			if s.want.err != nil {
				continue
			}
			w.same(s.want, a.repeat(key, s.r), "the receipt that a repeat gets is exact, too")
			next := s.r
			next.amount++
			w.same(refused(idempotentbank.ErrKeyReused), a.call(key, next), "with an amount that is larger by 1 it is another request")
		}
		w.scene("A large balance", balances{"alice": large})
		w.reads(a, "alice", balanceText(large), "Balance is exact")
	})
}
