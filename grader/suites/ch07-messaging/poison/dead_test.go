package poison_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/poison"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

func alwaysPoison(context.Context, amqp.Delivery) error { return poison.ErrPoison }

func alwaysBroken(context.Context, amqp.Delivery) error { return errBroken }

func TestConfirmedThenAlertedThenAcked(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t, quorum)
		s.unconfirmed()
		s.diesInAlert()
		s.cannotBury("is gone", dead, func() { s.Delete(dead) }, alwaysPoison)
		s.cannotBury("is full and refuses", dead, func() {
			s.Declare(dead, amqp.Table{"x-max-length": int32(0), "x-overflow": "reject-publish"})
		}, alwaysPoison)
		s.cannotBury("is gone", retry, func() { s.Delete(retry) }, alwaysBroken)
	})
}

// unconfirmed holds the broker's answer to the dead letter back, and lets the process die then.
func (s *scene) unconfirmed() {
	t := s.T
	t.Helper()
	tale := messaging.Tell(t, "The process dies before the dead letter is confirmed", queue, "process", dead, "Alert")
	muted := make(chan struct{})
	p := s.prepare(dead, func(*process) { s.Fault(s.Mute); close(muted) }).run(s.opts, alwaysPoison)
	s.ride("r-1", nil)
	tale.Tells(queue, "delivers r-1", "process", "the handler returns ErrPoison")
	awaits(s, tale, muted, "the message is published to the dead-letter queue", "process", "publishes nothing to rides.dead")
	s.Until(func() bool { return s.Queue(dead).Messages > 0 }, "the message lies in the dead-letter queue")
	s.RoundTrips(messaging.Rounds / 10)
	p.dies()
	p.buried()
	s.Fault(s.Heal)
	messaging.Await(s.Broker, p.done, "Run returns when the connection is lost")
	alerts := len(s.alerted())
	s.Soon(func() bool { return s.Queue(queue).Messages == 1 })
	tale.Loses(tale.Tells("process", "publishes r-1", dead, "stores it"), "process", "the confirm is held back")
	tale.Counted("Alert", 0, alerts, "calls so far")
	tale.Does("process", "dies")
	tale.Counted(queue, 1, s.Queue(queue).Messages, "messages ready")
	require.Zero(t, alerts, "alerts before the broker has confirmed the dead letter")
	require.Equal(t, 1, s.Queue(queue).Messages, "messages in the queue: r-1 is not acknowledged before its dead letter is confirmed")
	s.empty()
	tale.Over()
}

// diesInAlert lets the process die while it tells somebody.
func (s *scene) diesInAlert() {
	t := s.T
	t.Helper()
	tale := messaging.Tell(t, "The process dies in its Alert", queue, "process 1", "process 2", dead, "Alert")
	opts := s.opts
	told := make(chan int, 10)
	p := s.prepare("", func(*process) {})
	opts.Alert = func(poison.Dead) {
		told <- s.Queue(dead).Messages
		p.settle() // what was acknowledged too early has reached the broker
		p.dies()
	}
	p.run(opts, alwaysPoison)
	s.ride("r-2", nil)
	tale.Tells(queue, "delivers r-2", "process 1", "the handler returns ErrPoison")
	there := awaits(s, tale, told, "Alert is called", "Alert", "is not called")
	p.buried()
	messaging.Await(s.Broker, p.done, "Run returns when the connection is lost")
	s.Soon(func() bool { return s.Queue(queue).Messages == 1 })
	tale.Does("Alert", "is called")
	tale.Counted(dead, 1, there, "messages by then")
	tale.Does("process 1", "dies")
	tale.Counted(queue, 1, s.Queue(queue).Messages, "messages ready")
	require.Equal(t, 1, there, "messages in the dead-letter queue when Alert is called")
	require.Equal(t, 1, s.Queue(queue).Messages, "messages in the queue: r-2 is acknowledged when somebody has been told, not before")
	next := s.start(alwaysPoison)
	s.Soon(func() bool { return len(s.alerted()) > 0 })
	next.end()
	tale.Tells(queue, "delivers r-2 again", "process 2", fmt.Sprintf("alerts: %d", len(s.alerted())))
	require.Len(t, s.alerted(), 1, "alerts of the process that got the message when the first one had died")
	s.empty()
	tale.Over()
}

// cannotBury lets a message go to a queue that does not take it.
func (s *scene) cannotBury(why, name string, spoil func(), handler poison.Handler) {
	t := s.T
	t.Helper()
	if name == dead && s.Peek(dead).Name != "" {
		s.Delete(dead)
	}
	spoil()
	tale := messaging.Tell(t, fmt.Sprintf("The queue %s %s", name, why), queue, "process", name, "Alert")
	var starts atomic.Int32
	p := s.start(func(ctx context.Context, d amqp.Delivery) error { starts.Add(1); return handler(ctx, d) })
	s.ride("r-3", nil)
	s.Until(func() bool { return starts.Load() > 0 }, "the handler is started")
	s.Eventually(func() bool { return len(p.done) > 0 })
	ended := len(p.done) > 0
	p.stop()
	err := p.ended("when a message cannot be put away")
	s.Soon(func() bool { return s.Queue(queue).Messages == 1 })
	tale.Tells(queue, "delivers r-3", "process", "the handler fails")
	tale.Loses(tale.Does("process", "publishes r-3"), name, why)
	tale.Counted("Alert", 0, len(s.alerted()), "calls")
	tale.Counted(queue, 1, s.Queue(queue).Messages, "messages ready")
	if ended {
		tale.Does("process", "Run returns "+outcome(err))
	} else {
		tale.Look("process", "Run goes on")
	}
	require.Equal(t, 1, s.Queue(queue).Messages, "messages in the queue when the queue %s %s: nothing is acknowledged that is not elsewhere", name, why)
	require.Empty(t, s.alerted(), "alerts when the queue %s %s", name, why)
	require.True(t, ended && err != nil, "Run returns an error when the queue %s %s", name, why)
	s.Drain(queue)
	tale.Over()
}

// empty takes away what the scene before has left.
func (s *scene) empty() {
	s.T.Helper()
	s.Drain(queue)
	s.Drain(dead)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alerts = nil
}

func TestReplayMovesBack(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t, quorum)
		tale := messaging.Tell(t, "Dead letters are moved back", dead, "process", queue)
		for n := 1; n <= 4; n++ {
			s.rideTo(dead, fmt.Sprint("r-", n), amqp.Table{
				"x-lift": "gondola", poison.HeaderAttempts: int32(3), poison.HeaderErrors: []any{"a", "b", "c"}, poison.HeaderReason: "c",
			})
		}
		s.replays(tale, 0, 0, 4)
		s.replays(tale, 2, 2, 2)
		for n := 1; n <= 2; n++ {
			d := s.comes(tale, queue, fmt.Sprint("r-", n))
			tale.Does(queue, "has "+letterOf(d).String())
			require.Equal(t, letter{id: fmt.Sprint("r-", n)}.String(), letterOf(d).String(), "a message that was moved back, the oldest first: its budget is fresh, its history gone")
			s.unchanged(tale, queue, d, fmt.Sprint("r-", n))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		moved, err := poison.New(s.prepare("", func(*process) {}).dial, s.opts).Replay(ctx, 10)
		require.Equal(t, "0, an error", fmt.Sprintf("%d, %s", moved, outcome(err)), "Replay with a context that is done")
		s.Holds(2, dead, "after Replay with a context that is done")

		s.unconfirmedReplay(tale)
		s.replays(tale, 10, 2, 0)
		s.Drain(queue)
		s.replaysUntilStopped(tale)
		s.rideTo(dead, "r-5", nil)
		s.Delete(queue)
		moved, err = poison.New(s.prepare("", func(*process) {}).dial, s.opts).Replay(t.Context(), 10)
		tale.Loses(tale.Does("process", "Replay(10)"), queue, "is gone")
		s.Soon(func() bool { return s.Queue(dead).Messages == 1 })
		tale.Counted(dead, 1, s.Queue(dead).Messages, "messages ready")
		require.Equal(t, 1, s.Queue(dead).Messages, "messages in the dead-letter queue after a Replay to a queue that is gone: nothing is lost")
		require.Equal(t, "0, an error", fmt.Sprintf("%d, %s", moved, outcome(err)), "Replay to a queue that is gone")
		s.NothingLeft("ch07-messaging/poison", "although Replay has returned")
	})
}

// replays calls Replay(n) and demands how many it moves and leaves.
func (s *scene) replays(tale *messaging.Story, n, want, left int) {
	s.T.Helper()
	p := s.prepare("", func(*process) {})
	moved, err := poison.New(p.dial, s.opts).Replay(s.T.Context(), n)
	tale.Tells(dead, "holds dead letters", "process", fmt.Sprintf("Replay(%d) returns %d, %s", n, moved, outcome(err)))
	require.Equal(s.T, fmt.Sprintf("%d, nil", want), fmt.Sprintf("%d, %s", moved, outcome(err)), "what Replay(%d) returns", n)
	s.Holds(left, dead, fmt.Sprintf("after Replay(%d)", n))
	if n > 0 { // with nothing to move, there may be no need to connect
		s.hangsUp(p, "Replay")
	}
}

// replaysUntilStopped ends the context of a Replay when it publishes the first of two messages.
func (s *scene) replaysUntilStopped(tale *messaging.Story) {
	t := s.T
	t.Helper()
	s.rideTo(dead, "r-6", nil)
	s.rideTo(dead, "r-7", nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	moved, err := poison.New(s.prepare("ride r-6", func(*process) { cancel() }).dial, s.opts).Replay(ctx, 10)
	tale.Tells("process", "Replay(10) publishes r-6, its context ends", queue, "stores it")
	s.Eventually(func() bool { return s.Queue(dead).Messages > 0 })
	left := s.Queue(dead).Messages
	if left == 0 {
		tale.Look("process", "Replay(10) moves r-7 as well")
	}
	require.True(t, left > 0, "Replay moves no further message when its context has ended meanwhile")
	require.True(t, errors.Is(err, context.Canceled), "the error of a Replay whose context has ended meanwhile is that of the context")
	require.True(t, moved <= 1, "a Replay whose context has ended at its first message has not moved more than that one")
	s.Drain(queue)
	s.Drain(dead)
}

// unconfirmedReplay holds the broker's answer back, and lets the process die then.
func (s *scene) unconfirmedReplay(tale *messaging.Story) {
	t := s.T
	t.Helper()
	muted := make(chan struct{})
	p := s.prepare("ride r-3", func(*process) { s.Fault(s.Mute); close(muted) })
	returned := make(chan error, 1)
	go func() {
		_, err := poison.New(p.dial, s.opts).Replay(t.Context(), 1)
		returned <- err
	}()
	messaging.Await(s.Broker, muted, "Replay publishes the oldest message")
	s.Until(func() bool { return s.Queue(queue).Messages > 0 }, "the message lies in the queue")
	s.RoundTrips(messaging.Rounds / 10)
	p.dies()
	s.Fault(s.Heal)
	err := messaging.Await(s.Broker, returned, "Replay returns when the connection is lost")
	s.Eventually(func() bool { return s.Queue(dead).Messages == 2 })
	tale.Loses(tale.Tells("process", "Replay(1) publishes r-3", queue, "stores it"), "process", "the confirm is held back")
	tale.Does("process", "dies")
	tale.Counted(dead, 2, s.Queue(dead).Messages, "messages ready")
	require.Equal(t, 2, s.Queue(dead).Messages, "messages in the dead-letter queue: r-3 is not removed before the broker has confirmed its copy")
	require.Equal(t, "an error", outcome(err), "Replay when the connection is lost before the confirm")
	s.Drain(queue)
}
