package safepublish_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/safepublish"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

func TestCloseSettlesEverything(t *testing.T) {
	check.Run(t, func(t *check.T) {
		opts := safepublish.Options{Window: 2, Backoff: time.Millisecond}
		act(t, "Close while two rides are under way", opts, closeWaits)
		act(t, "Close loses patience", opts, closeGivesUp)
	})
}

func closeWaits(s *scene) {
	s.T.Helper()
	s.sure("ride-0")
	s.Fault(s.Mute)
	first, second := s.publish("ride-1", key, unheard), s.publish("ride-2", key, unheard)
	s.Soon(func() bool { return s.sent() == 3 })
	s.rounds()
	s.unsettled("ride-2", second, "a message is settled although the broker has not answered")
	closed := s.closing(s.T.Context())
	s.rounds()
	s.unsettled("ride-1", first, "Close settles a message although the broker has not answered, and may still answer")
	if len(closed) > 0 {
		s.Look(gate, "Close returns")
	}
	require.True(s.T, len(closed) == 0, "Close waits until every message is settled")
	s.Fault(s.Cut)
	s.Fault(s.Heal)
	s.Does(exchange, "the connection is cut")
	s.settled("ride-1", first, accepted, "what becomes of a message without an answer, when Close waits and there is a connection again")
	s.settled("ride-2", second, accepted, "what becomes of a message without an answer, when Close waits and there is a connection again")
	require.Equal(s.T, "nil", ended(s, closed), "Close when everything is settled")
	s.returns(s.publishing(s.T.Context(), "too-late", key), "ErrClosed", "what Publish returns after Close")
	s.Soon(func() bool { return s.open() == 0 })
	require.Zero(s.T, s.open(), "connections of the publisher that are open after Close")
	s.NothingLeft("ch07-messaging/safepublish", "after Close")
	s.holdsEach("after Close", "ride-0", "ride-1", "ride-2")
}

func closeGivesUp(s *scene) {
	s.T.Helper()
	s.sure("ride-0")
	s.Fault(s.Mute)
	first, second := s.publish("ride-1", key, unheard), s.publish("ride-2", key, unheard)
	s.Soon(func() bool { return s.sent() == 3 })
	waiting := s.waits(s.T.Context(), "ride-3")
	ctx, cancel := context.WithCancel(s.T.Context())
	defer cancel()
	sent := s.sent()
	closed := s.closing(ctx)
	s.returns(waiting, "ErrClosed", "what a Publish returns that waits for the window when Close is called")
	s.Does(gate, "the context of Close ends")
	cancel()
	require.Equal(s.T, "context.Canceled", ended(s, closed), "Close whose context ends while the broker is silent")
	s.settled("ride-1", first, unknown, "what becomes of a message without an answer when Close gives up")
	s.settled("ride-2", second, unknown, "what becomes of a message without an answer when Close gives up")
	s.Fault(s.Cut)
	s.Fault(s.Heal)
	s.NothingLeft("ch07-messaging/safepublish", "although Close has returned and the connection is lost")
	require.Equal(s.T, sent, s.sent(), "messages that were sent in all: none after Close has given up")
}

// closing calls Close in a goroutine of its own.
func (s *scene) closing(ctx context.Context) (closed chan error) {
	s.Does(gate, "Close: waits")
	closed = make(chan error, 1)
	go func() { closed <- s.p.Close(ctx) }()
	return closed
}

// ended waits for a Close that is due, and names what it returned.
func ended(s *scene, closed chan error) string {
	s.T.Helper()
	s.Soon(func() bool { return len(closed) > 0 })
	if len(closed) == 0 {
		s.Look(gate, "Close does not return")
	}
	got := "nil"
	if err := messaging.Promptly(s.Broker, closed, "Close returns"); err != nil {
		got = outcome(err)
	}
	s.Does(gate, "Close returns "+got)
	return got
}
