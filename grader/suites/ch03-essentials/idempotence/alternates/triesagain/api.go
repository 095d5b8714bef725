// Package idempotence is a lab: a bank whose clients may send every request again, because it is carried out once.
//
// A client that gets no answer cannot know whether its request was lost, or the answer. So it has to send it again, and the bank has to
// see that it is the same one: by a key that the client has made up for it. The whole art is to remember the key and to change
// the balance in one step, so that there is no moment at which the one has happened and the other has not.
//
// This file is given: it is the same for everybody and you do not hand it in. You write idempotence.go.
package idempotence

import (
	"context"
	"errors"
	"time"
)

// What Deposit and Transfer return when they refuse a request. Callers compare with errors.Is.
var (
	ErrNoAccount         = errors.New("idempotence: no such account")
	ErrInvalidAmount     = errors.New("idempotence: the amount is below 1")
	ErrInsufficientFunds = errors.New("idempotence: insufficient funds")
	ErrKeyReused         = errors.New("idempotence: this key belongs to another request")
)

// ErrUnknown says that a transaction may have been committed, or not. A store returns it, and so does the bank.
var ErrUnknown = errors.New("idempotence: it is unknown whether this was carried out")

// Key is what a client makes up for a request, and sends with each repeat of it. Two keys are the same if both fields are.
type Key struct {
	Client string // who asks
	ID     string // which request of this client it is
}

// Receipt says that a request was carried out.
type Receipt struct {
	Account string // the account of a deposit; the account that pays a transfer
	Balance int64  // what was in this account when the request had been carried out
}

// Clock tells the time.
type Clock func() time.Time

// Store is a database with transactions. Banks that share a store share everything in it.
type Store interface {
	// Update calls do, and makes what it has set visible at one moment. It may call do again, from the start, if another
	// transaction has come in between.
	//
	// If do returns an error, Update returns it, and nothing is changed. ErrUnknown means that everything that do has set may have
	// become visible, or nothing. With any other error nothing is changed.
	Update(ctx context.Context, do func(tx Tx) error) error
}

// Tx is one transaction. It reads what it has set itself. If one of its operations fails with another error than ErrNoAccount, it
// cannot be committed any more.
type Tx interface {
	// Balance returns what is in an account, or ErrNoAccount.
	Balance(account string) (int64, error)

	// SetBalance changes what is in an account. It returns ErrNoAccount if there is none with this name.
	SetBalance(account string, balance int64) error

	// Record returns the text that was recorded under a name, if any was.
	Record(name string) (text string, found bool, err error)

	// SetRecord records a text under a name, in place of any that was there before.
	SetRecord(name, text string) error
}
