package transfer

// Bank knows where each account stands in the list that it was given; this number is the order of locking.
type Bank struct {
	accounts []Account
	number   map[string]int
}

// NewBank numbers the accounts.
func NewBank(accounts []Account) *Bank {
	b := &Bank{accounts, map[string]int{}}
	for i, a := range accounts {
		b.number[a.Name()] = i
	}
	return b
}

// Transfer locks the account with the smaller number first.
func (b *Bank) Transfer(from, to string, amount int64) error {
	i, ok := b.number[from]
	if !ok {
		return ErrUnknownAccount
	}
	j, ok := b.number[to]
	if !ok {
		return ErrUnknownAccount
	}
	if amount <= 0 {
		return ErrInvalidAmount
	}
	first, second := b.accounts[min(i, j)], b.accounts[max(i, j)]
	first.Lock()
	defer first.Unlock()
	if i != j {
		second.Lock()
		defer second.Unlock()
	}
	if b.accounts[i].Balance() < amount {
		return ErrInsufficientFunds
	}
	b.accounts[i].Add(-amount)
	b.accounts[j].Add(amount)
	return nil
}

// Balance looks into one account.
func (b *Bank) Balance(name string) (int64, error) {
	i, ok := b.number[name]
	if !ok {
		return 0, ErrUnknownAccount
	}
	a := b.accounts[i]
	a.Lock()
	defer a.Unlock()
	return a.Balance(), nil
}

// Total locks one account after the other, in the order of their numbers, and keeps them until the sum is known.
func (b *Bank) Total() (sum int64) {
	for _, a := range b.accounts {
		a.Lock()
		defer a.Unlock()
		sum += a.Balance()
	}
	return sum
}
