package transfer

import (
	"sort"
	"sync"
)

// Bank guards its map, although nobody changes it any more.
type Bank struct {
	mu    sync.RWMutex
	boxes map[string]Account
	order []string
}

// NewBank keeps the accounts by name, and the names in order.
func NewBank(accounts []Account) *Bank {
	b := &Bank{boxes: make(map[string]Account)}
	for _, acc := range accounts {
		b.boxes[acc.Name()] = acc
		b.order = append(b.order, acc.Name())
	}
	sort.Strings(b.order)
	return b
}

func (b *Bank) get(name string) (Account, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	acc, ok := b.boxes[name]
	if !ok {
		return nil, ErrUnknownAccount
	}
	return acc, nil
}

// Transfer writes out both orders.
func (b *Bank) Transfer(from, to string, amount int64) error {
	src, err := b.get(from)
	if err != nil {
		return err
	}
	dst, err := b.get(to)
	if err != nil {
		return err
	}
	if amount < 1 {
		return ErrInvalidAmount
	}
	if from == to {
		src.Lock()
		defer src.Unlock()
		if src.Balance() < amount {
			return ErrInsufficientFunds
		}
		return nil
	}
	if from < to {
		src.Lock()
		defer src.Unlock()
		dst.Lock()
		defer dst.Unlock()
	} else {
		dst.Lock()
		defer dst.Unlock()
		src.Lock()
		defer src.Unlock()
	}
	if src.Balance() < amount {
		return ErrInsufficientFunds
	}
	src.Add(-amount)
	dst.Add(amount)
	return nil
}

// Balance holds the lock just as long as it reads.
func (b *Bank) Balance(name string) (int64, error) {
	acc, err := b.get(name)
	if err != nil {
		return 0, err
	}
	acc.Lock()
	bal := acc.Balance()
	acc.Unlock()
	return bal, nil
}

// Total takes all locks in order, and gives them back the other way round.
func (b *Bank) Total() int64 {
	for _, n := range b.order {
		b.boxes[n].Lock()
	}
	sum := int64(0)
	for _, n := range b.order {
		sum += b.boxes[n].Balance()
	}
	for i := len(b.order) - 1; i >= 0; i-- {
		b.boxes[b.order[i]].Unlock()
	}
	return sum
}
