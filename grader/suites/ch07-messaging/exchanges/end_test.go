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
		for range messaging.Stops {
			b.stopped("p-0")
		}
		var purchases []string // so many that nobody who goes on by a toss of a coin handles them all
		for i := range 17 {
			purchases = append(purchases, fmt.Sprint("p-", i))
		}
		handled := b.stopped(purchases...)

		require.True(t, b.send(exchanges.AuditExchange, "", "p-late"), "a service whose instances have stopped keeps its queue")
		purchases = append(purchases, "p-late")
		next := b.subscribe(exchanges.New(b.Dial()), ledger, handled.handle)
		b.Until(func() bool { return handled.Has(purchases) }, "the next instance handles what was left in the queue")
		next.end()
		require.Equal(t, messaging.Once(purchases), handled.All(), "how often each message was handled, before and after the stop")
		b.Holds(0, ledger.Queue(), "after all were handled")
	})
}

// stopped stops an instance while its handler is at work, and returns what it has handled.
func (b *broker) stopped(purchases ...string) *book {
	b.T.Helper()
	conn := b.Dial()
	working, stopping, release := make(chan any, 100), make(chan struct{}, 100), make(chan struct{})
	handled := &book{}
	s := b.subscribe(exchanges.New(conn), ledger, func(ctx context.Context, e exchanges.Event) error {
		working <- ctx.Value(errand{})
		<-ctx.Done()
		stopping <- struct{}{}
		<-release
		handled.note(e)
		return nil
	})
	for _, purchase := range purchases {
		require.True(b.T, b.send(exchanges.AuditExchange, "", purchase), "the service's queue is bound")
	}
	require.Equal(b.T, any("ledger"), messaging.Await(b.Broker, working, "the handler is called"),
		"what the handler's context carries: the values of the subscription's")
	tale := b.story("An instance is stopped while its handler is at work", ledger.Queue(), "instance 1")
	tale.Tells(ledger.Queue(), "delivers p-0", "instance 1", "the handler is called")
	s.stop()
	tale.Does("instance 1", "the context ends")
	messaging.Promptly(b.Broker, stopping, "the handler's context ends with the subscription's")
	b.settle(conn)
	if len(s.done) > 0 {
		tale.Does("instance 1", "Wait returns")
	}
	require.True(b.T, len(s.done) == 0, "Wait does not return while the handler is at work")
	close(release)
	result := s.ended()
	tale.Does("instance 1", "the handler returns nil")
	tale.Does("instance 1", "Wait returns")

	b.NoConsumer(ledger.Queue(), whenAllEnded)
	require.NotEmpty(b.T, handled.All(), "the handler call in progress finishes")
	whole := func() bool { return len(handled.All())+b.Queue(ledger.Queue()).Messages == len(purchases) }
	b.Soon(whole)
	require.True(b.T, whole(), "when Wait has returned, each of the messages was either handled or is back in the queue")
	if result != nil {
		tale.Look("instance 1", "Wait has returned an error: a stop is no loss")
	}
	require.Equal(b.T, "nil", outcome(result), "Wait after the context has ended")
	s.again(result, "after the context has ended")
	tale.Over()
	return handled
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
		result := messaging.Await(b.Broker, deleted.done, "Wait returns after the queue was deleted")
		require.True(t, result != nil, "Wait returns an error after the queue was deleted")
		deleted.again(result, "after the queue was deleted")
		require.False(t, conn.IsClosed(), "the connection is open after a queue was deleted")

		lost := b.subscribe(client, ledger, ignore)
		sent := wire.When("unanswered", func() { b.Fault(b.Mute) })
		answer := make(chan error, 1)
		go func() { answer <- client.Publish(t.Context(), toAll, event("unanswered")) }()
		messaging.Await(b.Broker, sent, "the message is sent")
		b.Fault(b.Cut)
		result = messaging.Await(b.Broker, lost.done, "Wait returns after the connection was lost")
		require.True(t, result != nil, "Wait returns an error after the connection was lost")
		lost.again(result, "after the connection was lost")
		messaging.Await(b.Broker, answer, "Publish returns after the connection was lost")
		b.Lost(conn)
		b.NothingLeft("ch07-messaging/exchanges", "although every subscription has ended and the connection is lost")
	})
}
