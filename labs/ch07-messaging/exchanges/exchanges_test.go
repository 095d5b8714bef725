package exchanges_test

import (
	"context"
	"errors"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/exchanges"
	"scalelab/pkg/services"
)

// These tests show how the interface is used. Passing them does not mean that the lab is done: the hidden suite checks the
// rules of README.md.

var skis = exchanges.Event{Purchase: "p-1", Skier: "ada", Item: "skis, 170 cm", Cents: 39900}

func TestDeclareTwice(t *testing.T) {
	broker := services.RabbitMQ(t)
	declare(t, broker.Dial())
	declare(t, broker.Dial())
}

func TestSubscriberReceivesWhatIsPublished(t *testing.T) {
	broker := services.RabbitMQ(t)
	client := declare(t, broker.Dial())
	for _, c := range []struct {
		route exchanges.Route
		sub   exchanges.Subscription
	}{
		{
			exchanges.Route{Kind: exchanges.Direct, Country: "CH"},
			exchanges.Subscription{Service: "refunds", Kind: exchanges.Direct, Keys: []exchanges.Key{{Country: "CH"}}},
		}, {
			exchanges.Route{Kind: exchanges.Topic, Country: "CH", Category: "skis"},
			exchanges.Subscription{Service: "workshop", Kind: exchanges.Topic, Keys: []exchanges.Key{{Category: "skis"}}},
		}, {
			exchanges.Route{Kind: exchanges.Fanout},
			exchanges.Subscription{Service: "ledger", Kind: exchanges.Fanout},
		},
	} {
		events := make(chan exchanges.Event, 10)
		_, err := client.Subscribe(t.Context(), c.sub, func(_ context.Context, e exchanges.Event) error {
			events <- e
			return nil
		})
		require.NoError(t, err, "Subscribe %+v", c.sub)
		require.NoError(t, client.Publish(t.Context(), c.route, skis), "Publish along %+v", c.route)
		require.Equal(t, skis, receive(t, events), "the event that was published along %+v", c.route)
	}
}

func TestNobodyListens(t *testing.T) {
	client := declare(t, services.RabbitMQ(t).Dial())
	route := exchanges.Route{Kind: exchanges.Direct, Country: "NO"}
	require.ErrorIs(t, client.Publish(t.Context(), route, skis), exchanges.ErrUnroutable, "no queue is bound")
}

func TestFailedMessageComesAgain(t *testing.T) {
	client := declare(t, services.RabbitMQ(t).Dial())
	events := make(chan exchanges.Event, 10)
	fail := true
	_, err := client.Subscribe(t.Context(), exchanges.Subscription{Service: "auditors", Kind: exchanges.Fanout},
		func(_ context.Context, e exchanges.Event) error {
			events <- e
			if fail {
				fail = false
				return errors.New("the ledger is locked")
			}
			return nil
		})
	require.NoError(t, err, "Subscribe")
	require.NoError(t, client.Publish(t.Context(), exchanges.Route{Kind: exchanges.Fanout}, skis), "Publish")
	require.Equal(t, skis, receive(t, events), "the first delivery")
	require.Equal(t, skis, receive(t, events), "the second delivery, after the handler's error")
}

func TestWaitReturnsWhenTheContextEnds(t *testing.T) {
	client := declare(t, services.RabbitMQ(t).Dial())
	ctx, stop := context.WithCancel(t.Context())
	handle, err := client.Subscribe(ctx, exchanges.Subscription{Service: "archive", Kind: exchanges.Fanout},
		func(context.Context, exchanges.Event) error { return nil })
	require.NoError(t, err, "Subscribe")
	ended := make(chan error, 1)
	go func() { ended <- handle.Wait() }()
	stop()
	require.NoError(t, receive(t, ended), "Wait after the context has ended")
}

// declare sets up the exchanges and returns a client on conn.
func declare(t *testing.T, conn *amqp.Connection) *exchanges.Client {
	t.Helper()
	ch, err := conn.Channel()
	require.NoError(t, err)
	defer ch.Close()
	require.NoError(t, exchanges.Declare(ch), "Declare")
	return exchanges.New(conn)
}

// receive waits for a value; the time is only a bound against hanging for ever.
func receive[T any](t *testing.T, values <-chan T) T {
	t.Helper()
	select {
	case v := <-values:
		return v
	case <-time.After(10 * time.Second):
		require.FailNow(t, "nothing came")
		panic("unreachable")
	}
}
