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
		bill := t.eatUntilTheBill(0)
		t.x.Settle()
		t.sit(1)
		if t.last() > 1 {
			t.sit(t.last())
		}
		t.x.Settle()
		before := t.tries()
		for nap := time.Millisecond; nap < day; nap *= 10 { // the sooner a try is noticed, the shorter is the story
			time.Sleep(nap)
			if t.tries() > before {
				t.x.Errorf("%s is still eating, and nobody has put a chopstick down; but a neighbour who had to wait has slept and tried again", philosopher(0))
			}
		}
		close(bill)
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

// eatUntilTheBill lets philosophers dine who go on eating until the bill, which is returned, is closed.
func (t *table) eatUntilTheBill(seats ...int) chan struct{} {
	bill := make(chan struct{})
	t.x.Name(bill, "the bill")
	for _, seat := range seats {
		t.start(seat, func() { t.dine(seat, func() { <-bill }) })
	}
	return bill
}

// mustEatTogether lets two philosophers dine and looks whether both eat.
func (t *table) mustEatTogether(a, b int) {
	bill := t.eatUntilTheBill(a, b)
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
			t := lay(x, 2)
			t.Dine(0, func() {})
		})
		interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
			t := lay(x, 4)
			t.start(0, func() { t.Dine(0, func() {}) })
			t.start(1, func() { t.Dine(1, func() {}) })
			t.everyone.Wait()
		})
	})
}
