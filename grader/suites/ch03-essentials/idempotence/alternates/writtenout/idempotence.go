package idempotence

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Bank writes three records for each key: what was asked, what was answered, and until when that counts.
type Bank struct {
	db  Store
	now Clock
	ttl time.Duration
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
	balance := int64(0)
	err := b.db.Update(ctx, func(tx Tx) error {
		asked := fmt.Sprintf("%d to %s", amount, account)
		old, found, err := b.find(tx, key, asked)
		if err != nil {
			return err
		}
		if found {
			balance = old
			return nil
		}
		if amount <= 0 {
			return ErrInvalidAmount
		}
		before, err := tx.Balance(account)
		if err != nil {
			return err
		}
		balance = before + amount
		if err := tx.SetBalance(account, balance); err != nil {
			return err
		}
		return b.save(tx, key, asked, balance)
	})
	return Receipt{Account: account, Balance: balance}, err
}

// Transfer moves amount from one account to another, or returns the receipt of the first time if the request is a repeat.
func (b *Bank) Transfer(ctx context.Context, key Key, from, to string, amount int64) (Receipt, error) {
	balance := int64(0)
	err := b.db.Update(ctx, func(tx Tx) error {
		asked := fmt.Sprintf("%d from %d %s to %s", amount, len(from), from, to)
		old, found, err := b.find(tx, key, asked)
		if err != nil {
			return err
		}
		if found {
			balance = old
			return nil
		}
		if amount <= 0 {
			return ErrInvalidAmount
		}
		if _, err := tx.Balance(to); err != nil {
			return err
		}
		before, err := tx.Balance(from)
		if err != nil {
			return err
		}
		if before < amount {
			return ErrInsufficientFunds
		}
		if err := tx.SetBalance(from, before-amount); err != nil {
			return err
		}
		theirs, err := tx.Balance(to)
		if err != nil {
			return err
		}
		if err := tx.SetBalance(to, theirs+amount); err != nil {
			return err
		}
		balance, err = tx.Balance(from)
		if err != nil {
			return err
		}
		return b.save(tx, key, asked, balance)
	})
	if err != nil {
		return Receipt{}, fmt.Errorf("transfer: %w", err)
	}
	return Receipt{Account: from, Balance: balance}, nil
}

// find returns the balance that was answered to this key, if it is still remembered.
func (b *Bank) find(tx Tx, key Key, asked string) (balance int64, found bool, err error) {
	until, found, err := tx.Record(in("until", key))
	if err != nil || !found {
		return 0, false, err
	}
	end, err := time.Parse(time.RFC3339Nano, until)
	if err != nil {
		return 0, false, err
	}
	if b.now().After(end) {
		return 0, false, nil
	}
	before, _, err := tx.Record(in("asked", key))
	if err != nil {
		return 0, false, err
	}
	if before != asked {
		return 0, false, ErrKeyReused
	}
	answered, _, err := tx.Record(in("answered", key))
	if err != nil {
		return 0, false, err
	}
	balance, err = strconv.ParseInt(answered, 10, 64)
	return balance, true, err
}

func (b *Bank) save(tx Tx, key Key, asked string, balance int64) error {
	records := []struct{ what, text string }{
		{"asked", asked},
		{"answered", strconv.FormatInt(balance, 10)},
		{"until", b.now().Add(b.ttl).Format(time.RFC3339Nano)},
	}
	for _, r := range records {
		if err := tx.SetRecord(in(r.what, key), r.text); err != nil {
			return err
		}
	}
	return nil
}

// in is the name of a record; slashes of the client are doubled, so that the first single one ends it.
func in(what string, key Key) string {
	return what + " " + strings.ReplaceAll(key.Client, "/", "//") + "/ " + key.ID
}
