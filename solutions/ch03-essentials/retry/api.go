// Package retry calls an operation again when it has failed, if that is safe, useful and polite.
//
// A call over a network can fail in a way that a local call cannot: the caller does not know whether it was done. The request may
// have been lost, the server may have died half-way, or the answer may have been lost on its way back; from the caller's side all
// three look the same, like silence. This is called partial failure. So the first question about a failure is not how it came
// about, but what we know: was it certainly not done, or is it unknown?
//
// This file is given: it is the same for everybody and is not handed in.
package retry

import (
	"fmt"
	"strings"
	"time"
)

// NotSent is a failure that came before the request was sent: no address, no connection. Certainly nothing was done.
type NotSent struct{ Cause error }

// Refused is the answer of a server that has done nothing, because it is busy. It asks for RetryAfter of rest before the next
// attempt; 0 means that it has not said.
type Refused struct {
	RetryAfter time.Duration
	Cause      error
}

// Unknown is silence after the request was sent: a time-out, or a connection that broke. It may have been done, or not.
type Unknown struct{ Cause error }

// Permanent is an answer that will be the same at the next attempt: no such account. Nothing was done.
type Permanent struct{ Cause error }

func (e *NotSent) Error() string   { return describe("not sent", e.Cause) }
func (e *Refused) Error() string   { return describe("refused", e.Cause) }
func (e *Unknown) Error() string   { return describe("outcome unknown", e.Cause) }
func (e *Permanent) Error() string { return describe("permanent", e.Cause) }

func (e *NotSent) Unwrap() error   { return e.Cause }
func (e *Refused) Unwrap() error   { return e.Cause }
func (e *Unknown) Unwrap() error   { return e.Cause }
func (e *Permanent) Unwrap() error { return e.Cause }

func describe(outcome string, cause error) string {
	if cause == nil {
		return outcome
	}
	return outcome + ": " + cause.Error()
}

// Policy says how often, how fast and at whose expense Do tries again.
type Policy struct {
	MaxAttempts int           // attempts in all, the first one included
	Base        time.Duration // no more than this is the first sleep; the limit doubles with each sleep
	Cap         time.Duration // the limit grows no further
	PerTry      time.Duration // what one attempt may take; 0: no limit but that of the caller's context
	Idempotent  bool          // doing the operation twice is the same as doing it once
	Budget      *Budget       // what all who share it may spend on retries; nil: no limit but MaxAttempts

	// Rand returns a number of at least 0 and less than 1, such as rand.Float64 of math/rand/v2. Do calls it once for each sleep.
	Rand func() float64
}

// Attempts is the error of Do: what became of each attempt.
type Attempts struct {
	Errs    []error // what the attempts returned, in their order; the last one is why Do gave up
	Context error   // ctx.Err() of the caller's context when Do gave up
}

// Error is one line.
func (a *Attempts) Error() string {
	var parts []string
	for i, err := range a.Errs {
		parts = append(parts, fmt.Sprintf("attempt %d: %v", i+1, err))
	}
	if a.Context != nil {
		parts = append(parts, a.Context.Error())
	}
	return "retry: gave up: " + strings.Join(parts, "; ")
}

// Unwrap lets errors.Is and errors.As find the last attempt's error and the context's.
func (a *Attempts) Unwrap() (found []error) {
	if len(a.Errs) > 0 {
		found = append(found, a.Errs[len(a.Errs)-1])
	}
	if a.Context != nil {
		found = append(found, a.Context)
	}
	return found
}
