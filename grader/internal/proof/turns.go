package proof

import (
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"time"
)

// turns lets a lab's mutants begin a few at a time, so that of many labs that are proved at once all come forward, and none after the time is
// up. What must get full marks, or none, never waits for a turn and is never left out.
type turns struct {
	until   time.Time // zero: no end
	free    chan struct{}
	leftOut atomic.Int32
}

func newTurns(until time.Time) *turns {
	return &turns{until: until, free: make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))}
}

// order is the one in which n subjects are to be graded. Where some may be left out it is another one every time, so that they are others every
// time; what the others come to does not depend on it.
func (t *turns) order(n int) []int {
	if !t.until.IsZero() {
		return rand.Perm(n)
	}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// take waits for the subject's turn; false if that comes too late.
func (t *turns) take(subject *Row) bool {
	if subject.Mutant == nil {
		return true
	}
	t.free <- struct{}{}
	if t.until.IsZero() || time.Now().Before(t.until) {
		return true
	}
	t.leftOut.Add(1)
	<-t.free
	return false
}

func (t *turns) giveBack(subject *Row) {
	if subject.Mutant != nil {
		<-t.free
	}
}
