// Package context stands in for the standard library's context in code under control. Context, the functions' types and the errors
// are the standard library's own, so contexts can be handed to code that is not rewritten; a cancellation travels by the
// scheduler's channels and virtual time.
package context

import (
	"context"
	"fmt"

	"scalelab/pkg/interleave/det/time"
	"scalelab/pkg/interleave/sched"
)

// What is the standard library's own.
type (
	Context         = context.Context
	CancelFunc      = context.CancelFunc
	CancelCauseFunc = context.CancelCauseFunc
)

var (
	Canceled         = context.Canceled
	DeadlineExceeded = context.DeadlineExceeded
)

func Background() Context                            { return context.Background() }
func TODO() Context                                  { return context.TODO() }
func WithValue(parent Context, key, val any) Context { return context.WithValue(parent, key, val) }

// WithCancel returns a copy of parent that cancel, or parent's end, ends.
func WithCancel(parent Context) (ctx Context, cancel CancelFunc) {
	c := newContext(parent, "WithCancel")
	return c, func() { c.cancel(Canceled, nil) }
}

// WithCancelCause is WithCancel with a cause.
func WithCancelCause(parent Context) (ctx Context, cancel CancelCauseFunc) {
	c := newContext(parent, "WithCancel")
	return c, func(cause error) { c.cancel(Canceled, cause) }
}

// WithTimeout is WithDeadline at the present time plus timeout.
func WithTimeout(parent Context, timeout time.Duration) (Context, CancelFunc) {
	return WithTimeoutCause(parent, timeout, nil)
}

// WithTimeoutCause is WithTimeout with a cause.
func WithTimeoutCause(parent Context, timeout time.Duration, cause error) (Context, CancelFunc) {
	return WithDeadlineCause(parent, time.Now().Add(timeout), cause)
}

// WithDeadline returns a copy of parent that also ends at d.
func WithDeadline(parent Context, d time.Time) (Context, CancelFunc) {
	return WithDeadlineCause(parent, d, nil)
}

// WithDeadlineCause is WithDeadline with a cause.
func WithDeadlineCause(parent Context, d time.Time, cause error) (Context, CancelFunc) {
	if parent == nil {
		panic("cannot create context from nil parent")
	}
	if earlier, ok := parent.Deadline(); ok && earlier.Before(d) {
		return WithCancel(parent)
	}
	c := newContext(parent, fmt.Sprintf("WithDeadline(%s [%s])", d, time.Until(d)))
	c.deadline, c.timed = d, true
	if time.Until(d) <= 0 {
		c.cancel(DeadlineExceeded, cause)
		return c, func() { c.cancel(Canceled, nil) }
	}
	if c.err == nil {
		c.timer = time.AfterFunc(time.Until(d), func() { c.cancel(DeadlineExceeded, cause) })
	}
	return c, func() { c.cancel(Canceled, nil) }
}

// Cause returns why ctx ended.
func Cause(ctx Context) error {
	c, ok := ctx.Value(&own).(*cancellable)
	if !ok {
		return context.Cause(ctx)
	}
	if s := c.begin("cause"); s != nil {
		s.Acquired(&c.obj, "")
	}
	return c.cause
}

// WithoutCancel returns a copy of parent that parent's end does not end.
func WithoutCancel(parent Context) Context {
	if parent == nil {
		panic("cannot create context from nil parent")
	}
	return withoutCancel{parent}
}

type withoutCancel struct{ parent Context }

func (withoutCancel) Deadline() (deadline time.Time, ok bool) { return }
func (withoutCancel) Done() <-chan struct{}                   { return nil }
func (withoutCancel) Err() error                              { return nil }
func (c withoutCancel) Value(key any) any {
	if key == &own {
		return nil
	}
	return c.parent.Value(key)
}

// AfterFunc calls f in its own goroutine once ctx has ended. stop prevents it and reports whether it did.
func AfterFunc(ctx Context, f func()) (stop func() bool) {
	a := &afterFunc{f: f}
	a.cancellable = *bare(ctx, "AfterFunc")
	a.follow(ctx, a)
	return func() bool {
		s := a.begin("stop")
		was := !a.ran
		a.ran = true
		a.leave(a)
		if s != nil {
			s.Did("")
		}
		return was
	}
}

// afterFunc is a child that runs a function instead of ending.
type afterFunc struct {
	cancellable
	f   func()
	ran bool
}

func (a *afterFunc) end(err, cause error) {
	if a.ran {
		return
	}
	a.ran = true
	if s := sched.Current(); s != nil {
		s.CallSite()
	}
	sched.Go(nil, a.f)
}
