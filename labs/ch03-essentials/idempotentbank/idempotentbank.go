package idempotentbank

import (
	"context"

	"github.com/redis/go-redis/v9"

	"scalelab/pkg/lab"
)

// Bank keeps accounts in Redis and carries out each request once, however often it is sent. It is safe for concurrent use, and
// so are several banks on one Redis.
type Bank struct{}

// New returns a bank on the Redis of rdb, which was made with ContextTimeoutEnabled and MaxRetries: -1. It panics if rdb is nil
// or opts.KeyTTL is negative or no whole number of milliseconds.
func New(rdb *redis.Client, opts Options) *Bank {
	panic(lab.NotImplemented("idempotentbank", "New"))
}

// Deposit adds amount to account, once for each key.
//
// Its errors are ErrNoAccount and ErrInvalidAmount, which leave the key free; ErrKeyReused; and ErrUnknown, after which the same
// call with the same key clears it up. Any other error promises that nothing was changed.
func (b *Bank) Deposit(ctx context.Context, key Key, account string, amount int64) (Receipt, error) {
	panic(lab.NotImplemented("idempotentbank", "Deposit"))
}

// Transfer moves amount between two accounts, once for each key. Its errors are those of Deposit and ErrInsufficientFunds, which
// leaves the key free, too.
func (b *Bank) Transfer(ctx context.Context, key Key, from, to string, amount int64) (Receipt, error) {
	panic(lab.NotImplemented("idempotentbank", "Transfer"))
}

// Balance returns what is in account, or ErrNoAccount.
func (b *Bank) Balance(ctx context.Context, account string) (int64, error) {
	panic(lab.NotImplemented("idempotentbank", "Balance"))
}
