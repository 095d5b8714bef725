package retry_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch03-essentials/retry"
)

// These tests are a part of what is graded, in a form that can be read. With them green your interface is right; the graded checks
// look into every corner that the README describes.
//
// They run in a synctest bubble, where time is virtual: when every goroutine waits, it jumps to the next moment at which one wakes. So
// the moments below are exact, and nobody waits for them.

// bank answers the nth call with the nth error, and with nil when there are no more. It notes when it was called.
type bank struct {
	began   time.Time
	answers []error
	calls   []time.Duration
}

func newBank(answers ...error) *bank { return &bank{began: time.Now(), answers: answers} }

func (b *bank) deposit(context.Context) error {
	b.calls = append(b.calls, time.Since(b.began))
	if len(b.calls) > len(b.answers) {
		return nil
	}
	return b.answers[len(b.calls)-1]
}

// policy is up to four attempts; Rand always returns 0.5.
func policy() retry.Policy {
	return retry.Policy{MaxAttempts: 4, Base: time.Second, Cap: time.Minute, Rand: func() float64 { return 0.5 }}
}

func notSent() error { return &retry.NotSent{Cause: errors.New("no route")} }

func TestFirstSuccessIsEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBank()
		require.NoError(t, retry.Do(t.Context(), b.deposit, policy()))
		require.Len(t, b.calls, 1)
	})
}

func TestSleepsDouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBank(notSent(), notSent(), notSent())
		require.NoError(t, retry.Do(t.Context(), b.deposit, policy()))
		// The limits of the sleeps are 1s, 2s and 4s, and Rand makes half of each.
		require.Equal(t, []time.Duration{0, 500 * time.Millisecond, 1500 * time.Millisecond, 3500 * time.Millisecond}, b.calls)
	})
}

func TestGivesUpAfterMaxAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failures := []error{notSent(), notSent(), notSent(), notSent(), notSent()}
		b := newBank(failures...)
		err := retry.Do(t.Context(), b.deposit, policy())
		require.Len(t, b.calls, 4)
		require.Equal(t, 3500*time.Millisecond, time.Since(b.began), "there is no sleep after the last attempt")

		var attempts *retry.Attempts
		require.ErrorAs(t, err, &attempts)
		require.Equal(t, failures[:4], attempts.Errs)
		require.ErrorIs(t, err, failures[3], "the last attempt's error")
	})
}

func TestPermanentIsNotRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBank(fmt.Errorf("deposit: %w", &retry.Permanent{Cause: errors.New("no such account")}))
		require.Error(t, retry.Do(t.Context(), b.deposit, policy()))
		require.Len(t, b.calls, 1)
	})
}

func TestUnknownIsRepeatedIfIdempotent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := policy()
		b := newBank(&retry.Unknown{Cause: io.EOF})
		require.Error(t, retry.Do(t.Context(), b.deposit, p))
		require.Len(t, b.calls, 1, "the first deposit may have been made; a second one would be the customer's loss")

		p.Idempotent = true
		b = newBank(&retry.Unknown{Cause: io.EOF})
		require.NoError(t, retry.Do(t.Context(), b.deposit, p))
		require.Len(t, b.calls, 2)
	})
}

func TestRetryAfterIsHeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBank(&retry.Refused{RetryAfter: 3 * time.Minute})
		require.NoError(t, retry.Do(t.Context(), b.deposit, policy()))
		require.Equal(t, []time.Duration{0, 3 * time.Minute}, b.calls)
	})
}

func TestCancelledDuringASleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, cancel)
		b := newBank(&retry.Refused{RetryAfter: time.Hour})
		require.ErrorIs(t, retry.Do(ctx, b.deposit, policy()), context.Canceled)
		require.Equal(t, time.Minute, time.Since(b.began))
		require.Len(t, b.calls, 1)
	})
}

func TestBudgetIsForRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := policy()
		p.Budget = retry.NewBudget(2, 0.5)
		b := newBank(notSent(), notSent(), notSent(), notSent())
		require.Error(t, retry.Do(t.Context(), b.deposit, p))
		require.Len(t, b.calls, 3, "one attempt is free, and there are two tokens for retries")
	})
}
