// Package idempotentbank is a lab: a bank on Redis whose clients may send every request again, because it is carried out once.
//
// A client that gets no answer cannot know whether its request was lost, or the answer. So it sends the request again, with the
// same key, and the bank has to see that it is the same one. For that the key must be remembered and the balance changed in one
// step. Redis carries out one command at a time, and a process can stop between any two of them; so the step has to be one
// command: a script, or the EXEC of a transaction that fails if what it was built on has changed.
//
// This file is given: it is the same for everybody and you do not hand it in. You write idempotentbank.go.
package idempotentbank

import (
	"errors"
	"time"
)

// What Deposit and Transfer return when they refuse a request. Callers compare with errors.Is.
var (
	ErrNoAccount         = errors.New("idempotentbank: no such account")
	ErrInvalidAmount     = errors.New("idempotentbank: the amount is below 1")
	ErrInsufficientFunds = errors.New("idempotentbank: insufficient funds")
	ErrKeyReused         = errors.New("idempotentbank: this key belongs to another request")
)

// ErrUnknown says that a request may have been carried out, or not, or may still be. A repeat with the same key clears it up.
var ErrUnknown = errors.New("idempotentbank: it is unknown whether this was carried out")

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

// Options are the settings of New. The zero value is ready to use.
type Options struct {
	// KeyTTL is how long a key is remembered, in whole milliseconds; 0 means DefaultKeyTTL.
	KeyTTL time.Duration
}

// DefaultKeyTTL is how long a key is remembered unless Options say otherwise.
const DefaultKeyTTL = 24 * time.Hour

// AccountKey is the Redis key under which the balance of an account lies, as a decimal number.
func AccountKey(account string) string { return "account:" + account }
