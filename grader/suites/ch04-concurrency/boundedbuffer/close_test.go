package boundedbuffer_test

import (
	"testing"

	"scalelab/pkg/check"
)

func TestCloseReleasesEveryBlockedCall(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		const callers, capacity = 2, 2
		s := open(t, capacity)
		takes := s.takeBlocked(callers)
		s.mustReturn(s.shut(), "Close waits for nobody")
		s.mustRelease(takes, callers, "the buffer was closed")
		for _, c := range takes {
			s.mustRefuse(c, "the buffer is closed and nothing is stored")
		}

		s = open(t, capacity)
		stored, puts := s.putUntilBlocked(capacity, callers)
		s.mustReturn(s.shut(), "Close waits for nobody")
		s.mustRelease(puts, callers, "the buffer was closed")
		for _, c := range puts {
			s.mustRefuse(c, "it was blocked when the buffer was closed")
		}
		out := 0
		for range stored + callers {
			if c := s.take(); c.over() && c.err == nil {
				out++
			}
		}
		if out > stored {
			s.fail("more items came out than Puts returned nil: a Put that returned ErrClosed stored its item all the same")
		}
	})
}

// manyTimes is how often a check repeats a step after Close. A buffer that leaves the choice between two ready cases of a select
// to chance would get away with a few.
const manyTimes = 64

func TestTakeDrainsAfterClose(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		s := open(t, manyTimes+1)
		for range manyTimes {
			s.mustStore(s.beginPut(7), "there is room")
		}
		s.write("Put(7)       nil, %d times", manyTimes)
		s.mustReturn(s.shut(), "Close waits for nobody")
		for range manyTimes {
			c := s.beginTake()
			s.mustReturn(c, "the buffer is closed")
			if c.err != nil || c.item != 7 {
				s.write("Take()       not all of the %d items came out", manyTimes)
				s.fail("after Close, Take must first return each of the %d stored items, and only then ErrClosed; some did not come out", manyTimes)
			}
		}
		s.write("Take()       7, nil, %d times", manyTimes)
		for range 2 {
			s.mustRefuse(s.take(), "everything that was stored has been taken")
		}
	})
}

func TestClosedStaysClosed(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		s := open(t, manyTimes+1)
		s.mustReturn(s.shut(), "Close waits for nobody")
		s.mustReturn(s.shut(), "closing again does nothing")
		for range manyTimes {
			c := s.beginPut(7)
			s.mustReturn(c, "the buffer is closed")
			if errorName(c.err) != "ErrClosed" {
				s.write("%-12s %s", c.name, c.outcome())
				s.fail("%s returned %s, want ErrClosed, because the buffer is closed", c.name, c.outcome())
			}
		}
		s.write("Put(7)       ErrClosed, %d times", manyTimes)
		s.mustRefuse(s.take(), "no Put after Close stores anything")
	})
}
