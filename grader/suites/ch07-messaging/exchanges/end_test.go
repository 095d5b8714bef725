package exchanges_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/exchanges"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

func TestStopFinishesAndGivesBack(t *testing.T) {
	check.Run(t, func(t *check.T) {
		b := openDeclared(t)
		conn := b.Dial()
		working, stopping, release := make(chan struct{}, 10), make(chan struct{}, 10), make(chan struct{})
		var before book
		s := b.subscribe(exchanges.New(conn), ledger, func(ctx context.Context, e exchanges.Event) error {
			working <- struct{}{}
			<-ctx.Done()
			stopping <- struct{}{}
			<-release
			before.note(e)
			return nil
		})
		var purchases []string
		for i := range 5 {
			purchases = append(purchases, fmt.Sprint("p-", i))
			require.True(t, b.send(exchanges.AuditExchange, "", purchases[i]), "the service's queue is bound")
		}
		messaging.Await(b.Broker, working, "the handler is called")
		tale := b.story("An instance is stopped while its handler is at work", ledger.Queue(), "instance 1")
		tale.Tells(ledger.Queue(), "delivers p-0", "instance 1", "the handler is called")
		s.stop()
		tale.Does("instance 1", "the context ends")
		messaging.Promptly(b.Broker, stopping, "the handler's context ends with the subscription's")
		b.settle(conn)
		if len(s.done) > 0 {
			tale.Does("instance 1", "Wait returns")
		}
		require.True(t, len(s.done) == 0, "Wait does not return while the handler is at work")
		close(release)
		result := s.ended()
		tale.Does("instance 1", "the handler returns nil")
		tale.Does("instance 1", "Wait returns")

		b.NoConsumer(ledger.Queue(), whenAllEnded)
		handled := len(before.All())
		require.True(t, handled > 0, "the handler call in progress finishes")
		b.Soon(func() bool { return handled+b.Queue(ledger.Queue()).Messages == len(purchases) })
		require.True(t, handled+b.Queue(ledger.Queue()).Messages == len(purchases),
			"when Wait has returned, each of the messages was either handled or is back in the queue")
		require.Equal(t, "nil", outcome(result), "Wait after the context has ended")

		require.True(t, b.send(exchanges.AuditExchange, "", "p-late"), "a service whose instances have stopped keeps its queue")
		purchases = append(purchases, "p-late")
		s = b.subscribe(exchanges.New(b.Dial()), ledger, before.handle)
		b.Until(func() bool { return before.Has(purchases) }, "the next instance handles what was left in the queue")
		s.end()
		require.Equal(t, messaging.Once(purchases), before.All(), "how often each message was handled, before and after the stop")
		b.Holds(0, ledger.Queue(), "after all were handled")
	})
}

func TestLossEndsTheSubscription(t *testing.T) {
	check.Run(t, func(t *check.T) {
		b := openDeclared(t)
		conn, wire := b.DialTapped()
		client := exchanges.New(conn)

		deleted := b.subscribe(client, ledger, ignore)
		require.Equal(t, 1, b.Queue(ledger.Queue()).Consumers, "consumers of a running subscription")
		_, err := b.Channel().QueueDelete(ledger.Queue(), false, false, false)
		b.Own(err, "delete a queue")
		require.True(t, messaging.Await(b.Broker, deleted.done, "Wait returns after the queue was deleted") != nil,
			"Wait returns an error after the queue was deleted")
		require.False(t, conn.IsClosed(), "the connection is open after a queue was deleted")

		lost := b.subscribe(client, ledger, ignore)
		sent := wire.When("unanswered", func() { b.Fault(b.Mute) })
		answer := make(chan error, 1)
		go func() { answer <- client.Publish(t.Context(), toAll, event("unanswered")) }()
		messaging.Await(b.Broker, sent, "the message is sent")
		b.Fault(b.Cut)
		require.True(t, messaging.Await(b.Broker, lost.done, "Wait returns after the connection was lost") != nil,
			"Wait returns an error after the connection was lost")
		messaging.Await(b.Broker, answer, "Publish returns after the connection was lost")
		b.Until(conn.IsClosed, "the connection is closed")
		b.NothingLeft("ch07-messaging/exchanges", "although every subscription has ended and the connection is lost")
	})
}
