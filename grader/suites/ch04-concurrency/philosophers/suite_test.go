// Package philosophers_test is the hidden suite of the lab philosophers. The rules stand in the lab's lab.yaml.
//
// Each check lays a table and plays a scene at it in every order that matters (package interleave).
package philosophers_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"scalelab/labs/ch04-concurrency/philosophers"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestMain(m *testing.M) { check.Main(m) }

func TestRefusesWhatMakesNoSense(t *testing.T) {
	check.Run(t, func(t *check.T) {
		interleave.Explore(t, options, func(x *interleave.Run) {
			one := &chopstick{x: x, name: "chopstick 0"}
			for _, few := range [][]philosophers.Chopstick{nil, {one}} {
				mustRefuse(x, fmt.Sprintf("NewTable with %d chopsticks", len(few)), func() { philosophers.NewTable(few) })
			}
			t := lay(x, 2)
			mustRefuse(x, "Dine(0, nil)", func() { t.Dine(0, nil) })
			t.mustBeLaid("Dine(0, nil) has panicked")
		})
	})
}

func mustRefuse(x *interleave.Run, what string, f func()) {
	switch message, panicked := check.PanicOf(f); {
	case !panicked:
		x.Errorf("%s returned; it must panic", what)
	case !strings.Contains(message, "philosophers"):
		x.Errorf("%s panicked with %q; the message must contain \"philosophers\"", what, message)
	}
}

func TestBothChopsticksAreHeldWhileEating(t *testing.T) {
	explore(t, []int{2, 3, 4, 5}, func(t *table) {
		for seat := range t.sticks {
			t.dine(seat, func() {})
			for _, c := range t.sticks { // which of them are back is another check's business
				if c.held.Get() {
					return
				}
			}
		}
	})
}

func TestNeighboursNeverEatTogether(t *testing.T) {
	explore(t, []int{3, 5},
		func(t *table) { t.sit(0); t.sit(1); t.everyone.Wait() },
		func(t *table) { t.sit(t.last()); t.sit(0); t.everyone.Wait() },
	)
}

func TestChopsticksAreBackAfterDine(t *testing.T) {
	explore(t, []int{2, 3, 4, 5}, func(t *table) {
		for seat := range t.sticks {
			t.Dine(seat, func() {})
			t.mustBeLaid(fmt.Sprintf("Dine(%d, eat) has returned, and nobody else dines", seat))
		}
	})
}

func TestPanicOfEatGoesOn(t *testing.T) {
	explore(t, []int{2, 5}, func(t *table) {
		for seat := range t.sticks {
			t.mustPanicTooHot(seat)
			t.mustBeLaid(fmt.Sprintf("eat panicked in Dine(%d, eat), and nobody else dines", seat))
		}
	})
}

var errTooHot = errors.New("the soup is too hot")

// mustPanicTooHot demands that Dine panics with the very value that eat has panicked with.
func (t *table) mustPanicTooHot(seat int) {
	switch v := check.PanicValue(func() { t.Dine(seat, func() { panic(errTooHot) }) }); v {
	case errTooHot:
	case nil:
		t.x.Errorf("eat panicked, but Dine(%d, eat) returned as if nothing had happened", seat)
	default:
		t.x.Errorf("eat panicked with the error %q, but Dine(%d, eat) with %q, a %T", errTooHot, seat, fmt.Sprint(v), v)
	}
}

func TestFivePhilosophersAllEat(t *testing.T) { explore(t, []int{5}, everybody) }

func TestFewerPhilosophersAllEat(t *testing.T) {
	check.Run(t, func(t *check.T) {
		play(t, inStep, []int{2, 3}, everybody)
		play(t, options, []int{2, 3, 4}, everybody)
	})
}

// everybody dines, each in her own time.
func everybody(t *table) {
	for seat := range t.sticks {
		t.sit(seat)
	}
	t.everyone.Wait()
}

func TestEverybodyEatsAgain(t *testing.T) {
	explore(t, []int{2, 3}, func(t *table) {
		for seat := range t.sticks {
			t.start(seat, func() {
				t.dine(seat, func() {})
				t.dine(seat, func() {})
			})
		}
		t.everyone.Wait()
	})
}
