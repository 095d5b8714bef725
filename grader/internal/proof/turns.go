package proof

import (
	"runtime"
	"time"
)

// turns lets a lab's mutants begin a few at a time, so that of many labs that are proved at once all come forward, and none after the time is
// up. What must get full marks, or none, never waits for a turn and is never left out.
type turns struct {
	until time.Time // zero: no end
	taken chan struct{}
}

func newTurns(until time.Time) *turns {
	return &turns{until: until, taken: make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))}
}

// run calls grade when it is the subject's turn, and not at all if that comes too late.
func (t *turns) run(subject *Row, grade func()) {
	if subject.Mutant != nil {
		t.taken <- struct{}{}
		defer func() { <-t.taken }()
		if !t.until.IsZero() && !time.Now().Before(t.until) {
			return
		}
	}
	grade()
}
