package transfer

import (
	"fmt"
	"sort"
)

// Bank tries to be quick, and is orderly if it cannot.
type Bank struct {
	accounts map[string]Account
	sorted   []string
}

// NewBank sorts the names once.
func NewBank(accounts []Account) *Bank {
	b := &Bank{accounts: make(map[string]Account, len(accounts))}
	for _, a := range accounts {
		b.accounts[a.Name()] = a
		b.sorted = append(b.sorted, a.Name())
	}
	sort.Strings(b.sorted)
	return b
}

// Transfer takes both locks if they are free. If not, it gives back what it has and waits for them in the order of the names.
func (b *Bank) Transfer(from, to string, amount int64) error {
	source, target := b.accounts[from], b.accounts[to]
	if source == nil || target == nil {
		return fmt.Errorf("from %s to %s: %w", from, to, ErrUnknownAccount)
	}
	if amount < 1 {
		return fmt.Errorf("amount %d: %w", amount, ErrInvalidAmount)
	}
	if from == to {
		source.Lock()
		defer source.Unlock()
	} else {
		lockBoth(source, target)
		defer source.Unlock()
		defer target.Unlock()
	}
	if source.Balance() < amount {
		return fmt.Errorf("%d from %s: %w", amount, from, ErrInsufficientFunds)
	}
	source.Add(-amount)
	target.Add(amount)
	return nil
}

func lockBoth(a, b Account) {
	if a.TryLock() {
		if b.TryLock() {
			return
		}
		a.Unlock()
	}
	if b.Name() < a.Name() {
		a, b = b, a
	}
	a.Lock()
	b.Lock()
}

// Balance looks into one account.
func (b *Bank) Balance(name string) (int64, error) {
	a := b.accounts[name]
	if a == nil {
		return 0, ErrUnknownAccount
	}
	a.Lock()
	defer a.Unlock()
	return a.Balance(), nil
}

// Total waits for all accounts in the order of their names.
func (b *Bank) Total() int64 {
	for _, name := range b.sorted {
		b.accounts[name].Lock()
	}
	var sum int64
	for _, name := range b.sorted {
		sum += b.accounts[name].Balance()
		b.accounts[name].Unlock()
	}
	return sum
}
