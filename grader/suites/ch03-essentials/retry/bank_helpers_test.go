package retry_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"scalelab/labs/ch03-essentials/retry"
)

// reaction is what becomes of one attempt to deposit 50.
type reaction struct {
	way     way
	bank    string        // what the bank does, if the request reaches it
	learns  string        // what the client learns
	err     error         // what op returns
	applies bool          // the bank deposits the money
	takes   time.Duration // how long op takes, whatever becomes of its context
	hangs   bool          // op waits for the end of its context, and returns the context's error; err only if there is no end
}

// way says which messages arrive.
type way int

const (
	answered way = iota // the request and the answer
	unsent              // none
	silent              // the request alone
)

var (
	errNoRoute = errors.New("no route to the bank")
	errBusy    = errors.New("the bank is busy")
	errReset   = errors.New("connection reset by peer")
	errAccount = errors.New("no such account")
)

// The reactions are made anew for each use, so that every attempt has an error of its own.

func succeeds() reaction {
	return reaction{bank: "deposits 50", learns: "receipt", applies: true}
}

func notSent() reaction {
	return reaction{way: unsent, learns: "NotSent", err: &retry.NotSent{Cause: errNoRoute}}
}

func refused(after time.Duration) reaction {
	r := reaction{bank: "refuses", learns: "Refused", err: &retry.Refused{RetryAfter: after, Cause: errBusy}}
	if after > 0 {
		r.learns = fmt.Sprintf("Refused, RetryAfter %v", after)
	}
	return r
}

func unknown() reaction {
	return reaction{way: silent, bank: "deposits 50", learns: "Unknown", applies: true, err: &retry.Unknown{Cause: errReset}}
}

// untyped is an error of no known kind.
func untyped(err error) reaction {
	return reaction{way: silent, bank: "deposits 50", learns: fmt.Sprintf("%q", err.Error()), applies: true, err: err}
}

func permanent() reaction {
	return reaction{bank: "no such account", learns: "Permanent", err: &retry.Permanent{Cause: errAccount}}
}

// hangs is a bank that does not answer; the attempt heeds its context.
func hangs() reaction {
	return reaction{way: silent, bank: "is slow", learns: "its context has ended", hangs: true}
}

// slowly is r after so long, whatever becomes of the context.
func slowly(takes time.Duration, r reaction) reaction {
	r.takes = takes
	return r
}

// wrapped is r whose error lies within others.
func wrapped(r reaction) reaction {
	r.err = fmt.Errorf("ticket machine 7: %w", fmt.Errorf("deposit: %w", r.err))
	r.learns = "wrapped " + r.learns
	return r
}

// patience is how long an attempt waits for the end of its context: longer than any scene, so that only wrong code makes it wait.
const patience = 1000 * time.Hour

// happens is what op does.
func (r reaction) happens(ctx context.Context) error {
	if !r.hangs {
		time.Sleep(r.takes)
		return r.err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(patience):
		return r.err
	}
}
