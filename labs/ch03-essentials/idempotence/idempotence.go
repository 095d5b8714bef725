package idempotence

import (
	"context"
	"time"

	"scalelab/pkg/lab"
)

// Bank carries out deposits and transfers, each of them once. Make one with NewBank.
type Bank struct{}

// NewBank returns a bank that works with this store and remembers keys for keyTTL, by this clock.
func NewBank(store Store, clock Clock, keyTTL time.Duration) *Bank {
	panic(lab.NotImplemented("idempotence", "NewBank"))
}

// Deposit adds amount to the account, or returns the receipt of the first time if the request is a repeat.
func (b *Bank) Deposit(ctx context.Context, key Key, account string, amount int64) (Receipt, error) {
	panic(lab.NotImplemented("idempotence", "Deposit"))
}

// Transfer moves amount from one account to another, or returns the receipt of the first time if the request is a repeat.
func (b *Bank) Transfer(ctx context.Context, key Key, from, to string, amount int64) (Receipt, error) {
	panic(lab.NotImplemented("idempotence", "Transfer"))
}
