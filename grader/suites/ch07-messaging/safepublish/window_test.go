package safepublish_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/safepublish"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

func TestWindowIsExact(t *testing.T) {
	check.Run(t, func(t *check.T) {
		const window = 5
		opts := safepublish.Options{Window: window, Backoff: time.Millisecond}
		act(t, "The broker's answers are withheld", opts, func(s *scene) {
			s.sure("ride-0")
			s.fills(window)
		})
		act(t, "The window after rides without a queue and a loss", opts, func(s *scene) {
			for i := range 2 * window {
				id := fmt.Sprint("lost-", i)
				pending := s.publish(id, nobody, returned)
				s.Soon(func() bool { return isDone(pending) })
				if !isDone(pending) {
					s.Look(gate, id+" is "+inCharge)
				}
				require.True(s.T, isDone(pending), "a message that no queue is bound for is settled")
			}
			s.cut()
			s.sure("ride-0")
			s.fills(window)
		})
	})
}

// fills withholds the answers until the window is full and one more waits.
func (s *scene) fills(window int) {
	s.T.Helper()
	before := s.Queue(queue).Messages
	s.Fault(s.Mute)
	pending := map[string]*safepublish.Pending{}
	for i := range window {
		id := fmt.Sprint("ride-", i+1)
		pending[id] = s.hands(id, key)
		s.Does(gate, "Publish "+id)
	}
	s.Soon(func() bool { return s.Queue(queue).Messages == before+window })
	arrived := s.Queue(queue).Messages - before
	if arrived == window {
		s.Does(exchange, "has them all; the answers are held back")
	} else {
		s.Look(exchange, fmt.Sprintf("has %d of them; the answers are held back", arrived))
		s.Expected(fmt.Sprintf("%d under way at once", window), fmt.Sprintf("%d under way at once", arrived))
	}
	require.Equal(s.T, window, arrived, "messages that have reached the broker while it answers none: as many as the window")
	last := fmt.Sprint("ride-", window+1)
	waiting := s.waits(s.T.Context(), last)
	require.Equal(s.T, before+window, s.Queue(queue).Messages, "messages in the queue while one more waits for the window")
	s.Fault(s.Heal)
	s.Does(exchange, "the answers arrive")
	pending[last] = s.takes(waiting)
	for i := range window + 1 {
		id := fmt.Sprint("ride-", i+1)
		s.settled(id, pending[id], accepted, "what becomes of a message when the broker's ack arrives")
	}
}

func TestPublishLeavesWithItsContext(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t, "A ride that nobody wants to report any more", safepublish.Options{Window: 2, Backoff: time.Millisecond})
		s.sure("ride-0")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s.Fault(s.Mute)
		first, second := s.publish("ride-1", key, unheard), s.publish("ride-2", key, unheard)
		waiting := s.waits(ctx, "given-up")
		s.Does(gate, "the context ends")
		cancel()
		s.returns(waiting, "context.Canceled", "what a Publish returns whose context ends while it waits for the window")
		s.returns(s.publishing(ctx, "done-before", key), "context.Canceled", "what Publish returns when its context is done and the window is full")
		s.Fault(s.Heal)
		s.settled("ride-1", first, accepted, "what becomes of a message when the broker's ack arrives")
		s.settled("ride-2", second, accepted, "what becomes of a message when the broker's ack arrives")
		for range 30 { // a select may choose either, so it is asked more than once
			c := s.publishing(ctx, "done-before", key)
			got := outcome(messaging.Promptly(s.Broker, c.done, "Publish returns when its context is done").err)
			if got != "context.Canceled" {
				s.Look(gate, "Publish done-before returns "+got+": its context is done")
			}
			require.Equal(t, "context.Canceled", got,
				"what Publish returns when its context is done and the window is not full")
		}
		s.sure("ride-3")
		s.holdsEach("after calls of Publish whose context was done", "ride-0", "ride-1", "ride-2", "ride-3")
	})
}

// returns waits for a Publish that is due to fail.
func (s *scene) returns(c *call, want, rule string) {
	s.T.Helper()
	s.Soon(func() bool { return len(c.done) > 0 })
	if len(c.done) == 0 {
		s.Look(gate, "Publish "+c.id+" does not return")
	}
	got := outcome(messaging.Promptly(s.Broker, c.done, "Publish returns").err)
	s.Does(gate, "Publish "+c.id+" returns "+got)
	require.Equal(s.T, want, got, rule)
}
