package workerpool_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestShutdownReleasesBlockedSubmits(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, many, 1, 1, func(s *scene) {
			s.fill()
			first, second := s.task(func() {}), s.task(func() {})
			s.start("photo point 1", func() { s.isRefused(first, "the pool is full until it is shut down") })
			s.start("photo point 2", func() { s.isRefused(second, "the pool is full until it is shut down") })
			s.Shutdown()
			s.others.Wait() // while the tasks are still at the gate
			close(s.gate)
			s.tasksEnd()
		})
		explore(t, many, 2, 1, func(s *scene) {
			s.submits(s.task(func() {}))
			s.tasksEnd()
			s.Shutdown()
			s.Shutdown()
			for range 2 {
				s.isRefused(s.task(func() {}), "the pool was shut down, and it has room")
				require.False(s.x, s.trySubmit(s.task(func() {})), "what TrySubmit returned; the pool was shut down, and it has room")
			}
		})
		explore(t, many, 1, 0, func(s *scene) {
			s.start("porter", s.Shutdown)
			s.Shutdown()
			s.others.Wait()
			s.isRefused(s.task(func() {}), "the pool was shut down twice at the same time")
		})
	})
}

func (s *scene) isRefused(k *task, why string) {
	require.Equal(s.x, "ErrShutdown", name(s.submit(context.Background(), k)), "what Submit returned; %s", why)
}

func TestAcceptedTasksSurviveShutdown(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, many, 1, 2, func(s *scene) {
			s.fill()
			s.Shutdown()
			close(s.gate)
			s.acceptedHaveRun()
		})
		for _, queue := range []int{0, 1} {
			explore(t, many, 1, queue, func(s *scene) {
				first, second := s.task(func() {}), s.task(func() {})
				s.start("photo point 1", func() { s.nilOrShutdown(first) })
				s.start("photo point 2", func() { s.nilOrShutdown(second) })
				s.Shutdown()
				s.acceptedHaveRun()
			})
		}
		explore(t, many, 2, 1, func(s *scene) {
			first, second := s.task(func() {}), s.task(func() {})
			s.start("photo point 1", func() { s.nilOrShutdown(first) })
			s.start("photo point 2", func() { s.trySubmit(second) })
			s.Shutdown()
			s.acceptedHaveRun()
		})
	})
}

// nilOrShutdown submits a task while somebody else shuts the pool down.
func (s *scene) nilOrShutdown(k *task) {
	if told := name(s.submit(context.Background(), k)); told != "nil" {
		require.Equal(s.x, "ErrShutdown", told, "what Submit returned; the pool is being shut down")
	}
}

// acceptedHaveRun waits for the end of a pool that was shut down, and looks whether what was accepted has run.
func (s *scene) acceptedHaveRun() {
	s.others.Wait()
	require.Equal(s.x, "nil", name(s.AwaitTermination(context.Background())), "what AwaitTermination returned; the pool was shut down")
	for _, k := range s.tasks {
		if k.accepted.Get() && k.runs.Get() == 0 {
			s.x.Errorf("the pool has accepted %s and says that it has come to its end, but %s has never run", k.name, k.name)
		}
	}
}

func TestAwaitTerminationWaitsForTheEnd(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, many, 1, 0, waitsForShutdown)
		explore(t, many, 2, 1, waitsForTheTasks)
		explore(t, many, 1, 0, waitsForOnPanic)
		explore(t, many, 1, 0, waitsForItsContext)
		explore(t, many, 1, 0, givesUpBeforeShutdown)
	})
}

func waitsForShutdown(s *scene) {
	var shut interleave.Note[bool]
	s.start("guest", func() {
		told := name(s.AwaitTermination(context.Background()))
		require.True(s.x, shut.Get(), "AwaitTermination returned %s, but nobody has called Shutdown yet", told)
		require.Equal(s.x, "nil", told, "what AwaitTermination returned; the pool was shut down")
	})
	s.submits(s.task(func() {}))
	s.tasksEnd()
	runtime.Gosched() // the guest may be faster
	shut.Set(true)
	s.Shutdown()
	s.others.Wait()
}

func waitsForTheTasks(s *scene) {
	s.fill()
	for _, guest := range []string{"guest 1", "guest 2"} {
		s.start(guest, s.seesTheEnd)
	}
	s.Shutdown()
	s.gate <- struct{}{}
	close(s.gate)
	s.others.Wait()
	s.seesTheEnd() // and again
}

// seesTheEnd waits for the end of the pool and looks at once whether everything has ended.
func (s *scene) seesTheEnd() {
	require.Equal(s.x, "nil", name(s.AwaitTermination(context.Background())), "what AwaitTermination returned; the pool was shut down")
	for _, k := range s.tasks {
		require.True(s.x, k.ended.Get(), "AwaitTermination returned nil, but %s has not ended", k.name)
	}
}

func waitsForOnPanic(s *scene) {
	s.submits(s.task(func() { panic("too dark") }))
	s.Shutdown()
	s.seesTheEnd()
	require.Equal(s.x, []string{"too dark"}, s.reported.Get(), "what onPanic was called with by the time AwaitTermination returned")
}

func waitsForItsContext(s *scene) {
	s.fill()
	ctx, cancel := context.WithCancel(context.Background())
	s.start("guest", func() {
		require.Equal(s.x, "context.Canceled", name(s.AwaitTermination(ctx)), "what AwaitTermination returned; a task waits at the gate, and the context was cancelled")
	})
	s.Shutdown()
	cancel()
	s.others.Wait()
	require.Equal(s.x, "context.Canceled", name(s.AwaitTermination(ctx)), "what AwaitTermination returned; a task waits at the gate, and the context was done before")
	close(s.gate)
	s.seesTheEnd()
}

func givesUpBeforeShutdown(s *scene) {
	ctx, cancel := context.WithCancel(context.Background())
	s.start("guest", func() {
		require.Equal(s.x, "context.Canceled", name(s.AwaitTermination(ctx)),
			"what AwaitTermination returned; nobody has called Shutdown, and the context was cancelled")
	})
	cancel()
	s.others.Wait()
	s.Shutdown()
	s.seesTheEnd()
}
