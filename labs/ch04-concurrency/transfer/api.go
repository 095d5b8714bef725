// Package transfer is a lab: money that moves between two accounts, each of which has a lock of its own.
//
// A transfer needs both accounts at once, and it needs them in the order in which somebody happened to name them. Two transfers in
// opposite directions are enough to wait for each other for ever. And whoever counts all the money of the bank needs every account.
//
// This file is given: it is the same for everybody and you do not hand it in. You write transfer.go.
package transfer

import "errors"

// What Transfer and Balance return when they refuse. Callers compare with errors.Is.
var (
	ErrUnknownAccount    = errors.New("transfer: no such account")
	ErrInvalidAmount     = errors.New("transfer: the amount is below 1")
	ErrInsufficientFunds = errors.New("transfer: insufficient funds")
)

// Account is one account, with a lock of its own. Clerks at the counter use accounts, too: one at a time, under its lock.
type Account interface {
	// Name is the account's name. It never changes, and asking for it needs no lock.
	Name() string

	// Lock takes the account's lock. While somebody holds it, also the caller, Lock waits.
	Lock()

	// TryLock takes the account's lock if nobody holds it, and reports whether it did. It never waits.
	TryLock() bool

	// Unlock gives the lock, which somebody must be holding, back.
	Unlock()

	// Balance is the money in the account. The caller must hold the lock.
	Balance() int64

	// Add adds to the balance; a negative amount takes away. The caller must hold the lock.
	Add(amount int64)
}
