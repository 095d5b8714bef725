package exchanges_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/exchanges"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

// ledger wants everything.
var ledger = exchanges.Subscription{Service: "ledger", Kind: exchanges.Fanout}

func TestHandlerDecidesAboutTheMessage(t *testing.T) {
	check.Run(t, func(t *check.T) {
		b := openDeclared(t)
		b.subscribe(exchanges.New(b.Dial()), ledger, ignore).end() // now the queue exists
		require.True(t, b.send(exchanges.AuditExchange, "", "p-1"), "a service whose instances have stopped keeps its queue")

		// A handler that stops its own subscription: what becomes of its message is settled when Wait returns.
		s := b.story("What becomes of one message", ledger.Queue())
		instance := 0
		settled := func(deed string, ready int) {
			b.NoConsumer(ledger.Queue(), whenAllEnded) // a handler may still be at work if Wait has returned too early
			instance++
			s.Tells(ledger.Queue(), "delivers p-1", fmt.Sprint("instance ", instance), deed)
			b.Soon(func() bool { return b.Queue(ledger.Queue()).Messages == ready })
			got := b.Queue(ledger.Queue()).Messages
			s.Does(ledger.Queue(), fmt.Sprintf("messages ready: %d", got))
			require.Equal(t, ready, got, "messages ready in the queue after: "+deed)
		}
		afterFirstCall(b, func() error { return errors.New("the ledger is locked") })
		settled("the handler returns an error", 1)
		afterFirstCall(b, func() error { panic("the ledger is on fire") })
		settled("the handler panics", 1)
		whileHandling(b)
		settled("the connection is lost meanwhile", 1)
		afterFirstCall(b, func() error { return nil })
		settled("the handler returns nil", 0)

		goesOn(b)
	})
}

// afterFirstCall lets a subscription handle one message with that result, and waits for its end.
func afterFirstCall(b *broker, result func() error) {
	b.T.Helper()
	b.NoConsumer(ledger.Queue(), whenAllEnded)
	ctx, stop := context.WithCancel(b.T.Context())
	conn := b.Dial()
	var called atomic.Bool
	b.subscribeUntil(ctx, stop, exchanges.New(conn), ledger, func(context.Context, exchanges.Event) error {
		called.Store(true)
		stop()
		b.settle(conn) // who stops too early has stopped by now
		return result()
	}).ended()
	require.True(b.T, called.Load(), "the handler is called: a message was waiting in the queue")
}

// whileHandling cuts the connection of a subscription whose handler is at work.
func whileHandling(b *broker) {
	b.T.Helper()
	conn := b.Dial()
	working, release := make(chan struct{}, 1), make(chan struct{})
	s := b.subscribe(exchanges.New(conn), ledger, func(context.Context, exchanges.Event) error {
		select {
		case working <- struct{}{}:
		default:
		}
		<-release
		return nil
	})
	messaging.Await(b.Broker, working, "the handler is called")
	b.settle(conn)
	b.Fault(b.Cut)
	b.Until(func() bool { return b.Queue(ledger.Queue()).Consumers == 0 }, "the broker notices that the connection is lost")
	close(release)
	messaging.Await(b.Broker, s.done, "Wait returns after the connection was lost")
}

// goesOn shows one subscription an error, a panic and an unreadable body, and that it handles what comes then.
func goesOn(b *broker) {
	t := b.T
	t.Helper()
	var seen book
	s := b.subscribe(exchanges.New(b.Dial()), ledger, func(_ context.Context, e exchanges.Event) error {
		switch seen.note(e) {
		case 1:
			return errors.New("the ledger is locked")
		case 2:
			panic("the ledger is on fire")
		}
		return nil
	})
	require.True(t, b.put(exchanges.AuditExchange, "", []byte("not an event")), "the service's queue is bound")
	require.True(t, b.send(exchanges.AuditExchange, "", "p-2"), "the service's queue is bound")
	b.Until(func() bool { return seen.All()["p-2"] >= 3 }, "a message comes again after an error and after a panic")
	s.end()
	require.Equal(t, map[string]int{"p-2": 3}, seen.All(), "calls of a handler that fails, panics and succeeds; an unreadable message calls none")
	b.Holds(0, ledger.Queue(), "after one was handled and an unreadable one rejected")
}

func TestOneCallAtATime(t *testing.T) {
	check.Run(t, func(t *check.T) {
		b := openDeclared(t)
		conn, wire := b.DialTapped()
		client := exchanges.New(conn)
		release := make(chan struct{})
		var atWork atomic.Int32
		var overlap atomic.Bool
		var seen, other book
		returnsWhenConsuming(b, wire, client, func(_ context.Context, e exchanges.Event) error {
			if atWork.Add(1) > 1 {
				overlap.Store(true)
			}
			<-release
			atWork.Add(-1)
			seen.note(e)
			return nil
		})
		archive := exchanges.Subscription{Service: "archive", Kind: exchanges.Direct, Keys: []exchanges.Key{{Country: "CH"}}}
		b.subscribe(client, archive, other.handle)

		var purchases []string
		for i := range 10 {
			purchases = append(purchases, fmt.Sprint("p-", i))
			require.True(t, b.send(exchanges.AuditExchange, "", purchases[i]), "the first service's queue is bound")
			require.True(t, b.send(exchanges.DirectExchange, "CH", purchases[i]), "the other service's queue is bound")
		}
		b.Until(func() bool { return atWork.Load() > 0 }, "the handler is called, although nobody calls Wait")
		b.Until(func() bool { return other.Has(purchases) }, "another subscription handles its messages while the first one's handler is at work")
		b.settle(conn)
		require.False(t, overlap.Load(), "the handler is called for the next message only when it has returned")
		close(release)
		b.Until(func() bool { return seen.Has(purchases) }, "the first subscription handles its messages as well")
		require.False(t, overlap.Load(), "the handler is called for the next message only when it has returned")
	})
}

// returnsWhenConsuming subscribes the ledger while the broker's answer to basic.consume is held back: Subscribe must wait for it.
func returnsWhenConsuming(b *broker, wire *messaging.Tap, client *exchanges.Client, handler exchanges.Handler) {
	t := b.T
	t.Helper()
	consuming := wire.When(messaging.BasicConsume, func() { b.Fault(b.Mute) })
	returned := make(chan error, 1)
	go func() {
		_, err := client.Subscribe(t.Context(), ledger, handler)
		returned <- err
	}()
	b.Until(func() bool { return messaging.IsClosed(consuming) || len(returned) > 0 }, "Subscribe starts to consume from "+ledger.Queue())
	b.RoundTrips(messaging.Rounds)
	require.True(t, len(returned) == 0, "Subscribe does not return before the broker has confirmed the consumer")
	b.Fault(b.Heal)
	require.Equal(t, "nil", outcome(messaging.Await(b.Broker, returned, "Subscribe returns when the broker has confirmed the consumer")), "Subscribe")
}
