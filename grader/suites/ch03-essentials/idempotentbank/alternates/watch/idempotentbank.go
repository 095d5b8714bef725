package idempotentbank

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// Bank does without scripts: it reads under WATCH, decides in Go, and writes everything in one EXEC, which does nothing if
// anything that it has read has changed. Then it begins anew.
type Bank struct {
	rdb *redis.Client
	ttl time.Duration
}

// record is what a key is remembered with.
type record struct {
	Request request
	Balance int64
}

type request struct {
	Op, From, To string
	Amount       int64
}

// New returns a bank on the Redis of rdb.
func New(rdb *redis.Client, opts Options) *Bank {
	if rdb == nil {
		panic("idempotentbank: no Redis client")
	}
	if opts.KeyTTL < 0 || opts.KeyTTL%time.Millisecond != 0 {
		panic("idempotentbank: KeyTTL is negative or no whole number of milliseconds")
	}
	if opts.KeyTTL == 0 {
		opts.KeyTTL = DefaultKeyTTL
	}
	return &Bank{rdb: rdb, ttl: opts.KeyTTL}
}

// Deposit adds amount to account.
func (b *Bank) Deposit(ctx context.Context, key Key, account string, amount int64) (Receipt, error) {
	return b.once(ctx, key, request{Op: "deposit", To: account, Amount: amount})
}

// Transfer moves amount between two accounts.
func (b *Bank) Transfer(ctx context.Context, key Key, from, to string, amount int64) (Receipt, error) {
	return b.once(ctx, key, request{Op: "transfer", From: from, To: to, Amount: amount})
}

// Balance reads an account.
func (b *Bank) Balance(ctx context.Context, account string) (int64, error) {
	n, err := b.rdb.Get(ctx, AccountKey(account)).Int64()
	if errors.Is(err, redis.Nil) {
		return 0, ErrNoAccount
	}
	return n, err
}

// once tries until nobody has come between reading and writing.
func (b *Bank) once(ctx context.Context, key Key, r request) (Receipt, error) {
	if r.Amount < 1 {
		return Receipt{}, ErrInvalidAmount
	}
	name, err := json.Marshal(key)
	if err != nil {
		return Receipt{}, err
	}
	recordKey := "idempotence:" + string(name)
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		receipt, err := b.try(ctx, recordKey, r)
		if !errors.Is(err, redis.TxFailedErr) {
			return receipt, err
		}
		select {
		case <-ctx.Done():
			return Receipt{}, ctx.Err()
		case <-time.After(time.Duration(1 + rand.Int64N(int64(pause)))):
		}
	}
}

// try is one transaction. Only of its EXEC can it be unknown what became of it.
//
// Everything is read by one MGET, so it belongs to one moment. A refusal sends no EXEC that would tell whether it does.
func (b *Bank) try(ctx context.Context, recordKey string, r request) (receipt Receipt, err error) {
	keys := []string{recordKey, AccountKey(r.To)}
	if r.From != "" {
		keys = append(keys, AccountKey(r.From))
	}
	err = b.rdb.Watch(ctx, func(tx *redis.Tx) error {
		values, err := tx.MGet(ctx, keys...).Result()
		if err != nil {
			return err
		}
		if text, known := values[0].(string); known {
			receipt, err = repeated([]byte(text), r)
			return err
		}
		receipt, err = b.change(ctx, tx, recordKey, r, values[1:])
		return err
	}, keys...)
	return receipt, err
}

func repeated(text []byte, r request) (Receipt, error) {
	var known record
	if err := json.Unmarshal(text, &known); err != nil {
		return Receipt{}, err
	}
	if known.Request != r {
		return Receipt{}, ErrKeyReused
	}
	return Receipt{Account: account(r), Balance: known.Balance}, nil
}

// change writes the new balances, worked out from those of To and From, if none of them is old.
func (b *Bank) change(ctx context.Context, tx *redis.Tx, recordKey string, r request, values []any) (Receipt, error) {
	now := map[string]int64{}
	for i, name := range []string{r.To, r.From}[:len(values)] {
		text, found := values[i].(string)
		if !found {
			return Receipt{}, ErrNoAccount
		}
		var err error
		if now[name], err = strconv.ParseInt(text, 10, 64); err != nil {
			return Receipt{}, err
		}
	}
	if r.From != "" {
		if now[r.From] < r.Amount {
			return Receipt{}, ErrInsufficientFunds
		}
		now[r.From] -= r.Amount
	}
	now[r.To] += r.Amount
	receipt := Receipt{Account: account(r), Balance: now[account(r)]}
	text, err := json.Marshal(record{r, receipt.Balance})
	if err != nil {
		return Receipt{}, err
	}
	_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
		for name, amount := range now {
			p.Set(ctx, AccountKey(name), amount, 0)
		}
		p.Set(ctx, recordKey, text, b.ttl)
		return nil
	})
	var answer redis.Error
	if err != nil && !errors.As(err, &answer) {
		err = fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return receipt, err
}

func account(r request) string {
	if r.From != "" {
		return r.From
	}
	return r.To
}
