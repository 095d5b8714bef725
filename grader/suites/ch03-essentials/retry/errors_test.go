package retry_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"scalelab/labs/ch03-essentials/retry"
	"scalelab/pkg/check"
)

func TestErrorTellsEveryAttempt(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		s := (&scene{title: "Three kinds of failures", policy: policy(3), bank: []reaction{notSent(), wrapped(refused(0)), unknown(), permanent()}}).play(t)
		s.expectTold()
		s = (&scene{title: "One attempt", policy: policy(4), bank: times(9, permanent)}).play(t)
		s.expectTold()
		s = (&scene{title: "One attempt is all", policy: policy(1), bank: []reaction{wrapped(notSent()), permanent()}}).play(t)
		s.expectTold()
		eof := untyped(io.ErrUnexpectedEOF)
		s = (&scene{title: "An error of no known kind", policy: notIdempotent(4), bank: []reaction{refused(0), eof, permanent()}}).play(t)
		s.expectTold()

		timed, slow := policy(2), hangs()
		timed.PerTry, slow.err = time.Second, &retry.Unknown{Cause: errReset}
		s = (&scene{title: "PerTry is 1s, and ctx does not end", policy: timed, bank: []reaction{slow, slow, permanent()}}).play(t)
		s.expectTold()
		broke := policy(4)
		broke.Budget = retry.NewBudget(1, 0)
		for _, tokens := range []string{"The budget has 1 token", "The budget is empty"} {
			s = (&scene{title: tokens, policy: broke, bank: times(9, notSent)}).play(t)
			s.expectTold()
		}

		p := policy(4)
		p.Base, p.Cap = time.Hour, time.Hour
		s = (&scene{title: "Base 1h; the deadline is sooner", policy: p, bank: times(9, notSent), ctx: deadlineAt(10 * time.Second)}).play(t)
		s.expectTold()
		s = (&scene{title: "Base 1h; ctx is cancelled during the sleep", policy: p, bank: times(4, notSent), ctx: cancelledAt(time.Minute)}).play(t)
		s.expectTold()
		s = (&scene{title: "ctx has ended before the call", policy: policy(4), ctx: cancelledAt(-1)}).play(t)
		s.expectTold()
	})
}

// expectTold demands an *Attempts that tells what happened.
func (s *scene) expectTold() {
	s.t.Helper()
	var told *retry.Attempts
	has := func(ok bool) string { return fmt.Sprintf("errors.As finds *Attempts in the error of Do: %t", ok) }
	s.same(has(true), has(errors.As(s.err, &told) && told != nil), len(s.attempts), "the error of Do holds an *Attempts")

	var returned []error
	for _, a := range s.attempts {
		returned = append(returned, a.err)
	}
	s.same("Errs: "+s.named(returned), "Errs: "+s.named(told.Errs), len(s.attempts), "Errs lists what the attempts returned, in their order and as they were")

	var want error
	if s.returned >= s.ctx.at { // otherwise ctx had not ended yet
		want = s.contextError()
	}
	ended := func(err error) string { return fmt.Sprintf("Context: %v", err) }
	s.same(ended(want), ended(told.Context), len(s.attempts), "Context is ctx.Err() when Do gave up")

	if len(returned) > 0 {
		s.expectFound(returned[len(returned)-1])
	}
}

// named says which attempt each error comes from.
func (s *scene) named(errs []error) string {
	names := []string{}
	for _, err := range errs {
		name := "an error that no attempt has returned"
		for i, a := range s.attempts {
			if err == a.err {
				name = fmt.Sprintf("that of attempt %d", i+1)
			}
		}
		if err == nil {
			name = "nil"
		}
		names = append(names, name)
	}
	return "[" + strings.Join(names, ", ") + "]"
}

// expectFound demands that the last attempt's error and its kind are found in that of Do.
func (s *scene) expectFound(last error) {
	s.t.Helper()
	is := func(ok bool) string { return fmt.Sprintf("errors.Is finds the last attempt's error: %t", ok) }
	s.same(is(true), is(errors.Is(s.err, last)), len(s.attempts), "the error of Do wraps the last attempt's error")
	as := func(kind string) string { return "errors.As finds " + kind }
	s.same(as(kind(last)), as(kind(s.err)), len(s.attempts), "errors.As finds in the error of Do what it finds in the last attempt's")
}

// kind is the outcome that errors.As finds.
func kind(err error) string {
	var (
		notSent   *retry.NotSent
		refused   *retry.Refused
		unknown   *retry.Unknown
		permanent *retry.Permanent
	)
	switch {
	case errors.As(err, &notSent):
		return "*NotSent"
	case errors.As(err, &refused):
		return "*Refused"
	case errors.As(err, &unknown):
		return "*Unknown"
	case errors.As(err, &permanent):
		return "*Permanent"
	}
	return "no kind of outcome"
}
