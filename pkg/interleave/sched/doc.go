// Package sched is a scheduler for goroutines that the kit controls.
//
// A Go program leaves it to chance which goroutine runs next, and a test that depends on chance cannot grade. Here chance is
// taken away. Code rewritten by package rewrite calls this package wherever goroutines meet: at locks, channels, atomics, timers
// and go statements. Each goroutine of such a program is a Task, and
//
//	one task runs at a time. It runs until its next scheduling point, a moment just before an operation that others can notice.
//	There a Picker says who goes on.
//
// Everything else follows from that sentence:
//
//	the same picks give the same execution, so a failure can be replayed;
//	blocked is a predicate (Waiter), so that a state in which nobody can go on is seen exactly and at once: a deadlock, or
//	a leak when the main task is over;
//	time is virtual and moves only when nobody can go on;
//	who happens before whom is known (vector clocks), so that a data race is found even when it did no harm;
//	a goroutine that is no task, because code which was not rewritten has started it, is noticed at its first operation, and the
//	execution is not judged.
//
// Between two scheduling points a task runs alone. For a program without data races that loses nothing: what happens between two
// synchronising operations cannot be noticed by anybody else. Where a race is found, the explorer makes the racing accesses
// scheduling points as well (Config.YieldAt) and so shows what damage they do.
//
// Outside an execution (package initialisation, code before and after Explore) every operation acts at once and alone; one that
// would have to wait panics.
package sched
