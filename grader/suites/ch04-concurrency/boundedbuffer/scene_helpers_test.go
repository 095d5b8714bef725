package boundedbuffer_test

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"scalelab/labs/ch04-concurrency/boundedbuffer"
	"scalelab/pkg/check"
	"scalelab/pkg/check/stacks"
)

// scene is one buffer and the calls made on it. Every call runs in a goroutine of its own; after each step everybody runs until
// nobody can go on, so the outcome of a step does not depend on the schedule. What happened is written down for the student.
type scene struct {
	t       *check.T
	b       *boundedbuffer.Buffer[int]
	history []string
	waiting []*call // blocked when last looked at
	turns   turns
}

// call is one call of a method. The fields below done are set before done is closed.
type call struct {
	name     string
	done     chan struct{}
	item     int
	err      error
	panicked string    // the panic and its place in the student's code, if there was one
	at       time.Time // virtual time of the return
}

// open makes a buffer and starts its story.
func open(t *check.T, capacity int) *scene {
	t.Helper()
	s := &scene{t: t, b: boundedbuffer.New[int](capacity), turns: takeTurns()}
	s.write("New(%d)", capacity)
	return s
}

// begin makes a call and returns at once; nothing is written down.
func (s *scene) begin(name string, method func(c *call)) *call {
	c := &call{name: name, done: make(chan struct{})}
	go func() {
		defer close(c.done)
		defer func() { c.panicked, c.at = describePanic(recover()), time.Now() }()
		method(c)
	}()
	return c
}

func (s *scene) beginPut(item int) *call {
	return s.begin(fmt.Sprintf("Put(%d)", item), func(c *call) { c.err = s.b.Put(item) })
}

func (s *scene) beginTake() *call {
	return s.begin("Take()", func(c *call) { c.item, c.err = s.b.Take() })
}

// put, take, length and shut make a call, let everybody run, and write down what became of it.
func (s *scene) put(item int) *call { return s.step(s.beginPut(item)) }

func (s *scene) take() *call { return s.step(s.beginTake()) }

func (s *scene) length() *call {
	return s.step(s.begin("Len()", func(c *call) { c.item = s.b.Len() }))
}

func (s *scene) shut() *call { return s.step(s.begin("Close()", func(*call) { s.b.Close() })) }

func (s *scene) step(c *call) *call {
	s.t.Helper()
	s.turns.untilAllWait(c.over)
	if c.over() {
		s.write("%-12s %s", c.name, c.outcome())
	} else {
		s.write("%-12s blocks", c.name)
	}
	s.writeReleased()
	if !c.over() {
		s.waiting = append(s.waiting, c)
	}
	s.mustNotPanic(c)
	return c
}

// takeBlocked makes n calls of Take on an empty buffer and returns them; each must block.
func (s *scene) takeBlocked(n int) []*call {
	s.t.Helper()
	var blocked []*call
	for range n {
		c := s.take()
		s.mustBlock(c, "nothing is stored")
		blocked = append(blocked, c)
	}
	return blocked
}

// putUntilBlocked puts items until n calls are blocked. It returns how many were stored, and the blocked calls. All items are
// equal: which of several blocked calls goes on first is left to chance.
func (s *scene) putUntilBlocked(capacity, n int) (stored int, blocked []*call) {
	s.t.Helper()
	for len(blocked) < n {
		if c := s.put(7); !c.over() {
			blocked = append(blocked, c)
		} else if stored++; stored > capacity+1 {
			s.fail("%d items went into a buffer of %d, and no Put blocked", stored, capacity)
		}
	}
	return stored, blocked
}

func (c *call) over() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

func countOver(calls []*call) int {
	n := 0
	for _, c := range calls {
		if c.over() {
			n++
		}
	}
	return n
}

// outcome words what a finished call returned.
func (c *call) outcome() string {
	switch {
	case c.panicked != "":
		return "panics" + c.panicked
	case c.name == "Close()":
		return "returns"
	case c.name == "Len()":
		return fmt.Sprint(c.item)
	case c.name == "Take()":
		return fmt.Sprintf("%d, %s", c.item, errorName(c.err))
	default:
		return errorName(c.err)
	}
}

func errorName(err error) string {
	switch {
	case err == nil:
		return "nil"
	case errors.Is(err, boundedbuffer.ErrClosed):
		return "ErrClosed"
	default:
		return "an error that is not ErrClosed"
	}
}

// describePanic words a recovered panic: " at boundedbuffer.go:42: close of closed channel".
func describePanic(value any) string {
	if value == nil {
		return ""
	}
	if at := stacks.FirstInSubject(stacks.OfPanic()); at != nil {
		return fmt.Sprintf(" at %s: %v", at, value)
	}
	return fmt.Sprintf(": %v", value)
}

func (s *scene) write(format string, args ...any) {
	s.history = append(s.history, fmt.Sprintf(format, args...))
}

// writeReleased writes down the blocked calls that have returned. Which of several equals that was is left to chance: sorted.
func (s *scene) writeReleased() {
	var released []string
	s.waiting = slices.DeleteFunc(s.waiting, func(c *call) bool {
		if !c.over() {
			return false
		}
		released = append(released, fmt.Sprintf("  the blocked %s goes on: %s", c.name, c.outcome()))
		return true
	})
	slices.Sort(released)
	s.history = append(s.history, released...)
}
