package safepublish_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/safepublish"
	"scalelab/pkg/check"
)

func TestUnroutableIsFinal(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t, "Some rides have no queue", quick)
		first := s.publish("ride-0", nobody, returned)
		if s.Soon(func() bool { return isDone(first) || s.sent() > 1 }); s.sent() > 1 {
			s.Does(gate, "sends ride-0 again, and again")
		}
		s.settled("ride-0", first, unroutable, "what becomes of a message that no queue is bound for")

		s.Fault(s.Mute)
		pending, stored := map[string]*safepublish.Pending{}, map[string]int{}
		for i := range 3 {
			lost, kept := fmt.Sprint("ride-", 2*i+1), fmt.Sprint("ride-", 2*i+2)
			pending[lost] = s.publish(lost, nobody, "no queue is bound; the answers are held back")
			pending[kept] = s.publish(kept, key, unheard)
			stored[kept] = 1
		}
		s.Soon(func() bool { return s.sent() == 7 })
		s.Fault(s.Heal)
		s.Does(exchange, "six acks arrive, and three returns")
		for i := range 6 {
			id, want := fmt.Sprint("ride-", i+1), unroutable
			if i%2 == 1 {
				want = accepted
			}
			s.settled(id, pending[id], want, "what becomes of each of six messages under way at once, every second one with a queue")
		}
		s.sure("ride-7")
		stored["ride-7"] = 1
		require.Equal(t, 8, s.sent(), "messages that were sent in all: one that was returned is not sent again")
		require.Equal(t, stored, s.copies(queue), "messages in the queue, by id")
	})
}

func TestNackedIsSentAgain(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t, "A queue that is full for a while", quick)
		s.settled("ride-1", s.publish("ride-1", smallKey, acked), accepted, "what becomes of a message for which the queue has room")
		pending := s.publish("ride-2", smallKey, nacked)
		s.Soon(func() bool { return s.sent() >= 4 || isDone(pending) })
		s.unsettled("ride-2", pending, "a message is settled although the broker has only nacked it: the queue is full")
		again := s.sent() >= 4
		if !again {
			s.Look(gate, "does not send ride-2 again")
		}
		require.True(t, again, "a nacked message is sent again and again while the queue is full")
		s.Tells(gate, "ride-2 again, after the back-off", exchange, nacked)
		d, _ := s.Take(small)
		s.Does(small, "somebody takes "+d.MessageId)
		s.settled("ride-2", pending, accepted, "what becomes of a nacked message when the queue has room")
		require.Equal(t, map[string]int{"ride-2": 1}, s.copies(small), "messages in the queue, by id, after a nacked one was accepted")
	})
}

func TestBackoffIsForOne(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t, "One ride backs off for an hour", safepublish.Options{Window: 3, Backoff: time.Hour})
		s.settled("ride-1", s.publish("ride-1", smallKey, acked), accepted, "what becomes of a message for which the queue has room")
		pending := s.publish("ride-2", smallKey, nacked)
		s.Until(func() bool { return s.sent() >= 2 }, "the message is sent")
		for i := range 5 {
			s.sure(fmt.Sprint("ride-", i+3))
		}
		s.Soon(func() bool { return s.sent() > 7 || isDone(pending) }) // in vain, unless the publisher storms
		s.unsettled("ride-2", pending, "a message is settled although the broker has only nacked it")
		if s.sent() > 7 {
			s.Look(gate, "ride-2 again, and again, without a pause")
		}
		require.False(t, s.sent() > 7, "a nacked message is sent again before the back-off of an hour has passed")
	})
}
