package exchanges_test

import (
	"context"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/exchanges"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

func TestDeclareIsDurableAndIdempotent(t *testing.T) {
	check.Run(t, func(t *check.T) {
		b := open(t)
		for range 2 {
			ch, err := b.Dial().Channel()
			b.Own(err, "open a channel")
			for range 2 {
				require.True(t, exchanges.Declare(ch) == nil, "Declare returns nil, the first time and again, on any channel")
			}
			require.True(t, ch.Qos(1, 0, false) == nil, "the channel is usable after Declare")
		}
		for _, kind := range kinds {
			name := kind.Exchange()
			err := b.Channel().ExchangeDeclarePassive(name, string(kind), true, false, false, false, nil)
			require.True(t, messaging.CodeOf(err) != amqp.NotFound, "Declare sets up the exchange %s", name)
			err = b.Channel().ExchangeDeclare(name, string(kind), true, false, false, false, nil)
			require.True(t, messaging.CodeOf(err) != amqp.PreconditionFailed,
				"the exchange %s has type %s and is durable, not auto-deleted, not internal, without arguments", name, kind)
			b.Own(err, "look at an exchange")
		}
	})
}

func TestConflictLeavesTheRestWorking(t *testing.T) {
	check.Run(t, func(t *check.T) {
		b := open(t)
		conn, wire := b.DialTapped()
		declareAgainstConflict(b, conn)

		client := exchanges.New(conn)
		events := make(chan exchanges.Event, 100)
		other := b.subscribe(client, ledger, func(_ context.Context, e exchanges.Event) error { events <- e; return nil })
		works := func(after string) {
			require.False(t, conn.IsClosed(), "the connection is open after %s", after)
			require.Equal(t, "nil", outcome(client.Publish(t.Context(), toAll, event(after))), "Publish after %s", after)
			b.Until(func() bool { return len(events) > 0 || len(other.done) > 0 }, "another subscription receives what is published after "+after)
			require.Zero(t, len(other.done), "another subscription has ended after %s", after)
			require.Equal(t, event(after), <-events, "what another subscription receives after %s", after)
		}
		works("Subscribe")

		b.Bind("refunds.direct", exchanges.DirectExchange, "CH", amqp.Table{"x-max-length": 10})
		direct := exchanges.Subscription{Service: "refunds", Kind: exchanges.Direct, Keys: []exchanges.Key{{Country: "CH"}}}
		handle, err := client.Subscribe(t.Context(), direct, ignore)
		require.True(t, handle == nil, "a Subscribe whose queue exists with other arguments returns no handle")
		require.Equal(t, amqp.PreconditionFailed, messaging.CodeOf(err), "the code of the *amqp.Error of a Subscribe whose queue exists with other arguments")
		works("a Subscribe that was refused")

		b.Own(b.Channel().ExchangeDelete(exchanges.DirectExchange, false, false), "delete an exchange")
		_, got := b.publishHeldBack(client, wire, toCH, "lost")
		require.NotEqual(t, "nil", got, "Publish to an exchange that does not exist")
		works("a Publish to a missing exchange")

		refusesNonsense(t, client)
		works("calls with arguments that are not allowed")
	})
}

// declareAgainstConflict calls Declare while an exchange of another type is in the way, then without it.
func declareAgainstConflict(b *broker, conn *amqp.Connection) {
	b.T.Helper()
	name := exchanges.TopicExchange
	b.Own(b.Channel().ExchangeDeclare(name, amqp.ExchangeFanout, true, false, false, false, nil), "declare an exchange")
	ch, err := conn.Channel()
	b.Own(err, "open a channel")
	err = exchanges.Declare(ch)
	require.True(b.T, err != nil, "Declare returns an error when %s exists with another type", name)
	require.True(b.T, strings.Contains(err.Error(), name), "the error of Declare names %s, which is in the way", name)
	require.Equal(b.T, amqp.PreconditionFailed, messaging.CodeOf(err), "the code of the *amqp.Error that Declare's error wraps")
	require.False(b.T, conn.IsClosed(), "the connection is open after a Declare that was refused")

	b.Own(b.Channel().ExchangeDelete(name, false, false), "delete an exchange")
	ch, err = conn.Channel()
	require.True(b.T, err == nil, "the connection is usable after a Declare that was refused")
	require.True(b.T, exchanges.Declare(ch) == nil, "Declare returns nil once the other exchange is gone")
}

func refusesNonsense(t *check.T, client *exchanges.Client) {
	t.Helper()
	ch := exchanges.Key{Country: "CH"}
	for _, sub := range []exchanges.Subscription{
		{Service: "", Kind: exchanges.Direct, Keys: []exchanges.Key{ch}},
		{Service: "refunds", Kind: "headers", Keys: []exchanges.Key{ch}},
		{Service: "refunds", Kind: exchanges.Direct},
		{Service: "refunds", Kind: exchanges.Topic, Keys: []exchanges.Key{ch, {Category: "sk*"}}},
	} {
		_, err := client.Subscribe(t.Context(), sub, ignore)
		require.Equal(t, "ErrInvalid", outcome(err), "Subscribe with %+v", sub)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := client.Subscribe(done, ledger, ignore)
	require.NotEqual(t, "nil", outcome(err), "Subscribe with a context that is done")

	message, _ := check.PanicOf(func() { exchanges.New(nil) })
	require.Contains(t, message, "exchanges", "the panic of New(nil)")
	message, _ = check.PanicOf(func() { _, _ = client.Subscribe(t.Context(), ledger, nil) })
	require.Contains(t, message, "exchanges", "the panic of Subscribe with a nil handler")
}

func ignore(context.Context, exchanges.Event) error { return nil }
