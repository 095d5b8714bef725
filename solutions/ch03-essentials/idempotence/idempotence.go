package idempotence

import (
	"context"
	"encoding/json"
	"time"
)

// Bank carries out deposits and transfers, each of them once. Make one with NewBank.
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
	return &Bank{store: store, clock: clock, keyTTL: keyTTL}
}

// request is an operation with all its arguments.
type request struct {
	Operation string
	From, To  string
	Amount    int64
}

// done is what is recorded under a key: the request that was carried out, its receipt, and when.
type done struct {
	Request request
	Receipt Receipt
	At      time.Time
}

// Deposit adds amount to the account, or returns the receipt of the first time if the request is a repeat.
func (b *Bank) Deposit(ctx context.Context, key Key, account string, amount int64) (Receipt, error) {
	return b.once(ctx, key, request{Operation: "deposit", To: account, Amount: amount}, func(tx Tx) (Receipt, error) {
		balance, err := add(tx, account, amount)
		return Receipt{account, balance}, err
	})
}

// Transfer moves amount from one account to another, or returns the receipt of the first time if the request is a repeat.
func (b *Bank) Transfer(ctx context.Context, key Key, from, to string, amount int64) (Receipt, error) {
	return b.once(ctx, key, request{Operation: "transfer", From: from, To: to, Amount: amount}, func(tx Tx) (Receipt, error) {
		if _, err := add(tx, from, -amount); err != nil {
			return Receipt{}, err
		}
		if _, err := add(tx, to, amount); err != nil {
			return Receipt{}, err
		}
		balance, err := tx.Balance(from) // from may also be to
		return Receipt{from, balance}, err
	})
}

// once carries out a request in the same transaction in which it looks for its key and records it. There is no other transaction, so
// nobody ever sees a key without its change, or a change without its key.
func (b *Bank) once(ctx context.Context, key Key, r request, carryOut func(Tx) (Receipt, error)) (Receipt, error) {
	if r.Amount < 1 {
		return Receipt{}, ErrInvalidAmount
	}
	var receipt Receipt
	err := b.store.Update(ctx, func(tx Tx) error {
		earlier, known, err := b.recall(tx, key)
		switch {
		case err != nil:
			return err
		case known && earlier.Request != r:
			return ErrKeyReused
		case known:
			receipt = earlier.Receipt
			return nil
		}
		if receipt, err = carryOut(tx); err != nil {
			return err
		}
		return b.remember(tx, key, done{r, receipt, b.clock()})
	})
	if err != nil {
		return Receipt{}, err
	}
	return receipt, nil
}

// recall returns what was carried out under a key, if that is not too long ago.
func (b *Bank) recall(tx Tx, key Key) (d done, known bool, err error) {
	text, found, err := tx.Record(name(key))
	if err != nil || !found {
		return done{}, false, err
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return done{}, false, err
	}
	return d, b.clock().Sub(d.At) < b.keyTTL, nil
}

func (b *Bank) remember(tx Tx, key Key, d done) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return tx.SetRecord(name(key), string(text))
}

// name is a text from which both halves of the key could be read again, so that no two keys have the same.
func name(key Key) string {
	text, _ := json.Marshal(key) // two texts can always be marshalled
	return string(text)
}

// add changes a balance and returns what it is then. No balance is ever below 0.
func add(tx Tx, account string, amount int64) (int64, error) {
	balance, err := tx.Balance(account)
	if err != nil {
		return 0, err
	}
	if balance+amount < 0 {
		return 0, ErrInsufficientFunds
	}
	return balance + amount, tx.SetBalance(account, balance+amount)
}
