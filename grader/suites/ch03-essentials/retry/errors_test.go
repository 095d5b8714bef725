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
		s := (&scene{title: "Three kinds of failures", policy: idempotent(3), bank: []reaction{notSent(), wrapped(refused(0)), unknown()}}).play(t)
		s.expectTold()
		s.expectFound(found[*retry.Unknown]("*Unknown"))

		s = (&scene{title: "One attempt", policy: policy(4), bank: []reaction{permanent()}}).play(t)
		s.expectTold()
		s.expectFound(found[*retry.Permanent]("*Permanent"))
		s = (&scene{title: "One attempt is all", policy: policy(1), bank: []reaction{notSent()}}).play(t)
		s.expectTold()
		s = (&scene{title: "An error of no known kind", policy: policy(4), bank: []reaction{notSent(), untyped(io.ErrUnexpectedEOF)}}).play(t)
		s.expectTold()

		p := policy(4)
		p.Base, p.Cap = time.Hour, time.Hour
		s = (&scene{title: "Base 1h; ctx is cancelled during the sleep", policy: p, bank: times(4, notSent), ctx: cancelledAt(time.Minute)}).play(t)
		s.expectTold()
		s.expectFound(found[*retry.NotSent]("*NotSent"))
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

	ended := func(err error) string { return fmt.Sprintf("Context: %v", err) }
	s.same(ended(s.contextError()), ended(told.Context), len(s.attempts), "Context is ctx.Err() when Do gave up")

	if len(returned) > 0 {
		last := returned[len(returned)-1]
		is := func(ok bool) string { return fmt.Sprintf("errors.Is finds the last attempt's error: %t", ok) }
		s.same(is(true), is(errors.Is(s.err, last)), len(s.attempts), "the error of Do wraps the last attempt's error")
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

// query says whether an error of some type is found.
type query struct {
	name string
	find func(error) bool
}

func found[E error](name string) query {
	return query{name, func(err error) bool {
		var e E
		return errors.As(err, &e)
	}}
}

func (s *scene) expectFound(q query) {
	s.t.Helper()
	as := func(ok bool) string { return fmt.Sprintf("errors.As finds %s in the error of Do: %t", q.name, ok) }
	s.same(as(true), as(q.find(s.err)), len(s.attempts), "errors.As finds the last attempt's error in that of Do")
}
