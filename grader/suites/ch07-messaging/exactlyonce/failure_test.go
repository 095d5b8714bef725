package exactlyonce_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/exactlyonce"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

// noticing is the handler counts, and notices a message that was requeued.
func noticing(again *atomic.Bool) exactlyonce.Handler {
	return func(ctx context.Context, tx redis.Pipeliner, d amqp.Delivery) error {
		if d.Redelivered {
			again.Store(true)
		}
		return counts(ctx, tx, d)
	}
}

func TestRedisDownHoldsTheMessage(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t)
		var again atomic.Bool
		p := s.start(noticing(&again))
		tale := messaging.Tell(t, "Redis is down", queue, "consumer", "Redis")
		s.Fault(s.redis.Down)
		tale.Does("Redis", "goes down")
		s.ride("r-1", "ada")
		s.ride("r-2", "bob")
		tale.Tells(queue, "delivers r-1, keeps r-2", "consumer", "cannot commit")
		s.Soon(func() bool { return len(p.attempts()) >= 3 || len(p.done) > 0 || messaging.IsClosed(p.acked) })
		if len(p.done) > 0 {
			tale.Look("consumer", "Run returns")
		}
		require.Zero(t, len(p.done), "Run goes on while Redis is down")
		if messaging.IsClosed(p.acked) {
			tale.Look("consumer", "acknowledges r-1, which has no effect")
		}
		require.False(t, messaging.IsClosed(p.acked), "no message is acknowledged while Redis is down")
		switch {
		case again.Load():
			tale.Look("consumer", "has requeued r-1, and gets it again")
		case len(p.attempts()) == 0:
			tale.Look("consumer", "does not ask Backoff")
		case len(p.attempts()) < 3:
			tale.Look("consumer", fmt.Sprint("has asked Backoff for ", p.attempts()))
		}
		require.GreaterOrEqual(t, len(p.attempts()), 3, "back-offs that were asked for while Redis is down: Run tries again and again")
		ready := s.Queue(queue).Messages
		tale.Does(queue, fmt.Sprintf("messages ready: %d", ready))
		require.Equal(t, 1, ready, "messages ready in the queue: the consumer holds one, and leaves the other to other consumers")
		tale.Does("consumer", fmt.Sprint("has asked Backoff for ", p.attempts()[:3]))
		require.Equal(t, []int{1, 2, 3}, p.attempts()[:3], "attempts that Backoff was asked about for one message")

		s.Fault(s.redis.Heal)
		tale.Does("Redis", "comes back")
		s.Until(func() bool { return s.rides("ada") > 0 && s.rides("bob") > 0 }, "the messages take effect when Redis is back")
		s.fence(p)
		tale.Tells("consumer", "commits", "Redis", fmt.Sprintf("rides of ada: %d", s.rides("ada")))
		require.False(t, again.Load(), "the message is held while Redis is down, not requeued")
		require.Equal(t, []int{1, 1}, []int{s.rides("ada"), s.rides("bob")}, "rides of ada and of bob")
		s.holdsWhileLoading(p, &again, tale)
		s.waitsForBackoff(p, tale)
	})
}

// holdsWhileLoading lets Redis answer for a while, but only that it cannot now.
func (s *scene) holdsWhileLoading(p *process, again *atomic.Bool, tale *messaging.Story) {
	t := s.T
	t.Helper()
	p.waits(time.Millisecond)
	var loaded atomic.Bool
	p.wire.arm(func(int) fate {
		if loaded.Load() {
			return passes
		}
		return refused
	})
	tale.Does("Redis", "is loading its data: LOADING is its answer")
	s.ride("r-4", "kim")
	tale.Tells(queue, "delivers r-4", "consumer", "cannot commit")
	s.Soon(func() bool { return len(p.attempts()) >= 3 || len(p.done) > 0 })
	if len(p.done) > 0 {
		tale.Look("consumer", "Run returns")
	}
	require.Zero(t, len(p.done), "Run goes on while Redis answers that it is loading")
	switch {
	case again.Load():
		tale.Look("consumer", "has requeued r-4, and gets it again")
	case len(p.attempts()) < 3:
		tale.Look("consumer", fmt.Sprint("has asked Backoff for ", p.attempts()))
	}
	require.False(t, again.Load(), "the message is held while Redis answers that it is loading, not requeued")
	require.GreaterOrEqual(t, len(p.attempts()), 3, "back-offs that were asked for while Redis answers that it is loading")
	require.Equal(t, []int{1, 2, 3}, p.attempts()[:3], "attempts that Backoff was asked about for one message")
	loaded.Store(true)
	tale.Does("Redis", "has loaded its data")
	s.Until(func() bool { return s.rides("kim") > 0 }, "the message takes effect when Redis has loaded its data")
	s.fence(p)
	require.False(t, again.Load(), "the message is held while Redis answers that it is loading, not requeued")
	require.Equal(t, 1, s.rides("kim"), "rides of kim")
}

// waitsForBackoff lets Redis fail for a moment, during a back-off of an hour.
func (s *scene) waitsForBackoff(p *process, tale *messaging.Story) {
	t := s.T
	t.Helper()
	p.waits(time.Hour)
	s.Fault(s.redis.Down)
	s.ride("r-3", "eve")
	s.Until(func() bool { return len(p.attempts()) > 0 }, "Backoff is asked when Redis is down again")
	s.Fault(s.redis.Heal)
	tale.Does("Redis", "goes down and comes back")
	s.Settle(p.conn)
	if s.rides("eve") == 0 {
		tale.Does("consumer", "waits, as Backoff has said an hour")
	} else {
		tale.Tells("consumer", "does not wait for the hour that Backoff has said", "Redis", fmt.Sprintf("rides of eve: %d", s.rides("eve")))
	}
	require.Zero(t, s.rides("eve"), "rides of eve, while a back-off of an hour lasts")
	require.Equal(t, []int{1}, p.attempts(), "attempts that Backoff was asked about for the next message that meets a failure")
	p.stop()
	tale.Does("consumer", "its context ends")
	if s.Soon(func() bool { return len(p.done) > 0 }); len(p.done) == 0 {
		tale.Look("consumer", "Run does not return: the hour is not over")
	}
	require.Equal(t, "nil", outcome(messaging.Promptly(s.Broker, p.done, "Run returns when its context ends during a back-off")), "Run")
	s.NoConsumer(queue, "after Run has returned")
	// Who gives a message back before he has cancelled his consumer may get it again, and a select may choose it, by chance.
	kept := func() bool { return s.Queue(queue).Messages == 1 || s.rides("eve") == 1 }
	if s.Soon(kept); !kept() {
		tale.Look(queue, "is empty, and the ride of eve has not taken effect")
	}
	require.True(t, kept(), "a message that was held when Run was stopped is back in the queue, or has taken effect")
}

// nothing is what Redis holds of a message that has not taken effect.
const nothing = "rides: 0, metres: 0, key: false"

func TestHandlerThatFailsChangesNothing(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := openWith(t, amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "rejected"})
		s.Declare("rejected", nil)
		tale := messaging.Tell(t, "A handler fails, panics and succeeds", queue, "consumer", "Redis")
		calls, anonymous := 0, false
		found := make(chan state, 10)
		p := s.start(func(ctx context.Context, tx redis.Pipeliner, d amqp.Delivery) error {
			_ = counts(ctx, tx, d)
			if d.MessageId == "" {
				anonymous = true
			}
			if d.MessageId != "r-1" {
				return nil
			}
			found <- s.look("r-1", "ada")
			switch calls++; calls {
			case 1:
				return errors.New("who is Ada?")
			case 2:
				panic("the pass is broken")
			}
			return nil
		})
		s.ride("r-1", "ada")
		for _, deed := range []string{"the handler queues commands and returns an error", "the handler queues commands and panics", "the handler returns nil"} {
			s.Soon(func() bool { return len(found) > 0 || len(p.done) > 0 })
			require.Zero(t, len(p.done), "Run goes on after its handler has failed")
			if len(found) == 0 {
				tale.Look(queue, "r-1 does not come again")
			}
			require.NotZero(t, len(found), "the message comes again after its handler has failed")
			st := <-found
			holds := fmt.Sprintf("rides: %d, metres: %d, key: %v", st.rides, st.metres, st.key)
			if holds == nothing {
				tale.Does("Redis", "before this call: "+holds)
			} else {
				tale.Look("Redis", "before this call: "+holds)
			}
			tale.Tells(queue, "delivers r-1", "consumer", deed)
			require.Equal(t, nothing, holds, "what Redis holds of the message before this call: "+deed)
		}
		s.fence(p)
		require.Equal(t, 1, s.rides("ada"), "rides of ada after the handler has failed, panicked and succeeded")
		s.ride("", "nobody")
		tale.Tells(queue, "delivers a message without MessageId", "consumer", "rejects it")
		s.fence(p)
		require.False(t, anonymous, "the handler is not called for a message without a MessageId")
		require.Zero(t, s.rides("nobody"), "rides that took effect without a MessageId")
		s.Holds(1, "rejected", "after a message without a MessageId was rejected: the dead-letter queue of this check")
		p.end()
		s.NoConsumer(queue, "after Run has returned")
		s.Holds(0, queue, "after all were handled")
	})
}
