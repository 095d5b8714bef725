package retry_test

import (
	"fmt"
	"testing"
	"time"

	"scalelab/pkg/check"
)

func TestSleepsGrowWithFullJitter(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		for range 2 { // the second call of Do begins anew
			s := (&scene{
				title:  "Base 1s; Rand returns 0.5, 0.25, 0.75, 0, 0.5",
				policy: policy(6), bank: times(5, notSent), rand: []float64{0.5, 0.25, 0.75, 0, 0.5},
			}).play(t)
			s.expectSleeps(500*time.Millisecond, 500*time.Millisecond, 3*time.Second, 0, 8*time.Second)
		}
		s := (&scene{
			title:  "The bank asks for rest; Rand returns 0.5, 0.9, 0.75",
			policy: policy(4), bank: []reaction{refused(1500 * time.Millisecond), notSent(), notSent()}, rand: []float64{0.5, 0.9, 0.75, 0},
		}).play(t)
		s.expectSuccess(4, "Do calls op again until it returns nil")
		s.same(slept(2, 3*time.Second), slept(2, s.sleeps()[2]), 3, "Rand is called exactly once for each sleep, also if RetryAfter is longer")
	})
}

func TestNoSleepIsLongerThanCap(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		p := policy(100)
		p.Cap = 10 * time.Second
		s := (&scene{title: "Base 1s, Cap 10s; Rand always returns 0.5", policy: p, bank: times(99, notSent)}).play(t)
		s.expectLimits(time.Second, 2*time.Second, 4*time.Second, 8*time.Second, p.Cap)

		p.Base = time.Minute
		s = (&scene{title: "Base 1m, Cap 10s; Rand always returns 0.5", policy: p, bank: times(99, notSent)}).play(t)
		s.expectLimits(p.Cap)

		p.Base, p.Cap = time.Hour, 48*time.Hour
		s = (&scene{title: "Base 1h, Cap 48h; Rand always returns 0.5", policy: p, bank: times(9, notSent)}).play(t)
		s.expectLimits(p.Base, 2*p.Base, 4*p.Base, 8*p.Base, 16*p.Base, 32*p.Base, p.Cap)
	})
}

// expectSleeps demands these sleeps, and no others.
func (s *scene) expectSleeps(want ...time.Duration) {
	s.t.Helper()
	s.expectSuccess(len(want)+1, "Do calls op again until it returns nil")
	for n, got := range s.sleeps() {
		s.same(slept(n, want[n]), slept(n, got), n+1, "sleep n takes Rand() · min(Cap, Base · 2ⁿ), and n counts from 0")
	}
}

// expectLimits demands sleeps of half their limits. The last limit is that of all sleeps that follow.
func (s *scene) expectLimits(limits ...time.Duration) {
	s.t.Helper()
	s.expectSuccess(len(s.bank)+1, "Do calls op again until it returns nil")
	for n, got := range s.sleeps() {
		limit := limits[min(n, len(limits)-1)]
		s.same(slept(n, limit/2), slept(n, got), n+1, fmt.Sprintf("sleep %d takes Rand() · min(Cap, Base · 2ⁿ) for n = %d", n, n))
	}
}

func slept(n int, d time.Duration) string { return fmt.Sprintf("sleep %d takes %v", n, d) }

func TestRetryAfterIsTheLeast(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		for _, r := range []reaction{refused(3 * time.Minute), wrapped(refused(3 * time.Minute))} {
			p := policy(4)
			p.Cap = 10 * time.Second
			s := (&scene{title: "Cap is 10s", policy: p, bank: []reaction{r, notSent()}}).play(t)
			s.expectSuccess(3, "after Refused Do tries again")
			sleeps := s.sleeps()
			s.same(slept(0, 3*time.Minute), slept(0, sleeps[0]), 1, "the sleep takes RetryAfter if that is longer than Rand() · min(Cap, Base · 2ⁿ)")
			s.same(within(1, p.Cap), atMost(1, sleeps[1], p.Cap), 2, "a RetryAfter counts for the sleep that follows it, not for later ones")
		}
		p := policy(4)
		p.Base = time.Minute
		s := (&scene{title: "Base and Cap are 1m; Rand returns 0.5", policy: p, bank: []reaction{refused(time.Second)}}).play(t)
		s.expectSuccess(2, "after Refused Do tries again")
		got := s.sleeps()[0]
		s.same(beyond(0, time.Second), atLeast(0, got, 30*time.Second, time.Second), 1,
			"the sleep takes Rand() · min(Cap, Base · 2ⁿ) if that is longer than RetryAfter")
	})
}

func within(n int, limit time.Duration) string {
	return fmt.Sprintf("sleep %d takes %v at most", n, limit)
}

func atMost(n int, got, limit time.Duration) string {
	if got <= limit {
		return within(n, limit)
	}
	return slept(n, got)
}

func beyond(n int, least time.Duration) string {
	return fmt.Sprintf("sleep %d takes longer than %v", n, least)
}

// atLeast is beyond(n, least) if the sleep is as long as it must be.
func atLeast(n int, got, must, least time.Duration) string {
	if got >= must {
		return beyond(n, least)
	}
	return slept(n, got)
}
