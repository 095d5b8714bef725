package philosophers_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch04-concurrency/philosophers"
	"scalelab/pkg/interleave"
)

// These tests are a part of what is graded, to read and to run while you work:
//
//	go test ./labs/ch04-concurrency/philosophers
//
// Where philosophers meet, a test gives a scenario to interleave.Explore, which runs it several times. Here, in plain `go test`,
// chance decides who goes first, and a table that can deadlock almost never does. The grader runs such scenarios in every order that
// matters.

// chopstick is a lock.
type chopstick struct{ lock sync.Mutex }

func (c *chopstick) PickUp()         { c.lock.Lock() }
func (c *chopstick) TryPickUp() bool { return c.lock.TryLock() }
func (c *chopstick) PutDown()        { c.lock.Unlock() }

// lay lays a table with so many chopsticks.
func lay(x *interleave.Run, seats int) (*philosophers.Table, []philosophers.Chopstick) {
	chopsticks := make([]philosophers.Chopstick, seats)
	for i := range chopsticks {
		c := &chopstick{}
		x.Name(&c.lock, fmt.Sprint("chopstick ", i))
		chopsticks[i] = c
	}
	return philosophers.NewTable(chopsticks), chopsticks
}

// isFree tells whether nobody holds c.
func isFree(c philosophers.Chopstick) bool {
	free := c.TryPickUp()
	if free {
		c.PutDown()
	}
	return free
}

func TestSheEatsWithHerTwoChopsticks(t *testing.T) {
	interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
		table, chopsticks := lay(x, 3)
		ate := false
		table.Dine(2, func() {
			ate = true
			require.False(x, isFree(chopsticks[2]), "the philosopher in seat 2 eats: she holds chopstick 2")
			require.False(x, isFree(chopsticks[0]), "the philosopher in seat 2 eats: she holds chopstick 0, because the table is round")
			require.True(x, isFree(chopsticks[1]), "chopstick 1 is not hers")
		})
		require.True(x, ate, "Dine called eat")
		for i, c := range chopsticks {
			require.True(x, isFree(c), "after the meal chopstick %d is back on the table", i)
		}
	})
}

func TestAPanicLeavesNoChopstickBehind(t *testing.T) {
	interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
		table, chopsticks := lay(x, 2)
		require.PanicsWithValue(x, "too hot", func() { table.Dine(0, func() { panic("too hot") }) })
		require.True(x, isFree(chopsticks[0]) && isFree(chopsticks[1]), "both chopsticks are back on the table")
	})
}

func TestThreePhilosophersAllEat(t *testing.T) {
	interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
		table, _ := lay(x, 3)
		var everyone sync.WaitGroup
		for seat := range 3 {
			everyone.Go(func() { table.Dine(seat, func() {}) })
		}
		everyone.Wait() // if they wait for each other in a ring, this never returns
	})
}

func TestTwoWhoShareNothingEatTogether(t *testing.T) {
	interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
		table, _ := lay(x, 4)
		var everyone, eating sync.WaitGroup
		eating.Add(2)
		for _, seat := range []int{0, 2} {
			everyone.Go(func() {
				table.Dine(seat, func() {
					eating.Done()
					eating.Wait() // goes on when both eat
				})
			})
		}
		everyone.Wait()
	})
}
