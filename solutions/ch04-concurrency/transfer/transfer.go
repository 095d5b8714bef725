package transfer

import (
	"slices"
	"strings"
)

// Bank moves money between accounts. Make one with NewBank.
type Bank struct {
	accounts []Account
	byName   map[string]Account
}

// NewBank returns a bank with these accounts, all of which have different names.
func NewBank(accounts []Account) *Bank {
	b := &Bank{accounts: slices.Clone(accounts), byName: make(map[string]Account)}
	for _, a := range accounts {
		b.byName[a.Name()] = a
	}
	return b
}

// Transfer moves amount from one account to the other, as one step, or changes nothing and returns ErrUnknownAccount,
// ErrInvalidAmount (below 1) or ErrInsufficientFunds. The two accounts may be the same.
func (b *Bank) Transfer(from, to string, amount int64) error {
	source, known := b.byName[from]
	target, alsoKnown := b.byName[to]
	if !known || !alsoKnown {
		return ErrUnknownAccount
	}
	if amount < 1 {
		return ErrInvalidAmount
	}
	defer lock(source, target)()
	if source.Balance() < amount {
		return ErrInsufficientFunds
	}
	source.Add(-amount)
	target.Add(amount)
	return nil
}

// Balance returns the money in an account, or ErrUnknownAccount.
func (b *Bank) Balance(name string) (int64, error) {
	a, known := b.byName[name]
	if !known {
		return 0, ErrUnknownAccount
	}
	defer lock(a)()
	return a.Balance(), nil
}

// Total returns the sum of all balances at one moment.
func (b *Bank) Total() int64 {
	defer lock(b.accounts...)()
	var sum int64
	for _, a := range b.accounts {
		sum += a.Balance()
	}
	return sum
}

// lock takes the locks of all these accounts, each of them once, and returns what gives them back. It is the only place at which
// locks are taken, and it takes them in the order of the names. So whoever waits for an account holds only such with smaller names,
// and nobody can be waiting, by way of others, for an account that she holds herself.
func lock(accounts ...Account) (unlock func()) {
	byName := func(a, b Account) int { return strings.Compare(a.Name(), b.Name()) }
	inOrder := slices.SortedFunc(slices.Values(accounts), byName)
	inOrder = slices.CompactFunc(inOrder, func(a, b Account) bool { return byName(a, b) == 0 })
	for _, a := range inOrder {
		a.Lock()
	}
	return func() {
		for _, a := range inOrder {
			a.Unlock()
		}
	}
}
