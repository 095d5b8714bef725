package idempotentbank_test

import (
	"strconv"
	"testing"

	"scalelab/labs/ch03-essentials/idempotentbank"
	"scalelab/pkg/check"
)

func balanceText(n int64) string { return strconv.FormatInt(n, 10) }

func TestRepeatGetsTheFirstReceipt(t *testing.T) {
	check.Run(t, func(t *check.T) {
		w, _ := onServer(t)
		a, b := w.start(bankA, idempotentbank.Options{}), w.start(bankB, idempotentbank.Options{})
		for _, r := range []request{deposit("alice", 50), transfer("alice", "bob", 50)} {
			end := balances{"alice": 100, "bob": 20}
			w.scene("A request, and its repeats", balances{"alice": 100, "bob": 20})
			key, first := w.key(), r.on(end)
			w.same(first, a.call(key, r), "what the first call with a key returns")
			w.same(first, a.repeat(key, r), "a repeat gets the receipt of the first time")
			w.holds(end, "a repeat changes nothing")
			w.same(first, b.repeat(key, r), "a repeat at another Bank gets the receipt of the first time")
			w.holds(end, "a repeat at another Bank changes nothing")

			other := deposit("alice", 7)
			w.same(other.on(end), b.call(w.key(), other), "a request with a key of its own is carried out")
			w.same(first, a.repeat(key, r), "a repeat gets the receipt of the first time, with the balance of then")
			w.holds(end, "a repeat changes nothing, also when there was another request in between")

			w.empties("alice", r, key, first, a)
			w.closes("alice", r, key, first, a)
		}
		w.toOneself(a, b)
	})
}

// toOneself repeats a transfer that changes nothing. What its receipt says is judged by TestRequestIsCarriedOut.
func (w *world) toOneself(a, b *process) {
	w.t.Helper()
	w.scene("A transfer to oneself, and its repeats", balances{"alice": 100, "bob": 20})
	key, r := w.key(), transfer("alice", "alice", 50)
	first := a.call(key, r)
	w.oneOf([]string{"a receipt"}, kindOf(first), "what the first call with a key returns")
	w.same(first, a.repeat(key, r), "a repeat gets the receipt of the first time")
	w.oneOf([]string{"a receipt"}, kindOf(b.call(w.key(), deposit("alice", 7))), "a request with a key of its own is carried out")
	w.same(first, a.repeat(key, r), "a repeat gets the receipt of the first time, with the balance of then, also if a transfer has changed nothing")
	w.same(first, b.repeat(key, r), "a repeat at another Bank gets the receipt of the first time")
	w.empties("alice", r, key, first, a)
	w.closes("alice", r, key, first, a)
}

// empties repeats a request when nothing is in an account any more.
func (w *world) empties(account string, r request, key idempotentbank.Key, first outcome, p *process) {
	w.t.Helper()
	w.eye.set(idempotentbank.AccountKey(account), "0")
	w.story.does(inRedis, "another program empties "+account)
	before := w.balancesText()
	w.same(first, p.repeat(key, r), "a repeat gets the receipt of the first time, also when the account is empty now")
	w.sameText(before, w.balancesText(), "a repeat changes nothing, also when the account is empty now")
}

// closes repeats a request when an account does not exist any more.
func (w *world) closes(account string, r request, key idempotentbank.Key, first outcome, p *process) {
	w.t.Helper()
	w.eye.del(idempotentbank.AccountKey(account))
	w.story.does(inRedis, "another program closes "+account)
	before := w.balancesText()
	w.same(first, p.repeat(key, r), "a repeat gets the receipt of the first time, also when the account is closed now")
	w.sameText(before, w.balancesText(), "a repeat changes nothing, also when the account is closed now")
}

func TestKeyNamesOneRequestOfOneClient(t *testing.T) {
	check.Run(t, func(t *check.T) {
		w, _ := onServer(t)
		a := w.start(bankA, idempotentbank.Options{})
		w.otherRequests(a)
		w.otherNames(a)
		w.otherKeys(a)
		w.scene("A client with the name of a Redis key", balances{"alice": 100})
		w.same(receipt("alice", 150), a.call(named("account", "alice"), deposit("alice", 50)), "a client may be called account, and its request alice")
		w.holds(balances{"alice": 150}, "what a key is remembered under is nobody's account")
	})
}

// otherRequests sends requests that differ in one thing from the one that the key is remembered for.
func (w *world) otherRequests(a *process) {
	w.t.Helper()
	for _, s := range []struct {
		first, other request
		differs      string
	}{
		{deposit("alice", 50), deposit("alice", 51), "the amount"},
		{deposit("alice", 50), deposit("bob", 50), "the account"},
		{deposit("alice", 50), transfer("alice", "bob", 50), "the operation"},
		{deposit("alice", 50), transfer("alice", "alice", 50), "the operation"},
		{transfer("alice", "bob", 50), transfer("alice", "carol", 50), "the account that is paid"},
		{transfer("alice", "bob", 50), transfer("carol", "bob", 50), "the account that pays"},
		{transfer("alice", "bob", 50), transfer("bob", "alice", 50), "the direction"},
		{transfer("alice", "bob", 50), transfer("alice", "bob", 5), "the amount"},
	} {
		end := balances{"alice": 100, "bob": 100, "carol": 100}
		w.scene("One key, two requests", balances{"alice": 100, "bob": 100, "carol": 100})
		key, want := w.key(), s.first.on(end)
		w.same(want, a.call(key, s.first), "what the first call with a key returns")
		w.same(refused(idempotentbank.ErrKeyReused), a.call(key, s.other), "a request that differs in %s gets no receipt for this key", s.differs)
		w.holds(end, "a request that is answered with ErrKeyReused changes nothing")
		w.same(want, a.repeat(key, s.first), "after ErrKeyReused the key is remembered for its first request as before")
		w.holds(end, "a repeat changes nothing")
	}
}

// separators are what the parts of a text may be joined with, if one does not think of those who use it in a name.
var separators = []string{":", "|", ",", "/", " ", "-", "_", ".", ";", "#", "\x00", "\n", "\t", "->", "::", `"`, `","`, `" "`, `":"`}

// otherNames sends transfers whose accounts would look the same if one wrote one after the other.
func (w *world) otherNames(a *process) {
	w.t.Helper()
	for _, sep := range append([]string{""}, separators...) {
		first, other := transfer("a", "b"+sep+"c", 1), transfer("a"+sep+"b", "c", 1)
		start := balances{first.from: 10, first.to: 10, other.from: 10, other.to: 10}
		w.scene("Names that run into each other", start)
		key, end := w.key(), balances{first.from: 10, first.to: 10, other.from: 10, other.to: 10}
		want := first.on(end)
		w.same(want, a.call(key, first), "an account may have any name")
		w.same(refused(idempotentbank.ErrKeyReused), a.call(key, other), "a transfer between other accounts is another request")
		w.holds(end, "only the first request was carried out")
	}
}

// otherKeys sends the same request with keys that would look the same if one wrote their parts one after the other.
func (w *world) otherKeys(a *process) {
	w.t.Helper()
	pairs := [][2]idempotentbank.Key{
		{named("ann", "r0"), named("ben", "r0")},
		{named("ann", "r00"), named("ann", "r01")},
		{named("x", "y"), named("y", "x")},
		{named("Ann", "q"), named("ann", "q")},
	}
	for _, sep := range append([]string{""}, separators...) {
		pairs = append(pairs, [2]idempotentbank.Key{named("a", "b"+sep+"c"), named("a"+sep+"b", "c")})
	}
	for _, keys := range pairs {
		w.scene("Two keys", balances{"alice": 100})
		w.same(receipt("alice", 150), a.call(keys[0], deposit("alice", 50)), "what the first call with a key returns")
		w.same(receipt("alice", 200), a.call(keys[1], deposit("alice", 50)), "another key is another request: it is carried out, too")
		w.same(receipt("alice", 150), a.repeat(keys[0], deposit("alice", 50)), "each key has its own receipt")
		w.holds(balances{"alice": 200}, "with two keys two requests are carried out")
	}
}

func TestRefusedRequestLeavesItsKeyFree(t *testing.T) {
	check.Run(t, func(t *check.T) {
		w, _ := onServer(t)
		a := w.start(bankA, idempotentbank.Options{})
		for _, s := range []struct {
			r      request
			err    error
			opened string // what makes the request possible
			why    string
		}{
			{deposit("dora", 50), idempotentbank.ErrNoAccount, "dora", "the account does not exist"},
			{transfer("alice", "dora", 50), idempotentbank.ErrNoAccount, "dora", "the account that is paid does not exist"},
			{transfer("dora", "alice", 50), idempotentbank.ErrNoAccount, "dora", "the account that pays does not exist"},
			{transfer("dora", "dora", 50), idempotentbank.ErrNoAccount, "", "the account does not exist"},
			{transfer("alice", "bob", 101), idempotentbank.ErrInsufficientFunds, "alice", "there is too little in the account"},
			{transfer("alice", "alice", 101), idempotentbank.ErrInsufficientFunds, "", "there is too little in the account"},
			{deposit("alice", 0), idempotentbank.ErrInvalidAmount, "", "the amount is 0"},
			{deposit("alice", -5), idempotentbank.ErrInvalidAmount, "", "the amount is negative"},
			{transfer("alice", "bob", 0), idempotentbank.ErrInvalidAmount, "", "the amount is 0"},
			{transfer("alice", "bob", -5), idempotentbank.ErrInvalidAmount, "", "the amount is negative"},
			{transfer("alice", "alice", 0), idempotentbank.ErrInvalidAmount, "", "the amount is 0, even for oneself"},
			{transfer("alice", "alice", -5), idempotentbank.ErrInvalidAmount, "", "the amount is negative, even for oneself"},
		} {
			w.scene("A request that is refused", balances{"alice": 100, "bob": 20})
			w.refuses(a, s.r, s.err, s.opened, s.why)
		}
	})
}

// refuses sends a request that is refused, and then the same and another one with its key.
func (w *world) refuses(a *process, r request, err error, opened, why string) {
	w.t.Helper()
	key, start := w.key(), balances{"alice": 100, "bob": 20}
	if opened == "dora" {
		w.accounts = append(w.accounts, "dora")
	}
	unchanged := w.balancesText()
	w.same(refused(err), a.call(key, r), "a request is refused if %s", why)
	w.sameText(unchanged, w.balancesText(), "a refused request changes nothing, and creates no account")
	if opened != "" {
		w.eye.set(idempotentbank.AccountKey(opened), "500")
		w.story.does(inRedis, "another program sets "+opened+" to 500")
		start[opened] = 500
		w.same(r.on(start), a.repeat(key, r), "a refused request leaves its key free: when the trouble is over, the same request goes through")
		w.holds(start, "the request is carried out when the trouble is over")
		return
	}
	other := deposit("bob", 3)
	w.same(other.on(start), a.call(key, other), "a refused request leaves its key free, for any request")
	w.holds(start, "the other request is carried out")
}
