// Package counter_test is the hidden suite of the lab counter. The rules stand in the lab's lab.yaml.
//
// Each check is a scene of two or three goroutines and a few calls, played in every order that matters (package interleave). Gates
// count skiers, the display shows the number, the statistics take it and begin again.
package counter_test

import (
	"testing"

	"scalelab/labs/ch04-concurrency/counter"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestMain(m *testing.M) { check.Main(m) }

func TestCounts(t *testing.T) {
	explore(t, func(x *interleave.Run, c *counter.Counter) {
		equal(x, 0, c.Value(), "a new counter begins at 0")
		c.Inc()
		c.Inc()
		equal(x, 2, c.Value(), "two Incs count two")
		c.Add(40)
		equal(x, 42, c.Value(), "two Incs and Add(40)")
		c.Add(-43)
		equal(x, -1, c.Value(), "42, and then Add(-43)")
		c.Add(5_000_000_000)
		equal(x, 4_999_999_999, c.Value(), "-1, and then Add(5000000000)")
	})
}

func TestNoIncIsLost(t *testing.T) {
	explore(t, func(x *interleave.Run, c *counter.Counter) {
		together(x, somebody{"gate 1", c.Inc}, somebody{"gate 2", c.Inc})
		equal(x, 2, c.Value(), "two gates counted one skier each")
	})
}

func TestNoAddIsLost(t *testing.T) {
	explore(t, func(x *interleave.Run, c *counter.Counter) {
		together(x,
			somebody{"gate", c.Inc},
			somebody{"ski school", func() { c.Add(10) }},
			somebody{"bus", func() { c.Add(50) }},
		)
		equal(x, 61, c.Value(), "Inc, Add(10) and Add(50) were called")
	})
}

func TestValueWhileOthersCount(t *testing.T) {
	explore(t, func(x *interleave.Run, c *counter.Counter) {
		var first, second int64
		together(x,
			somebody{"gate", func() { c.Inc(); c.Inc() }},
			somebody{"display", func() { first = c.Value(); second = c.Value() }},
		)
		if first < 0 || second < first || second > 2 {
			x.Errorf("a gate called Inc twice, and meanwhile Value returned %d and then %d", first, second)
		}
		equal(x, 2, c.Value(), "a gate called Inc twice")
	})
}

func TestResetReturnsAndZeroes(t *testing.T) {
	explore(t, func(x *interleave.Run, c *counter.Counter) {
		equal(x, 0, c.Reset(), "nothing was counted yet")
		c.Add(7)
		equal(x, 7, c.Reset(), "Reset returns what was counted")
		equal(x, 0, c.Value(), "after Reset the counter is at 0")
		c.Inc()
		equal(x, 1, c.Reset(), "one was counted since the last Reset")
	})
}

func TestNothingIsLostAtReset(t *testing.T) {
	explore(t, func(x *interleave.Run, c *counter.Counter) {
		var taken int64
		together(x, somebody{"gate", func() { c.Inc(); c.Inc() }}, somebody{"statistics", func() { taken = c.Reset() }})
		if left := c.Value(); taken+left != 2 {
			x.Errorf("a gate called Inc twice; meanwhile Reset returned %d, and %d is left in the counter", taken, left)
		}
	})
}

func TestNothingIsTakenTwice(t *testing.T) {
	explore(t, func(x *interleave.Run, c *counter.Counter) {
		var statistics, report int64
		c.Add(5)
		together(x,
			somebody{"statistics", func() { statistics = c.Reset() }},
			somebody{"night report", func() { report = c.Reset() }},
		)
		if min(statistics, report) != 0 || max(statistics, report) != 5 {
			x.Errorf("5 were counted, and two Resets overlapped: one must return 5, the other 0; they returned %d and %d", statistics, report)
		}
		equal(x, 0, c.Value(), "after Reset the counter is at 0")
	})
}

func TestEveryCallIsOneStep(t *testing.T) {
	check.Run(t, func(t *check.T) {
		interleave.Explore(t, options, func(x *interleave.Run) {
			r := recorded{x, new(counter.Counter)}
			together(x,
				somebody{"gate", func() { r.inc(gate); r.add(gate, 10) }},
				somebody{"display", func() { r.value(display); r.value(display) }},
			)
			x.Linearizable(number)
		})
		interleave.Explore(t, options, func(x *interleave.Run) {
			r := recorded{x, new(counter.Counter)}
			together(x,
				somebody{"gate", func() { r.inc(gate); r.add(gate, 10) }},
				somebody{"statistics", func() { r.reset(statistics); r.value(statistics) }},
			)
			x.Linearizable(number)
		})
	})
}

func TestLeavesNoGoroutine(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, call := range []func(c *counter.Counter){
			func(c *counter.Counter) { c.Inc() },
			func(c *counter.Counter) { c.Add(2) },
			func(c *counter.Counter) { c.Value() },
			func(c *counter.Counter) { c.Reset() },
		} {
			interleave.Explore(t, interleave.Options{}, func(*interleave.Run) { call(new(counter.Counter)) })
		}
	})
}
