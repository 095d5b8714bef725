package transfer

import "sync"

// Bank keeps a list of the accounts that are being used by its own methods. Whoever needs accounts waits until none of them is on the
// list, and puts all of them there at once. Then only clerks can be in the way, one at each account.
type Bank struct {
	accounts map[string]Account

	mu       sync.Mutex
	free     *sync.Cond
	reserved map[string]bool
}

// NewBank returns a bank with these accounts.
func NewBank(accounts []Account) *Bank {
	b := &Bank{accounts: map[string]Account{}, reserved: map[string]bool{}}
	b.free = sync.NewCond(&b.mu)
	for _, a := range accounts {
		b.accounts[a.Name()] = a
	}
	return b
}

// with does something while it has these accounts, which are all different.
func (b *Bank) with(do func(), names ...string) {
	b.mu.Lock()
	for !b.allFree(names) {
		b.free.Wait()
	}
	for _, name := range names {
		b.reserved[name] = true
	}
	b.mu.Unlock()

	for _, name := range names {
		b.accounts[name].Lock()
	}
	do()
	for _, name := range names {
		b.accounts[name].Unlock()
	}

	b.mu.Lock()
	for _, name := range names {
		delete(b.reserved, name)
	}
	b.mu.Unlock()
	b.free.Broadcast()
}

func (b *Bank) allFree(names []string) bool {
	for _, name := range names {
		if b.reserved[name] {
			return false
		}
	}
	return true
}

// Transfer reserves both accounts, or the one.
func (b *Bank) Transfer(from, to string, amount int64) (err error) {
	if b.accounts[from] == nil || b.accounts[to] == nil {
		return ErrUnknownAccount
	}
	if amount < 1 {
		return ErrInvalidAmount
	}
	names := []string{from, to}
	if from == to {
		names = names[:1]
	}
	b.with(func() {
		if b.accounts[from].Balance() < amount {
			err = ErrInsufficientFunds
			return
		}
		b.accounts[from].Add(-amount)
		b.accounts[to].Add(amount)
	}, names...)
	return err
}

// Balance reserves one account.
func (b *Bank) Balance(name string) (balance int64, err error) {
	if b.accounts[name] == nil {
		return 0, ErrUnknownAccount
	}
	b.with(func() { balance = b.accounts[name].Balance() }, name)
	return balance, nil
}

// Total reserves all accounts.
func (b *Bank) Total() (sum int64) {
	var names []string
	for name := range b.accounts {
		names = append(names, name)
	}
	b.with(func() {
		for _, name := range names {
			sum += b.accounts[name].Balance()
		}
	}, names...)
	return sum
}
