package poison_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/poison"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

var errBroken = errors.New("the pass is broken")

func TestHistoryIsCarriedAlong(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t, quorum)
		tale := messaging.Tell(t, "What is written on a message", queue, "process", retry, dead)
		s.opts.Backoff = time.Hour
		p := s.start(func(context.Context, amqp.Delivery) error { return errBroken })
		tell := func(lane string, d amqp.Delivery, headers string) {
			tale.Tells(queue, "delivers "+d.MessageId+", "+headers, "process", "the handler fails")
			tale.Tells("process", "publishes "+d.MessageId, lane, letterOf(d).String())
		}

		s.ride("r-1", amqp.Table{"x-lift": "gondola"})
		d := s.comes(tale, retry, "r-1")
		tell(retry, d, "without a history")
		require.Equal(t, letter{id: "r-1", attempts: 1, errors: "[the pass is broken]"}.String(), letterOf(d).String(), "a message in the retry queue after its first attempt")
		s.unchanged(tale, retry, d, "r-1")
		if d.Expiration != "3600000" {
			tale.Look(retry, fmt.Sprintf("r-1 has the Expiration %q", d.Expiration))
		}
		require.Equal(t, "3600000", d.Expiration, "Expiration of a message in the retry queue, in milliseconds (Backoff is an hour)")

		s.ride("r-2", amqp.Table{"x-lift": "gondola", poison.HeaderAttempts: int64(2), poison.HeaderErrors: []any{"a", "b"}})
		d = s.comes(tale, dead, "r-2, with x-attempts 2 (an int64)")
		tell(dead, d, "x-attempts 2, x-errors [a, b]")
		require.Equal(t, letter{"r-2", 3, "[a, b, the pass is broken]", "the pass is broken"}.String(), letterOf(d).String(), "a message in the dead-letter queue after its last attempt")
		s.unchanged(tale, dead, d, "r-2")
		s.Soon(func() bool { return len(s.alerted()) > 0 })
		require.Equal(t, []poison.Dead{{MessageID: "r-2", Reason: "the pass is broken", Attempts: 3}}, s.alerted(), "alerts")
		p.end()

		s.takenBack("r-3")
		p = s.start(func(context.Context, amqp.Delivery) error { return errBroken })
		d = s.comes(tale, retry, "r-3")
		tell(retry, d, "x-delivery-count 1")
		if _, carried := d.Headers[poison.HeaderDeliveryCount]; carried {
			tale.Look(retry, "the new message has x-delivery-count as well")
		}
		require.Equal(t, 2, letterOf(d).attempts, "x-attempts in the retry queue of a message that the quorum queue has taken back once before its handler failed")
		require.NotContains(t, d.Headers, poison.HeaderDeliveryCount, "headers of a message that was published again: that count belongs to its stay in the queue before")
		p.end()
	})
}

// comes waits for a message in a queue and takes it; which says what comes.
func (s *scene) comes(tale *messaging.Story, name, which string) amqp.Delivery {
	s.T.Helper()
	s.Soon(func() bool { return s.Queue(name).Messages > 0 })
	d, ok := s.Take(name)
	if !ok {
		if name != queue {
			tale.Tells(queue, "delivers "+which, "process", "the handler fails")
		}
		tale.Look(name, which+" does not come here")
	}
	require.True(s.T, ok, "a message whose handler has failed comes to the queue %s", name)
	return d
}

// unchanged fails the check unless the message is what was published.
func (s *scene) unchanged(tale *messaging.Story, lane string, d amqp.Delivery, id string) {
	s.T.Helper()
	same := false
	defer draws(tale, &same, lane, fmt.Sprintf("%s has the body %q, content type %q, header x-lift %v, delivery mode %d", id, d.Body, d.ContentType, d.Headers["x-lift"], d.DeliveryMode))
	require.Equal(s.T, "ride "+id, string(d.Body), "body of a message that was published again")
	require.Equal(s.T, "application/json", d.ContentType, "content type of a message that was published again")
	require.Equal(s.T, "gondola", d.Headers["x-lift"], "another header of a message that was published again")
	require.EqualValues(s.T, amqp.Persistent, d.DeliveryMode, "delivery mode of a message that was published again: 2 is persistent")
	same = true
}

// takenBack publishes a message that somebody takes and gives back.
func (s *scene) takenBack(id string) {
	s.T.Helper()
	s.ride(id, nil)
	ch := s.Channel()
	defer ch.Close()
	var d amqp.Delivery
	s.Until(func() bool {
		got, ok, err := ch.Get(queue, false)
		s.Own(err, "take a message")
		d = got
		return ok
	}, "the suite's own message lies in the queue")
	s.Own(d.Nack(false, true), "give a message back")
	s.Until(func() bool { return s.Queue(queue).Messages == 1 }, "the suite's own message lies in the queue again")
}

func TestWhatHealsIsNotDead(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t, quorum)
		tale := messaging.Tell(t, "A failure that heals, and one that cannot", queue, "process", dead)
		var starts messaging.Count
		p := s.start(func(_ context.Context, d amqp.Delivery) error {
			n := starts.Add(d.MessageId)
			switch {
			case d.MessageId == "r-1" && n == 1:
				return errBroken
			case d.MessageId == "r-1" && n == 2:
				panic("the pass is broken")
			case d.MessageId == "r-2":
				return fmt.Errorf("no such lift: %w", poison.ErrPoison)
			}
			return nil
		})
		s.ride("r-1", nil)
		s.Eventually(func() bool { return len(p.done) > 0 || starts.All()["r-1"] >= 3 || s.Queue(dead).Messages > 0 })
		tale.Tells(queue, "delivers r-1", "process", fmt.Sprintf("starts of the handler: %d (an error, then a panic, then nil)", starts.All()["r-1"]))
		tale.Does(dead, fmt.Sprintf("messages: %d", s.Queue(dead).Messages))
		require.Zero(t, len(p.done), "Run goes on after its handler has failed")
		require.Equal(t, 3, starts.All()["r-1"], "starts of a handler that fails, panics and succeeds (MaxAttempts is 3)")
		s.ride("r-2", nil)
		s.Soon(func() bool { return len(p.done) > 0 || len(s.alerted()) > 0 })
		s.ride("r-3", nil)
		s.Until(func() bool { return len(p.done) > 0 || starts.All()["r-3"] > 0 }, "the next message is handled")
		p.end()
		tale.Tells(queue, "delivers r-2", "process", fmt.Sprintf("starts of the handler: %d (ErrPoison)", starts.All()["r-2"]))
		require.Equal(t, map[string]int{"r-1": 3, "r-2": 1, "r-3": 1}, starts.All(), "starts of the handler: r-1 heals, r-2 is ErrPoison, r-3 is well")
		letters := s.letters(dead)
		tale.Does(dead, fmt.Sprintf("messages: %d", len(letters)))
		want := letter{"r-2", 1, "[no such lift: poison message]", "no such lift: poison message"}
		require.Equal(t, fmt.Sprint([]letter{want}), fmt.Sprint(letters), "messages in the dead-letter queue: none that has healed, one that was ErrPoison")
		require.Equal(t, []poison.Dead{{MessageID: "r-2", Reason: "no such lift: poison message", Attempts: 1}}, s.alerted(), "alerts")
		s.Holds(0, queue, "after all were handled")
		s.Holds(0, retry, "after all were handled")
	})
}

func TestNobodyWaitsForABackoff(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t, quorum)
		s.opts.Backoff = time.Hour
		tale := messaging.Tell(t, "A back-off of an hour", queue, "process 1", "process 2", retry)
		var starts, others messaging.Count
		var hold atomic.Bool
		release := make(chan struct{})
		p := s.start(func(_ context.Context, d amqp.Delivery) error {
			starts.Add(d.MessageId)
			if d.MessageId == "poison" {
				return errBroken
			}
			if hold.Load() {
				<-release
			}
			return nil
		})
		s.ride("poison", nil)
		s.ride("r-1", nil)
		s.ride("r-2", nil)
		tale.Tells(queue, "delivers the poison", "process 1", "the handler fails")
		s.Soon(func() bool { return len(p.done) > 0 || starts.Has([]string{"r-1", "r-2"}) })
		tale.Does("process 1", fmt.Sprintf("healthy messages handled: %d of 2", len(starts.All())-1))
		require.True(t, starts.Has([]string{"r-1", "r-2"}), "healthy messages behind a poison one are handled during its back-off of an hour")
		tale.Ready(s.Broker, retry, 1, "during the back-off")
		p.settle()
		require.Equal(t, 1, starts.All()["poison"], "starts of the handler for the poison message during the back-off")

		hold.Store(true)
		s.ride("r-3", nil)
		s.Until(func() bool { return starts.All()["r-3"] > 0 }, "a healthy message is handled")
		tale.Tells(queue, "delivers r-3", "process 1", "the handler is at work")
		s.ride("r-4", nil)
		p.settle()
		next := s.start(func(_ context.Context, d amqp.Delivery) error { others.Add(d.MessageId); return nil })
		s.Soon(func() bool { return others.All()["r-4"] > 0 })
		tale.Tells(queue, "delivers what is behind it", "process 2", fmt.Sprintf("r-4 is handled: %v", others.All()["r-4"] > 0))
		require.Equal(t, messaging.Once([]string{"r-4"}), others.All(), "what another process handles while the first one's handler is at work: it holds one message only")
		close(release)
		p.stop()
		next.stop()
		messaging.Await(s.Broker, p.done, "Run returns after its context has ended")
		messaging.Await(s.Broker, next.done, "Run returns after its context has ended")
	})
}
