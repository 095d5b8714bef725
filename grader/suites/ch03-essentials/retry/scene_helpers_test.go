package retry_test

import (
	"context"
	"fmt"
	"sync"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch03-essentials/retry"
	"scalelab/pkg/check"
)

// scene is one call of Do, and afterwards what became of it.
type scene struct {
	t      *check.T
	title  string
	policy retry.Policy
	bank   []reaction // to the attempts; after the last one deposits succeed
	ctx    ending
	rand   []float64 // what Rand returns, the last one again and again; 0.5 if there is none

	began    time.Time
	mu       sync.Mutex
	attempts []*attempt
	drawn    int // calls of Rand
	returned time.Duration
	err      error
}

// ending says how the caller's context ends: at a moment counted from the call of Do, negative for before it. The zero value never does.
type ending struct {
	at       time.Duration
	deadline bool // rather than a cancellation
}

func cancelledAt(at time.Duration) ending { return ending{at: at} }
func deadlineAt(at time.Duration) ending  { return ending{at: at, deadline: true} }

// attempt is one call of op.
type attempt struct {
	reaction
	began, ended time.Duration
	running      bool
	err          error // what op returned
	ctx          context.Context
	stale        bool // the context of an attempt before had not ended when this one began
	lingers      bool // its own context had not ended when Do slept after it, or returned
}

// policy is what scenes begin with: an idempotent operation, unless the check is about that.
func policy(attempts int) retry.Policy {
	return retry.Policy{MaxAttempts: attempts, Base: time.Second, Cap: time.Minute, Idempotent: true}
}

func notIdempotent(attempts int) retry.Policy {
	p := policy(attempts)
	p.Idempotent = false
	return p
}

type marker struct{}

// play calls Do and notes what happens, until everybody has come to rest: whoever wakes at the moment in which Do returns is not
// later than Do.
func (s *scene) play(t *check.T) *scene {
	t.Helper()
	s.call(t)
	synctest.Wait()
	return s
}

func (s *scene) call(t *check.T) {
	t.Helper()
	s.t, s.began = t, time.Now()
	ctx, cancel := s.ctx.of(context.WithValue(t.Context(), marker{}, "the caller's"))
	defer cancel()
	s.policy.Rand = s.random
	s.err = retry.Do(ctx, s.op, s.policy)
	s.returned = time.Since(s.began)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.attempts {
		a.lookBack()
	}
}

// lookBack notes whether the attempt's context is still alive.
func (a *attempt) lookBack() { a.lingers = a.lingers || a.ctx.Err() == nil }

func (e ending) of(ctx context.Context) (context.Context, context.CancelFunc) {
	switch {
	case e == (ending{}):
		return context.WithCancel(ctx)
	case e.deadline:
		return context.WithDeadline(ctx, time.Now().Add(e.at))
	}
	ctx, cancel := context.WithCancel(ctx)
	if e.at < 0 {
		cancel()
	} else {
		time.AfterFunc(e.at, cancel)
	}
	return ctx, cancel
}

func (s *scene) random() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drawn++
	if len(s.rand) == 0 {
		return 0.5
	}
	return s.rand[min(s.drawn, len(s.rand))-1]
}

// soon after an attempt Do sleeps, or has returned.
const soon = time.Millisecond

// op is the operation that Do is called with.
func (s *scene) op(ctx context.Context) error {
	a := s.begin(ctx)
	err := a.happens(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	a.running, a.ended, a.err = false, time.Since(s.began), err
	if s.policy.PerTry > 0 {
		time.AfterFunc(soon, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			a.lookBack()
		})
	}
	return err
}

// begin notes a new attempt. Once the scene's reactions are used up the bank is well, so even a Do that never gives up comes to an end.
func (s *scene) begin(ctx context.Context) *attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &attempt{reaction: succeeds(), began: time.Since(s.began), running: true, ctx: ctx}
	if n := len(s.attempts); n < len(s.bank) {
		a.reaction = s.bank[n]
	}
	for _, before := range s.attempts {
		a.stale = a.stale || before.ctx.Err() == nil
	}
	s.attempts = append(s.attempts, a)
	return a
}

// ended is when the last attempt returned.
func (s *scene) ended() time.Duration {
	if len(s.attempts) == 0 {
		return 0
	}
	return s.attempts[len(s.attempts)-1].ended
}

// sleeps are the times between attempts.
func (s *scene) sleeps() (all []time.Duration) {
	for i := 1; i < len(s.attempts); i++ {
		all = append(all, s.attempts[i].began-s.attempts[i-1].ended)
	}
	return all
}

// expectSuccess demands so many attempts, and nil in the end.
func (s *scene) expectSuccess(attempts int, rule string) {
	s.t.Helper()
	s.same(counted(attempts, true), counted(len(s.attempts), s.err == nil), attempts, rule)
}

// expectFailure demands so many attempts, and an error in the end.
func (s *scene) expectFailure(attempts int, rule string) {
	s.t.Helper()
	s.same(counted(attempts, false), counted(len(s.attempts), s.err == nil), attempts, rule)
}

func counted(attempts int, success bool) string {
	what := fmt.Sprintf("%d attempts", attempts)
	if attempts == 1 {
		what = "1 attempt"
	}
	if success {
		return what + ", and Do returns nil"
	}
	return what + ", and Do returns an error"
}

// left says whether attempt i was still running when the next one began, or when Do returned.
func (s *scene) left(i int) bool {
	a, next := s.attempts[i], s.returned
	if i+1 < len(s.attempts) {
		next = s.attempts[i+1].began
	}
	return a.running || a.ended > next
}

// expectWaited demands that Do has waited for every attempt.
func (s *scene) expectWaited() {
	s.t.Helper()
	running := func(i int, is bool) string {
		return fmt.Sprintf("attempt %d is still running when Do goes on: %t", i+1, is)
	}
	for i := range s.attempts {
		s.same(running(i, false), running(i, s.left(i)), i+1, "Do waits until op has returned; attempts never overlap")
	}
}

// expectReturn demands that Do has returned at this moment.
func (s *scene) expectReturn(at time.Duration, rule string) {
	s.t.Helper()
	s.expectWaited()
	s.same(fmt.Sprintf("Do returns at %v", at), fmt.Sprintf("Do returns at %v", s.returned), len(s.attempts), rule)
}

// same demands that got is what was wanted, and else shows the scene. look is the index of the attempt to look at; if there is none, it
// is the return of Do.
func (s *scene) same(want, got string, look int, rule string) {
	s.t.Helper()
	if want != got {
		s.draw(want, got, look)
	}
	require.Equal(s.t, want, got, rule)
}
