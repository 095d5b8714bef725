package channelpool_test

import (
	"context"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/channelpool"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

func TestWaitEndsWithContext(t *testing.T) {
	check.Run(t, func(t *check.T) {
		opts := channelpool.Options{Max: 1, MaxIdle: 1}
		act(t, "A gate loses patience", opts, 0, impatience)
		act(t, "A channel comes back in the moment in which a gate loses patience", opts, 0, func(s *scene) {
			s.sameMoment(100, "an open channel", func(*amqp.Channel) {})
		})
	})
}

func impatience(s *scene) {
	s.T.Helper()
	ch := s.borrow("gate 1")
	ctx, cancel := context.WithCancel(s.T.Context())
	defer cancel()
	impatient, patient := s.waits(ctx, "gate 2"), s.waits(s.T.Context(), "gate 3")
	s.Does("gate 2", "the context ends")
	cancel()
	s.fails(impatient, "context.Canceled", "a Borrow that waits returns when its context ends")
	s.stats(channelpool.Stats{Open: 1, InUse: 1, Waiting: 1}, "when one of two who waited has left")
	s.gives("gate 1", ch)
	ch = s.gets(patient, "the channel goes to the next one who waits")

	timed, stop := context.WithTimeout(s.T.Context(), time.Millisecond)
	defer stop()
	s.fails(s.borrowing(timed, "gate 4"), "context.DeadlineExceeded", "a Borrow that waits returns when its deadline passes")
	s.gives("gate 3", ch)
	s.fails(s.borrowing(ctx, "gate 2"), "context.Canceled", "a Borrow whose context is done when it is called")
	s.stats(channelpool.Stats{Open: 1, Idle: 1}, "when Borrow was called with a context that is done")
}

// sameMoment ends the context of one who waits and returns a channel to him at once. Whether he is lent it is chance, but nothing of
// what is looked at depends on it.
func (s *scene) sameMoment(times int, what string, prepare func(*amqp.Channel)) {
	s.T.Helper()
	for range times {
		first := messaging.Promptly(s.Broker, s.borrowing(s.T.Context(), "gate 1").done, "Borrow when nothing is lent")
		if first.err != nil {
			s.Look("gate 1", "Borrow returns "+outcome(first.err))
		}
		require.Equal(s.T, "a channel", outcome(first.err), "Borrow when nothing is lent")
		ctx, cancel := context.WithCancel(s.T.Context())
		defer cancel()
		waiting := s.parks(ctx, "gate 2")
		prepare(first.ch)
		cancel()
		s.pool.Return(first.ch)
		result := messaging.Promptly(s.Broker, waiting.done, "a Borrow that waits returns when its context ends")
		if result.err == nil {
			s.pool.Return(result.ch)
		}
		if !s.allIdle() {
			s.Does("gate 2", "Borrow: waits")
			s.Does("gate 2", "the context ends")
			s.Loses(s.Does("gate 1", "Return, in the same moment"), "gate 2", "nobody has it")
			s.Look(pool, "counts a place that nobody uses")
		}
		require.True(s.T, s.allIdle(), what+" that is returned in the moment in which the context of who waits for it ends is lost to the pool")
	}
}

// allIdle says whether no place of the pool is taken, or soon will be.
func (s *scene) allIdle() bool {
	s.T.Helper()
	free := func() bool { return s.pool.Stats().InUse == 0 }
	s.Soon(free)
	return free()
}

func TestCloseEndsEverything(t *testing.T) {
	check.Run(t, func(t *check.T) {
		act(t, "Closed while one channel is lent and two are idle", channelpool.Options{Max: 3, MaxIdle: 3}, 0, closedWhileLent)
		one := channelpool.Options{Max: 1, MaxIdle: 1}
		act(t, "Closed while two gates wait", one, 0, waitersAreReleased)
		act(t, "Closed while a channel is being opened", one, 0, openingDuringClose)
		act(t, "Closed while the broker is slow to answer", one, 0, func(s *scene) {
			s.gives("gate 1", s.borrow("gate 1"))
			s.waitsForTheBroker("operator", "Close", func() { _ = s.pool.Close() })
		})
		act(t, "Returned to a closed pool while the broker is slow to answer", one, 0, func(s *scene) {
			ch := s.borrow("gate 1")
			s.closes("operator")
			s.waitsForTheBroker("gate 1", "Return "+s.name(ch), func() { s.pool.Return(ch) })
		})
	})
}

func closedWhileLent(s *scene) {
	s.T.Helper()
	out, back1, back2 := s.borrow("gate 1"), s.borrow("gate 2"), s.borrow("gate 3")
	s.gives("gate 2", back1)
	s.gives("gate 3", back2)
	s.closes("operator")
	s.onWire(3, 1, "when Close has returned and one channel is still lent")
	require.True(s.T, out.Qos(1, 0, false) == nil, "a channel that is lent works on after Close")
	s.fails(s.borrowing(s.T.Context(), "gate 2"), "ErrPoolClosed", "Borrow after Close")
	called := false
	err := s.pool.With(s.T.Context(), func(*amqp.Channel) error { called = true; return nil })
	require.Equal(s.T, "ErrPoolClosed", outcome(err), "With after Close")
	require.False(s.T, called, "With after Close calls the function")
	s.gives("gate 1", out)
	s.onWire(3, 0, "when the last channel came back after Close")
	s.stats(channelpool.Stats{}, "when the last channel came back after Close")
	s.closes("operator")
	require.False(s.T, s.conn.IsClosed(), "Close has closed the connection, which is the caller's")
	s.NothingLeft("ch07-messaging/channelpool", "although the pool is closed and every channel is back")
}

func waitersAreReleased(s *scene) {
	s.T.Helper()
	ch := s.borrow("gate 1")
	first, second := s.waits(s.T.Context(), "gate 2"), s.waits(s.T.Context(), "gate 3")
	s.closes("operator")
	s.fails(first, "ErrPoolClosed", "a Borrow that waits when the pool is closed")
	s.fails(second, "ErrPoolClosed", "another Borrow that waits when the pool is closed")
	s.gives("gate 1", ch)
	s.onWire(1, 0, "when the last channel came back after Close")
}

// openingDuringClose closes the pool while a Borrow has asked the broker for a channel and waits for the answer.
func openingDuringClose(s *scene) {
	s.T.Helper()
	s.Fault(s.Mute)
	opening := s.borrowing(s.T.Context(), "gate 1")
	s.Until(func() bool { return s.wire.seen().opened == 1 }, "a Borrow opens a channel")
	s.Tells("gate 1", "Borrow: channel.open", "broker", "its answer is held back")
	s.closes("operator")
	s.Fault(s.Heal)
	s.Tells("broker", "the answer arrives", "gate 1", "Borrow returns")
	result := messaging.Await(s.Broker, opening.done, "Borrow returns when the broker has answered")
	if result.err == nil {
		s.pool.Return(result.ch)
	}
	s.onWire(1, 0, "when the Borrow has ended that was opening a channel during Close, and what it was lent is returned")
}

// closes calls Close, which waits for nobody.
func (s *scene) closes(who string) {
	s.T.Helper()
	var err error
	s.does(who, "Close", func() { err = s.pool.Close() })
	require.True(s.T, err == nil, "Close returns nil")
}
