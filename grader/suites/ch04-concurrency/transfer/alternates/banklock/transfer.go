package transfer

import "sync"

// Bank has a lock of its own, which transfers share and Total has for itself.
type Bank struct {
	counting sync.RWMutex
	accounts map[string]Account
}

// NewBank returns a bank with these accounts.
func NewBank(accounts []Account) *Bank {
	b := &Bank{accounts: map[string]Account{}}
	for _, a := range accounts {
		b.accounts[a.Name()] = a
	}
	return b
}

// Transfer goes on beside other transfers, and takes its accounts in the order of the names.
func (b *Bank) Transfer(from, to string, amount int64) error {
	source, ok := b.accounts[from]
	if !ok {
		return ErrUnknownAccount
	}
	target, ok := b.accounts[to]
	if !ok {
		return ErrUnknownAccount
	}
	if amount < 1 {
		return ErrInvalidAmount
	}
	b.counting.RLock()
	defer b.counting.RUnlock()
	switch {
	case from < to:
		source.Lock()
		target.Lock()
	case from > to:
		target.Lock()
		source.Lock()
	default:
		source.Lock()
	}
	var err error
	if source.Balance() >= amount {
		source.Add(-amount)
		target.Add(amount)
	} else {
		err = ErrInsufficientFunds
	}
	source.Unlock()
	if from != to {
		target.Unlock()
	}
	return err
}

// Balance looks into one account.
func (b *Bank) Balance(name string) (int64, error) {
	a, ok := b.accounts[name]
	if !ok {
		return 0, ErrUnknownAccount
	}
	a.Lock()
	defer a.Unlock()
	return a.Balance(), nil
}

// Total is alone: nobody else in the bank holds an account, and clerks hold one at most, so any order of locks will do, even that of a
// map.
func (b *Bank) Total() (sum int64) {
	b.counting.Lock()
	defer b.counting.Unlock()
	for _, a := range b.accounts {
		a.Lock()
		defer a.Unlock()
		sum += a.Balance()
	}
	return sum
}
