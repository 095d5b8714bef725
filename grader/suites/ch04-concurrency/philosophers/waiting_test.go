package philosophers_test

import (
	"testing"
	"time"

	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

// A day is long bill for everybody who looks from time to time to have looked.
const day = 24 * time.Hour

func TestNobodyPolls(t *testing.T) {
	explore(t, []int{2, 4}, func(t *table) {
		t.dine(0, func() {
			t.sit(1)
			if t.last() > 1 {
				t.sit(t.last())
			}
			t.x.Settle()
			before := t.tries()
			time.Sleep(day)
			if n := t.tries() - before; n > 0 {
				t.x.Errorf("%s eats for a day, and no chopstick is put down; meanwhile her neighbours tried %d times to pick one up", philosopher(0), n)
			}
		})
		t.everyone.Wait()
	})
}

func (t *table) tries() int {
	n := 0
	for _, c := range t.sticks {
		n += c.tries.Get()
	}
	return n
}

func TestThoseWhoShareNothingEatTogether(t *testing.T) {
	explore(t, []int{4, 5},
		func(t *table) { t.mustEatTogether(0, 2) },
		func(t *table) { t.mustEatTogether(t.last()-2, t.last()) },
	)
}

// mustEatTogether lets two philosophers dine, who go on eating until both have been looked at.
func (t *table) mustEatTogether(a, b int) {
	bill := make(chan struct{})
	t.x.Name(bill, "the bill")
	for _, seat := range []int{a, b} {
		t.start(seat, func() { t.dine(seat, func() { <-bill }) })
	}
	t.x.Settle()
	for _, seat := range []int{a, b} {
		if other := a + b - seat; t.sticks[seat].eater.Get() == "" {
			t.x.Errorf("%s and %s share no chopstick, and nobody else dines; but while %s eats, %s has to wait",
				philosopher(a), philosopher(b), philosopher(other), philosopher(seat))
		}
	}
	close(bill)
	t.everyone.Wait()
}

func TestLeavesNoGoroutine(t *testing.T) {
	check.Run(t, func(t *check.T) {
		interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
			t := lay(x, 4)
			t.sit(0)
			t.sit(1)
			t.everyone.Wait()
		})
	})
}
