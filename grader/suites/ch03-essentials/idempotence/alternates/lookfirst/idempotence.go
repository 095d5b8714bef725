package idempotence

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Bank answers most repeats from a transaction that only reads. What is not known then is looked for once more in the transaction
// that carries the request out: somebody may have been faster.
type Bank struct {
	store  Store
	clock  Clock
	keyTTL time.Duration
}

// NewBank returns a bank that works with this store and remembers keys for keyTTL, by this clock.
func NewBank(store Store, clock Clock, keyTTL time.Duration) *Bank {
	if store == nil || clock == nil || keyTTL <= 0 {
		panic("idempotence: NewBank needs a store, a clock and a keyTTL above 0")
	}
	return &Bank{store, clock, keyTTL}
}

// Deposit adds amount to the account, or returns the receipt of the first time if the request is a repeat.
func (b *Bank) Deposit(ctx context.Context, key Key, account string, amount int64) (Receipt, error) {
	return b.answer(ctx, key, fmt.Sprintf("deposit %q %d", account, amount), func(tx Tx) (Receipt, error) {
		if amount < 1 {
			return Receipt{}, ErrInvalidAmount
		}
		balance, err := tx.Balance(account)
		if err != nil {
			return Receipt{}, err
		}
		return Receipt{account, balance + amount}, tx.SetBalance(account, balance+amount)
	})
}

// Transfer moves amount from one account to another, or returns the receipt of the first time if the request is a repeat.
func (b *Bank) Transfer(ctx context.Context, key Key, from, to string, amount int64) (Receipt, error) {
	return b.answer(ctx, key, fmt.Sprintf("transfer %q %q %d", from, to, amount), func(tx Tx) (Receipt, error) {
		if amount < 1 {
			return Receipt{}, ErrInvalidAmount
		}
		payer, err := tx.Balance(from)
		if err != nil {
			return Receipt{}, err
		}
		payee, err := tx.Balance(to)
		switch {
		case err != nil:
			return Receipt{}, err
		case payer < amount:
			return Receipt{}, ErrInsufficientFunds
		case from == to:
			return Receipt{from, payer}, nil
		}
		err = errors.Join(tx.SetBalance(from, payer-amount), tx.SetBalance(to, payee+amount))
		return Receipt{from, payer - amount}, err
	})
}

var errNotKnown = errors.New("this key is not known")

func (b *Bank) answer(ctx context.Context, key Key, request string, carryOut func(Tx) (Receipt, error)) (r Receipt, err error) {
	err = b.store.Update(ctx, func(tx Tx) (err error) {
		r, err = b.known(tx, key, request)
		return err
	})
	if !errors.Is(err, errNotKnown) {
		return r, err
	}
	err = b.store.Update(ctx, func(tx Tx) (err error) {
		if r, err = b.known(tx, key, request); !errors.Is(err, errNotKnown) {
			return err
		}
		if r, err = carryOut(tx); err != nil {
			return err
		}
		return tx.SetRecord(name(key), fmt.Sprintf("%d %q %d %q", b.clock().Add(b.keyTTL).UnixNano(), r.Account, r.Balance, request))
	})
	return r, err
}

// known returns the receipt of a request that was carried out, or ErrKeyReused, or errNotKnown.
func (b *Bank) known(tx Tx, key Key, request string) (r Receipt, err error) {
	text, found, err := tx.Record(name(key))
	if err != nil {
		return r, err
	}
	if !found {
		return r, errNotKnown
	}
	var expires int64
	var earlier string
	if _, err := fmt.Sscanf(text, "%d %q %d %q", &expires, &r.Account, &r.Balance, &earlier); err != nil {
		return r, fmt.Errorf("record of key %v: %w", key, err)
	}
	switch {
	case b.clock().UnixNano() >= expires:
		return r, errNotKnown
	case earlier != request:
		return r, ErrKeyReused
	}
	return r, nil
}

func name(key Key) string { return fmt.Sprintf("%q %q", key.Client, key.ID) }
