// Package boundedbuffer_test is the hidden suite of the lab boundedbuffer. The rules stand in the lab's lab.yaml.
//
//	blocking_test.go  who waits, for what, and who wakes whom
//	close_test.go     what Close ends and what it leaves
//	order_test.go     first in, first out, one call at a time or many at once
//	memory_test.go    what the garbage collector can see; the only check that is not explored
//
// All other checks play small scenes under the scheduler of package interleave, in many orders. That a call blocks is never looked
// at: it follows from what it must not return in any order, and from everybody coming to an end in every order.
package boundedbuffer_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch04-concurrency/boundedbuffer"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestMain(m *testing.M) { check.Main(m) }

func TestNewRefusesCapacityBelowOne(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, capacity := range []int{0, -1} {
			message, panicked := check.PanicOf(func() { boundedbuffer.New[int](capacity) })
			require.True(t, panicked, "New(%d) must panic, because a buffer without places is of no use; it returned", capacity)
			require.Contains(t, message, "boundedbuffer", "the panic of New(%d) must name the lab", capacity)
		}
	})
}

// scene is one buffer in one execution, and those who use it.
type scene struct {
	x      *interleave.Run
	b      *boundedbuffer.Buffer[int]
	busy   sync.WaitGroup
	closed interleave.Note[bool]
}

// explore plays a scene with a new, empty buffer in many orders. At the end whoever was started is waited for, and the buffer is closed:
// from then on nothing of it may be left.
func explore(t *check.T, capacity int, play func(s *scene)) {
	t.Helper()
	interleave.Explore(t, interleave.Options{}, func(x *interleave.Run) {
		s := &scene{x: x, b: boundedbuffer.New[int](capacity)}
		play(s)
		s.busy.Wait()
		if !s.closed.Get() {
			s.shut()
		}
	})
}

// start lets somebody act at the same time as everybody else.
func (s *scene) start(name string, act func()) {
	s.busy.Add(1)
	s.x.Go(name, func() {
		defer s.busy.Done()
		act()
	})
}

func (s *scene) shut() {
	s.closed.Set(true)
	s.b.Close()
}

// stores puts items, each of which must be stored.
func (s *scene) stores(items ...int) {
	for _, item := range items {
		require.Equal(s.x, "nil", name(s.b.Put(item)), "Put(%d) into an open buffer", item)
	}
}

// takes takes one item, which must be there.
func (s *scene) takes() int {
	item, err := s.b.Take()
	require.Equal(s.x, "nil", name(err), "the error of Take")
	return item
}

// isDrained takes once more from a closed buffer that must be empty.
func (s *scene) isDrained(why string) {
	item, err := s.b.Take()
	require.Equal(s.x, "ErrClosed", name(err), "the error of Take, because %s", why)
	require.Zero(s.x, item, "what Take returns beside ErrClosed")
}

func name(err error) string {
	switch {
	case err == nil:
		return "nil"
	case errors.Is(err, boundedbuffer.ErrClosed):
		return "ErrClosed"
	}
	return "an error that is not ErrClosed"
}
