package workerpool_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestFullPoolTakesNoMore(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, size := range []struct{ workers, queue int }{{1, 0}, {1, 2}, {2, 1}} {
			explore(t, many, size.workers, size.queue, func(s *scene) { s.submitWaitsForRoom() })
			explore(t, few, size.workers, size.queue, func(s *scene) { s.trySubmitWaitsForNothing() })
		}
		explore(t, many, 1, 0, trySubmitBesideSubmit)
	})
}

// submitWaitsForRoom fills the pool, submits another task, and then lets one of them end.
func (s *scene) submitWaitsForRoom() {
	s.fill()
	var room interleave.Note[bool]
	late := s.task(func() {})
	s.start("photo point", func() {
		s.submits(late)
		require.True(s.x, room.Get(), "Submit has accepted a task, but the pool is full (%s)", s.fullness(s.workers+s.queue))
	})
	runtime.Gosched() // the photo point may be faster
	room.Set(true)
	s.gate <- struct{}{}
	s.others.Wait()
	close(s.gate)
	s.tasksEnd()
}

// fullness describes a pool that has accepted n tasks, which are still at the gate.
func (s *scene) fullness(n int) string {
	return fmt.Sprintf("workers: %d, places in the queue: %d, accepted tasks that have not ended: %d", s.workers, s.queue, n)
}

// trySubmitWaitsForNothing fills the pool with TrySubmit, which must say yes exactly as long as there is room.
func (s *scene) trySubmitWaitsForNothing() {
	size := s.workers + s.queue
	for n := range size {
		s.x.Settle() // until every worker is ready
		require.True(s.x, s.trySubmit(s.gated()), "TrySubmit returned false, but there is room (%s)", s.fullness(n))
	}
	s.x.Settle()
	require.False(s.x, s.trySubmit(s.task(func() {})), "TrySubmit returned true, but the pool is full (%s)", s.fullness(size))
	s.gate <- struct{}{}
	s.x.Settle()
	require.True(s.x, s.trySubmit(s.gated()), "TrySubmit returned false, but a task has ended (%s)", s.fullness(size-1))
	close(s.gate)
	s.tasksEnd()
}

// trySubmitBesideSubmit calls TrySubmit while somebody else is blocked in Submit.
func trySubmitBesideSubmit(s *scene) {
	s.fill()
	late := s.task(func() {})
	s.start("photo point", func() { s.submits(late) })
	require.False(s.x, s.trySubmit(s.task(func() {})), "what TrySubmit returned; the pool is full, and somebody else may be blocked in Submit")
	close(s.gate)
	s.others.Wait()
	s.tasksEnd()
}

func TestContextEndsSubmit(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, few, 1, 1, doneBefore)
		explore(t, many, 1, 1, doneAfterwards)
		explore(t, many, 1, 0, doneWhileBlocked)
		explore(t, many, 1, 0, doneWhileTwoAreBlocked)
		explore(t, few, 1, 1, doneInTime)
		explore(t, many, 1, 0, doneOrRoom)
	})
}

func doneBefore(s *scene) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range 3 {
		require.Equal(s.x, "context.Canceled", name(s.submit(ctx, s.task(func() {}))), "what Submit returned; the context was done before, and there is room")
	}
	s.fill() // and still there is room
	close(s.gate)
	s.tasksEnd()
}

func doneWhileBlocked(s *scene) {
	s.fill()
	ctx, cancel := context.WithCancel(context.Background())
	late := s.task(func() {})
	s.start("photo point", func() {
		require.Equal(s.x, "context.Canceled", name(s.submit(ctx, late)), "what Submit returned; the pool is full, and the context was cancelled")
	})
	cancel()
	s.others.Wait()
	close(s.gate)
	s.tasksEnd()
	s.submits(s.task(func() {})) // the place is free again
	s.tasksEnd()
}

// doneWhileTwoAreBlocked lets two photo points wait for room. The context of one of them ends.
func doneWhileTwoAreBlocked(s *scene) {
	s.fill()
	patient, impatient := s.task(func() {}), s.task(func() {})
	s.start("patient photo point", func() { s.submits(patient) })
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan struct{})
	s.x.Name(over, "the end of the Submit whose context was cancelled")
	s.start("impatient photo point", func() {
		require.Equal(s.x, "context.Canceled", name(s.submit(ctx, impatient)),
			"what Submit returned; the pool is full, somebody else waits for room, and the context was cancelled")
		close(over)
	})
	cancel()
	<-over
	close(s.gate)
	s.others.Wait()
	s.tasksEnd()
}

func doneInTime(s *scene) {
	s.fill()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	require.Equal(s.x, "context.DeadlineExceeded", name(s.submit(ctx, s.task(func() {}))),
		"what Submit returned; the pool is full, and the context has ended after a minute")
	close(s.gate)
	s.tasksEnd()
}

// doneOrRoom lets the context end while a place becomes free: either may be first, but Submit and the task must agree.
func doneOrRoom(s *scene) {
	s.fill()
	ctx, cancel := context.WithCancel(context.Background())
	late := s.task(func() {})
	var told interleave.Note[string]
	s.start("photo point", func() { told.Set(name(s.submit(ctx, late))) })
	close(s.gate)
	cancel()
	s.others.Wait()
	s.tasksEnd()
	if told.Get() != "nil" {
		require.Equal(s.x, "context.Canceled", told.Get(), "what Submit returned; its context was cancelled while a place became free")
	}
	s.submits(s.task(func() {}))
	s.tasksEnd()
}

func doneAfterwards(s *scene) {
	s.submits(s.gated())
	ctx, cancel := context.WithCancel(context.Background())
	waiting := s.task(func() {})
	require.Equal(s.x, "nil", name(s.submit(ctx, waiting)), "what Submit returned; there is room in the queue")
	cancel()
	close(s.gate)
	time.Sleep(time.Second) // by then, what has not run never does
	require.Equal(s.x, 1, waiting.runs.Get(), "how often %s has run; the pool had accepted it before its context was cancelled", waiting.name)
}
