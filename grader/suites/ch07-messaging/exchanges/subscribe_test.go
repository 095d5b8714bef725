package exchanges_test

import (
	"fmt"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/exchanges"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

func TestServicesGetCopiesInstancesShare(t *testing.T) {
	check.Run(t, func(t *check.T) {
		b := openDeclared(t)
		refunds := exchanges.Subscription{Service: "refunds", Kind: exchanges.Direct, Keys: []exchanges.Key{{Country: "CH"}}}
		customs := exchanges.Subscription{Service: "customs", Kind: exchanges.Direct, Keys: []exchanges.Key{{Country: "CH"}}}
		var byRefunds, byCustoms book
		running := []*subscription{
			b.subscribe(exchanges.New(b.Dial()), refunds, byRefunds.handle),
			b.subscribe(exchanges.New(b.Dial()), refunds, byRefunds.handle),
			b.subscribe(exchanges.New(b.Dial()), customs, byCustoms.handle),
		}
		require.Equal(t, 2, b.Queue(refunds.Queue()).Consumers, "consumers of the one queue of two instances of a service")
		require.Equal(t, 1, b.Queue(customs.Queue()).Consumers, "consumers of the queue of another service")
		_, err := b.Channel().QueueDeclare(refunds.Queue(), true, false, false, false, nil)
		require.True(t, messaging.CodeOf(err) != amqp.PreconditionFailed, "a service's queue is durable, not auto-deleted, not exclusive, without arguments")

		var purchases []string
		for i := range 20 {
			purchases = append(purchases, fmt.Sprint("p-", i))
			require.True(t, b.send(exchanges.DirectExchange, "CH", purchases[i]), "a message under CH reaches a queue")
		}
		b.Until(func() bool { return byRefunds.Has(purchases) && byCustoms.Has(purchases) }, "both services handle every message")
		for _, s := range running {
			s.end()
		}
		require.Equal(t, messaging.Once(purchases), byRefunds.All(), "how often the two instances of a service handled each message, together")
		require.Equal(t, messaging.Once(purchases), byCustoms.All(), "how often the other service handled each message")
		b.Holds(0, refunds.Queue(), "after all were handled")
		b.Holds(0, customs.Queue(), "after all were handled")
	})
}

func TestKeysAreAUnionOfExactWords(t *testing.T) {
	check.Run(t, func(t *check.T) {
		b := openDeclared(t)
		workshop := exchanges.Subscription{
			Service: "workshop", Kind: exchanges.Topic, Keys: []exchanges.Key{{Country: "CH"}, {Category: "skis"}},
		}
		var seen book
		first := b.subscribe(exchanges.New(b.Dial()), workshop, seen.handle)
		workshop.Keys = []exchanges.Key{{Country: "NO", Category: "hats"}}
		second := b.subscribe(exchanges.New(b.Dial()), workshop, seen.handle)

		for _, unwanted := range []string{"return.AT.boots", "return.AT.hats", "return.NO.boots"} {
			require.False(t, b.send(exchanges.TopicExchange, unwanted, "unwanted"),
				"a message under %s, which none of the service's keys matches, does not reach it", unwanted)
		}
		purchases := []string{"both keys", "country", "category", "later key"}
		for i, wanted := range []string{"return.CH.skis", "return.CH.boots", "return.AT.skis", "return.NO.hats"} {
			require.True(t, b.send(exchanges.TopicExchange, wanted, purchases[i]),
				"a message under %s, which one of the service's keys matches, reaches it", wanted)
		}
		b.Until(func() bool { return seen.Has(purchases) }, "the service handles every message that one of its keys matches")
		first.end()
		second.end()
		require.Equal(t, messaging.Once(purchases), seen.All(), "how often the service handled each message")

		everything := exchanges.Subscription{Service: "board", Kind: exchanges.Topic, Keys: []exchanges.Key{{}}}
		b.subscribe(exchanges.New(b.Dial()), everything, ignore)
		require.True(t, b.send(exchanges.TopicExchange, "return.AT.boots", "any"), "a key with two empty fields matches return.AT.boots")
		for _, key := range []string{"return.CH", "return.CH.skis.used", "return.skis", "return", "refund.CH.skis"} {
			require.False(t, b.send(exchanges.TopicExchange, key, "unwanted"),
				"a message under %s, which is not return.<country>.<category>, reaches no subscriber", key)
		}
	})
}
