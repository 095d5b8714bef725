package workerpool_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

func TestNobodyPolls(t *testing.T) {
	check.Run(t, func(t *check.T) {
		explore(t, few, 1, 1, func(s *scene) {
			k := s.task(func() {})
			s.isWoken("a worker", func() bool { return k.ended.Get() }, "a task was submitted", func() { s.submits(k) })
		})
		explore(t, few, 1, 0, func(s *scene) {
			s.fill()
			k := s.task(func() {})
			s.start("photo point", func() { s.submits(k) })
			s.isWoken("a blocked Submit", func() bool { return k.accepted.Get() }, "there is room", func() { close(s.gate) })
		})
		explore(t, few, 1, 0, func(s *scene) {
			s.fill()
			var over interleave.Note[bool]
			k := s.task(func() {})
			s.start("photo point", func() { s.isRefused(k, "the pool is full until it is shut down"); over.Set(true) })
			s.isWoken("a blocked Submit", over.Get, "the pool was shut down", s.Shutdown)
			close(s.gate)
		})
		explore(t, few, 1, 0, func(s *scene) {
			s.fill()
			var over interleave.Note[bool]
			s.start("guest", func() { s.seesTheEnd(); over.Set(true) })
			s.Shutdown()
			s.isWoken("AwaitTermination", over.Get, "the pool has come to its end", func() { close(s.gate) })
		})
	})
}

// isWoken demands that somebody who waits neither runs while waiting nor lets time pass once it could go on.
func (s *scene) isWoken(who string, over func() bool, why string, change func()) {
	s.x.Settle() // whoever keeps looking never lets it return
	change()
	s.x.Settle()
	require.True(s.x, over(), "%s, but %s that waited for it does not go on before time passes: it was not woken, it sleeps and looks again", why, who)
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
