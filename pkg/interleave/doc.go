// Package interleave explores what the goroutines of a program can do to each other, finds the execution that goes wrong, makes it
// short, and tells it.
//
//	func TestNothingIsLost(t *testing.T) {
//		interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
//			c := &counter.Counter{}
//			var wg sync.WaitGroup
//			for range 2 {
//				wg.Go(c.Inc)
//			}
//			wg.Wait()
//			require.Equal(x, int64(2), c.Value(), "two Incs count two")
//		})
//	}
//
// The function is a scenario: ordinary Go, run again and again, each time in another order. Its code and that of the package under
// test must have been rewritten (package rewrite); then one goroutine runs at a time and package sched decides which. Without
// rewriting, in plain `go test`, the same scenario runs a number of times as chance has it: a visible test and a suite are one text.
//
// An exploration has fixed seeds and fixed counts, no clock: first random walks, then all executions with no pre-emption, with one,
// with two, up to a cap. The result is the same in every process and on every machine. What it may say is exact: "no failure in 300
// schedules", or, if the enumeration came to its end, "all schedules with up to 2 pre-emptions".
//
// Found without help of the scenario: data races (by vector clocks, also when they did no harm), deadlocks, goroutines left behind,
// livelocks, panics, and misuse of locks and channels. What the results must be, the scenario says itself, with require and x, or
// with a history that Linearizable checks.
//
// Rules for scenarios: two or three goroutines, a handful of operations each; nothing that lives longer than the scenario; no
// operation of another package that blocks.
package interleave
