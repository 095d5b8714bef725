package counter_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch04-concurrency/counter"
	"scalelab/pkg/interleave"
)

// These tests are a part of what is graded, to read and to run while you work:
//
//	go test ./labs/ch04-concurrency/counter
//
// Where goroutines meet, a test gives a scenario to interleave.Explore, which runs it several times. Here, in plain `go test`, chance
// decides which goroutine goes first, so a wrong counter often passes. The grader runs such scenarios in every order that matters.

func TestItCounts(t *testing.T) {
	var c counter.Counter // the zero value is ready
	require.EqualValues(t, 0, c.Value(), "nobody has counted yet")
	c.Inc()
	c.Inc()
	require.EqualValues(t, 2, c.Value(), "two Incs count two")
	c.Add(40)
	c.Add(-2)
	require.EqualValues(t, 40, c.Value(), "2 + 40 - 2")
}

func TestResetBeginsAgain(t *testing.T) {
	var c counter.Counter
	c.Add(7)
	require.EqualValues(t, 7, c.Reset(), "Reset returns what was counted")
	require.EqualValues(t, 0, c.Value(), "after Reset the counter begins again")
}

func TestTwoGatesCountIntoOneCounter(t *testing.T) {
	interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
		var c counter.Counter
		var gates sync.WaitGroup
		for range 2 {
			gates.Go(func() {
				for range 3 {
					c.Inc()
				}
			})
		}
		gates.Wait()
		require.EqualValues(x, 6, c.Value(), "two gates counted three skiers each")
	})
}

func TestASkierIsNeverLostWhenTheStatisticsResetTheCounter(t *testing.T) {
	interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
		var c counter.Counter
		var gate sync.WaitGroup
		gate.Go(c.Inc)
		taken := c.Reset()
		gate.Wait()
		require.EqualValues(x, 1, taken+c.Value(), "one skier went through: Reset took her, or she is still in the counter")
	})
}
