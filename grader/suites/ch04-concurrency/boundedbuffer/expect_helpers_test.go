package boundedbuffer_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"scalelab/labs/ch04-concurrency/boundedbuffer"
	"scalelab/pkg/check"
	"scalelab/pkg/check/stacks"
)

// fail ends the check with the story so far and with those who are still blocked.
func (s *scene) fail(format string, args ...any) {
	s.t.Helper()
	for _, c := range s.waiting {
		s.write("  %s has not returned", c.name)
	}
	check.Show(s.t, check.Evidence{
		Kind:  "history",
		Title: "The calls, one after the other, and what became of them",
		Text:  strings.Join(s.history, "\n") + "\n",
	})
	if s.turns.spin {
		s.finish() // or those who keep running would keep the check from ending
	}
	s.t.Fatalf(format, args...)
}

// stuck ends the check because somebody will never go on, and shows where in the student's code everybody waits.
func (s *scene) stuck(format string, args ...any) {
	s.t.Helper()
	story := fmt.Sprintf(format, args...)
	if s.turns.spin {
		check.Cause(s.t, check.Livelock)
		s.fail("%s: somebody keeps running and gets nowhere", story)
	}
	waiters := stacks.InBubble(stacks.All())
	check.Cause(s.t, check.Deadlock)
	check.Show(s.t, waiters.Evidence())
	s.fail("%s%s", story, waiters.Sentence())
}

// mustNotPanic fails the check if c has panicked: nothing that a check does is a reason to.
func (s *scene) mustNotPanic(c *call) {
	s.t.Helper()
	if c.over() && c.panicked != "" {
		check.Cause(s.t, check.Panicked)
		s.fail("%s panics%s", c.name, c.panicked)
	}
}

// mustReturn fails the check if c is blocked for ever or has panicked. why says what lets it go on.
func (s *scene) mustReturn(c *call, why string) {
	s.t.Helper()
	if !s.await(c.over) {
		s.stuck("%s never returns, although %s", c.name, why)
	}
	s.mustNotPanic(c)
}

// mustStore fails the check unless the Put c returned nil.
func (s *scene) mustStore(c *call, why string) {
	s.t.Helper()
	s.mustReturn(c, why)
	if c.err != nil {
		s.fail("%s returned %s, want nil, because %s", c.name, errorName(c.err), why)
	}
}

// mustTake fails the check unless the Take c returned item.
func (s *scene) mustTake(c *call, item int, why string) {
	s.t.Helper()
	s.mustReturn(c, why)
	if c.err != nil || c.item != item {
		s.fail("%s returned %s, want %d, nil, because %s", c.name, c.outcome(), item, why)
	}
}

// mustRefuse fails the check unless the Put or Take c returned ErrClosed, a Take with the zero value.
func (s *scene) mustRefuse(c *call, why string) {
	s.t.Helper()
	s.mustReturn(c, why)
	if !errors.Is(c.err, boundedbuffer.ErrClosed) {
		s.fail("%s returned %s, want ErrClosed, because %s", c.name, c.outcome(), why)
	}
	if c.item != 0 {
		s.fail("%s returned %s, want the zero value beside ErrClosed", c.name, c.outcome())
	}
}

// mustBlock fails the check if c has returned.
func (s *scene) mustBlock(c *call, why string) {
	s.t.Helper()
	if c.over() {
		s.fail("%s did not block, although %s; it returned %s", c.name, why, c.outcome())
	}
}

// mustRelease fails the check unless exactly n of the calls, which were all blocked, have gone on.
func (s *scene) mustRelease(calls []*call, n int, why string) {
	s.t.Helper()
	if !s.await(func() bool { return countOver(calls) >= n }) {
		s.stuck("%d of the %d blocked calls of %s must go on, because %s; fewer do, and nothing wakes the others",
			n, len(calls), calls[0].name, why)
	}
	if countOver(calls) > n {
		s.fail("only %d of the %d blocked calls of %s may go on, because %s; more do",
			n, len(calls), calls[0].name, why)
	}
}

// mustCount fails the check unless Len returns n.
func (s *scene) mustCount(n int, why string) {
	s.t.Helper()
	c := s.length()
	s.mustReturn(c, "there is nothing that Len waits for")
	if c.item != n {
		s.fail("Len() returned %d, want %d, because %s", c.item, n, why)
	}
}

// mustNotPoll fails the check if c, which is blocked, keeps running or looks again from time to time. change is what lets c go on.
//
// A caller that is woken goes on without any (virtual) time passing; one that sleeps between two looks does not notice before it
// has slept. The pause before the change is no multiple of an interval that anybody would choose.
func (s *scene) mustNotPoll(c *call, while string, change func() *call) {
	s.t.Helper()
	if s.turns.spin {
		check.Cause(s.t, check.Livelock)
		s.fail("%s keeps running while %s: it looks again and again instead of waiting to be woken", c.name, while)
	}
	time.Sleep(1_234_567 * time.Nanosecond)
	s.turns.untilAllWait(c.over)
	changed := time.Now()
	change()
	if !c.over() && s.await(c.over) {
		s.fail("%s went on %v too late, because nobody woke it: while %s it sleeps and looks again",
			c.name, c.at.Sub(changed), while)
	}
}

// await lets everybody run until done, and writes down who has gone on.
func (s *scene) await(done func() bool) bool {
	ok := s.turns.until(done)
	s.writeReleased()
	return ok
}

// finish closes the buffer and lets everybody go home, so that whoever is left is a leak.
func (s *scene) finish() {
	s.t.Helper()
	s.waiting = append(s.waiting, s.begin("Close()", func(*call) { s.b.Close() }))
	s.await(func() bool { return countOver(s.waiting) == len(s.waiting) })
}
