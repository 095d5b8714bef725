package workerpool_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestNobodyPolls(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, few, 1, 1, func(s *scene) {
			k := s.task(func() {})
			s.isWoken("a worker", &k.ended, s.tasksEnd, "a task was submitted", func() { s.submits(k) })
		})
		explore(t, few, 1, 0, func(s *scene) {
			over := s.submitsOneTooMany()
			s.isWoken("a blocked Submit", over, s.others.Wait, "there is room", func() { close(s.gate) })
		})
		explore(t, few, 1, 0, func(s *scene) {
			over := s.submitsOneTooMany()
			s.isWoken("a blocked Submit", over, s.others.Wait, "the pool was shut down", s.Shutdown)
		})
		explore(t, few, 1, 0, func(s *scene) {
			s.fill()
			s.Shutdown()
			var over interleave.Note[bool]
			s.start("guest", func() { s.AwaitTermination(context.Background()); over.Set(true) })
			s.isWoken("AwaitTermination", &over, s.others.Wait, "the pool has come to its end", func() { close(s.gate) })
		})
		explore(t, few, 1, 0, func(s *scene) {
			s.hearsOfItsContext("a blocked Submit", func(ctx context.Context) { s.submit(ctx, s.task(func() {})) })
		})
		explore(t, few, 1, 0, func(s *scene) {
			s.hearsOfItsContext("AwaitTermination", func(ctx context.Context) { s.AwaitTermination(ctx) })
		})
	})
}

// submitsOneTooMany fills the pool and lets a photo point submit another task. It returns whether that call is over.
func (s *scene) submitsOneTooMany() (over *interleave.Note[bool]) {
	s.fill()
	over = new(interleave.Note[bool])
	k := s.task(func() {})
	s.start("photo point", func() { s.submit(context.Background(), k); over.Set(true) })
	return over
}

// isWoken demands that somebody who waits neither runs while waiting nor lets time pass once it could go on.
func (s *scene) isWoken(who string, over *interleave.Note[bool], wait func(), why string, change func()) {
	s.x.Settle() // whoever keeps looking never lets it return
	change()
	s.x.Settle()
	woken := over.Get()
	wait()
	require.True(s.x, woken, "%s, but %s that waited for it goes on only when time has passed: it was not woken, it sleeps and looks again", why, who)
}

// hearsOfItsContext demands that a call in a full pool which ends with its context was woken by it. Whether it ends is not asked here.
func (s *scene) hearsOfItsContext(who string, call func(context.Context)) {
	s.fill()
	ctx, cancel := context.WithCancel(context.Background())
	var over interleave.Note[bool]
	s.start("guest", func() { call(ctx); over.Set(true) })
	s.x.Settle()
	cancel()
	s.x.Settle()
	woken := over.Get()
	time.Sleep(10 * time.Second) // by then, whoever looks from time to time has looked
	require.Equal(s.x, woken, over.Get(), "its context was cancelled, but %s goes on only when time has passed: it was not woken, it sleeps and looks again", who)
}

func TestLeavesNoGoroutine(t *testing.T) {
	check.Run(t, func(t *check.T) {
		o := many
		o.Leftovers = false
		explore(t, o, 2, 0, func(s *scene) { s.livesOn() })
	})
}

// livesOn uses everything that a pool offers and waits for its end. The contexts live on.
func (s *scene) livesOn() {
	alive := context.Background()
	short, cancel := context.WithCancel(alive)
	s.submits(s.task(func() { panic("too dark") }))
	second := s.task(func() {})
	s.start("photo point", func() { s.submit(alive, second) })
	s.start("guest", func() { s.AwaitTermination(short) })
	cancel()
	s.Shutdown()
	s.others.Wait()
	s.AwaitTermination(alive)
}
