package idempotence

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"time"
)

// Bank tries a few times before it bothers the client with a failure of the store: with the key in the same transaction, it cannot do
// any harm. Repeats that come in while the first is on its way wait for it here, and spare the store a conflict.
type Bank struct {
	store  Store
	clock  Clock
	keyTTL time.Duration

	mu   sync.Mutex
	busy map[Key]*turn
}

// turn is taken by whoever works on a key.
type turn struct {
	sync.Mutex
	users int // who have or want it; guarded by the bank's mu
}

// NewBank returns a bank that works with this store and remembers keys for keyTTL, by this clock.
func NewBank(store Store, clock Clock, keyTTL time.Duration) *Bank {
	if store == nil || clock == nil || keyTTL <= 0 {
		panic("idempotence: NewBank needs a store, a clock and a keyTTL above 0")
	}
	return &Bank{store: store, clock: clock, keyTTL: keyTTL, busy: map[Key]*turn{}}
}

// Deposit adds amount to the account, or returns the receipt of the first time if the request is a repeat.
func (b *Bank) Deposit(ctx context.Context, key Key, account string, amount int64) (Receipt, error) {
	return b.perform(ctx, key, entry{Pays: account, Amount: amount})
}

// Transfer moves amount from one account to another, or returns the receipt of the first time if the request is a repeat.
func (b *Bank) Transfer(ctx context.Context, key Key, from, to string, amount int64) (Receipt, error) {
	return b.perform(ctx, key, entry{Pays: from, Gets: &to, Amount: amount})
}

// entry is a request, and when it was carried out also what came of it.
type entry struct {
	Pays    string
	Gets    *string `json:",omitempty"` // nobody if it is a deposit
	Amount  int64
	Balance int64
	Expires time.Time
}

func (e entry) same(o entry) bool {
	if e.Pays != o.Pays || e.Amount != o.Amount || (e.Gets == nil) != (o.Gets == nil) {
		return false
	}
	return e.Gets == nil || *e.Gets == *o.Gets
}

const tries = 5

func (b *Bank) perform(ctx context.Context, key Key, e entry) (Receipt, error) {
	defer b.take(key)()
	var err error
	for range tries {
		done := e
		err = b.store.Update(ctx, func(tx Tx) error {
			done = e
			return b.once(tx, key, &done)
		})
		if err == nil {
			return Receipt{Account: done.Pays, Balance: done.Balance}, nil
		}
		if final(err) || ctx.Err() != nil {
			break
		}
	}
	return Receipt{}, err
}

func final(err error) bool {
	for _, refusal := range []error{ErrNoAccount, ErrInvalidAmount, ErrInsufficientFunds, ErrKeyReused} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}

// take waits until nobody else works on this key at this bank.
func (b *Bank) take(key Key) (giveBack func()) {
	b.mu.Lock()
	t := b.busy[key]
	if t == nil {
		t = &turn{}
		b.busy[key] = t
	}
	t.users++
	b.mu.Unlock()
	t.Lock()
	return func() {
		t.Unlock()
		b.mu.Lock()
		defer b.mu.Unlock()
		if t.users--; t.users == 0 {
			delete(b.busy, key)
		}
	}
}

// once fills in what came of the request, now or the first time.
func (b *Bank) once(tx Tx, key Key, e *entry) error {
	name := strconv.Itoa(len(key.Client)) + ":" + key.Client + key.ID
	text, found, err := tx.Record(name)
	if err != nil {
		return err
	}
	if found {
		var earlier entry
		if err := json.Unmarshal([]byte(text), &earlier); err != nil {
			return err
		}
		if b.clock().Before(earlier.Expires) {
			if !earlier.same(*e) {
				return ErrKeyReused
			}
			*e = earlier
			return nil
		}
	}
	if err := e.carryOut(tx); err != nil {
		return err
	}
	e.Expires = b.clock().Add(b.keyTTL)
	record, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return tx.SetRecord(name, string(record))
}

func (e *entry) carryOut(tx Tx) error {
	if e.Amount < 1 {
		return ErrInvalidAmount
	}
	change := e.Amount
	if e.Gets != nil {
		change = -change
	}
	balance, err := tx.Balance(e.Pays)
	if err != nil {
		return err
	}
	if balance+change < 0 {
		return ErrInsufficientFunds
	}
	if err := tx.SetBalance(e.Pays, balance+change); err != nil {
		return err
	}
	if e.Gets != nil {
		got, err := tx.Balance(*e.Gets)
		if err != nil {
			return err
		}
		if err := tx.SetBalance(*e.Gets, got+e.Amount); err != nil {
			return err
		}
	}
	e.Balance, err = tx.Balance(e.Pays)
	return err
}
