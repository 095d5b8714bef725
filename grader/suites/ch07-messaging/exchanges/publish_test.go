package exchanges_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/exchanges"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

var (
	toCH     = exchanges.Route{Kind: exchanges.Direct, Country: "CH"}
	toCHSkis = exchanges.Route{Kind: exchanges.Topic, Country: "CH", Category: "skis"}
	toAll    = exchanges.Route{Kind: exchanges.Fanout}
)

func TestPublishTakesOneRoute(t *testing.T) {
	check.Run(t, func(t *check.T) {
		b := openDeclared(t)
		conn := b.Dial()
		client := exchanges.New(conn)
		b.Bind("suite.ch", exchanges.DirectExchange, "CH", nil)
		b.Bind("suite.at", exchanges.DirectExchange, "AT", nil)
		b.Bind("suite.topics", exchanges.TopicExchange, "#", nil)
		b.Bind("suite.audit", exchanges.AuditExchange, "", nil)

		sendsNothing(b, conn, client)
		ids := map[string]bool{}
		for _, c := range []struct {
			route      exchanges.Route
			queue, key string
		}{
			{toCH, "suite.ch", "CH"},
			{exchanges.Route{Kind: exchanges.Direct, Country: "AT", Category: "skis"}, "suite.at", "AT"},
			{toCHSkis, "suite.topics", "return.CH.skis"},
			{toAll, "suite.audit", ""},
			{toAll, "suite.audit", ""},
		} {
			require.Equal(t, "nil", outcome(client.Publish(t.Context(), c.route, event("p-1"))), "Publish along %+v", c.route)
			b.settle(conn) // whether Publish waits for the confirm is another rule
			b.Soon(func() bool { return b.Queue(c.queue).Messages > 0 })
			for _, queue := range []string{"suite.ch", "suite.at", "suite.topics", "suite.audit"} {
				expected := 0
				if queue == c.queue {
					expected = 1
				}
				b.holdsExactly(expected, queue, "after one Publish along %+v", c.route)
			}
			d, _ := b.Take(c.queue)
			isWellFormed(t, d, c.route, c.key)
			require.False(t, ids[d.MessageId], "every message has a MessageId of its own, also for the same event")
			ids[d.MessageId] = true
		}
	})
}

// boundTo says in the student's words where the suite's queues hang.
var boundTo = map[string]string{
	"suite.ch":     "returns.direct with key CH",
	"suite.at":     "returns.direct with key AT",
	"suite.topics": "returns.topic with key #",
	"suite.audit":  "returns.audit",
}

// holdsExactly looks once: what is to come has come.
func (b *broker) holdsExactly(expected int, queue, when string, args ...any) {
	b.T.Helper()
	require.Equal(b.T, expected, b.Queue(queue).Messages, "messages in a queue bound to %s %s", boundTo[queue], fmt.Sprintf(when, args...))
}

// sendsNothing calls Publish in vain. It first looks what went out and then at the answers: a Publish that sends and then waits for
// the confirm or for its context, whichever comes first, answers now this, now that.
func sendsNothing(b *broker, conn *amqp.Connection, client *exchanges.Client) {
	t := b.T
	t.Helper()
	done, cancel := context.WithCancel(t.Context())
	cancel()
	refused := map[exchanges.Route]bool{}
	routes := []exchanges.Route{toCH, toCHSkis, toAll}
	for _, route := range routes {
		refused[route] = errors.Is(client.Publish(done, route, event("p-0")), context.Canceled)
	}
	b.settle(conn)
	for _, queue := range []string{"suite.ch", "suite.at", "suite.topics", "suite.audit"} {
		b.holdsExactly(0, queue, "after Publish calls whose context was cancelled before they began")
	}
	for _, route := range routes {
		require.True(t, refused[route], "Publish along %+v with a cancelled context returns context.Canceled", route)
	}
	for _, route := range []exchanges.Route{
		{Kind: exchanges.Direct},
		{Kind: exchanges.Direct, Country: "*"},
		{Kind: exchanges.Direct, Country: "CH", Category: "#"},
		{Kind: exchanges.Topic, Country: "CH"},
		{Kind: exchanges.Topic, Country: "CH", Category: "skis.used"},
		{Kind: exchanges.Fanout, Country: "C.H"},
		{Kind: "headers", Country: "CH", Category: "skis"},
	} {
		require.Equal(t, "ErrInvalid", outcome(client.Publish(t.Context(), route, event("p-0"))), "Publish along %+v", route)
	}
	b.settle(conn)
}

func isWellFormed(t *check.T, d amqp.Delivery, route exchanges.Route, key string) {
	t.Helper()
	var got exchanges.Event
	require.True(t, json.Unmarshal(d.Body, &got) == nil, "the body is the JSON of the event")
	require.Equal(t, event("p-1"), got, "the event in the body")
	require.Equal(t, route.Kind.Exchange(), d.Exchange, "the exchange of a message along %+v", route)
	if route.Kind != exchanges.Fanout {
		require.Equal(t, key, d.RoutingKey, "the routing key of a message along %+v", route)
	}
	require.Equal(t, amqp.Persistent, d.DeliveryMode, "the delivery mode: 2 is persistent")
	require.Equal(t, "application/json", d.ContentType, "the content type")
	require.NotEmpty(t, d.MessageId, "the MessageId")
}

func TestUnroutableFailsItsOwnPublish(t *testing.T) {
	check.Run(t, func(t *check.T) {
		b := openDeclared(t)
		conn, wire := b.DialTapped()
		client := exchanges.New(conn)
		s := b.story("Messages that no queue wants", shop)

		early, got := b.publishHeldBack(client, wire, toAll, "p-1")
		if early {
			s.unanswered(toAll, "p-1", unwanted)
			s.Does(shop, "returns "+got)
		} else {
			s.published(toAll, "p-1", unwanted, got)
		}
		require.True(t, !early, "Publish returns when the broker has answered, not before")
		require.Equal(t, "ErrUnroutable", got, "Publish along %+v when no queue is bound", toAll)
		for _, route := range []exchanges.Route{toCH, toCHSkis} {
			require.Equal(t, "ErrUnroutable", outcome(client.Publish(t.Context(), route, event("p-1"))),
				"Publish along %+v when no queue is bound", route)
		}
		b.Bind("suite.ch", exchanges.DirectExchange, "CH", nil)
		require.Equal(t, "nil", outcome(client.Publish(t.Context(), toCH, event("p-2"))), "Publish when a queue is bound")

		lateReturn(b, wire, client, s)
		s.Does(shop, "40 calls of Publish side by side")
		require.True(t, concurrentAnswersMatch(t, client),
			"40 concurrent publishes of one event, every second one without a queue: each gets the answer to its own message")
	})
}

// publishHeldBack publishes while the broker's answers are held back for many round trips, and says whether Publish has returned
// before they came.
func (b *broker) publishHeldBack(client *exchanges.Client, wire *messaging.Tap, route exchanges.Route, purchase string) (early bool, got string) {
	b.T.Helper()
	sent := wire.When(purchase, func() { b.Fault(b.Mute) })
	answer := make(chan error, 1)
	go func() { answer <- client.Publish(b.T.Context(), route, event(purchase)) }()
	messaging.Await(b.Broker, sent, "the message is sent")
	b.RoundTrips(messaging.Rounds)
	early = len(answer) > 0
	b.Fault(b.Heal)
	return early, outcome(messaging.Await(b.Broker, answer, "Publish returns when the broker has answered"))
}

// lateReturn lets a Publish give up whose message nobody wants, while its answers are held back. Then they arrive.
func lateReturn(b *broker, wire *messaging.Tap, client *exchanges.Client, s story) {
	t := b.T
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	sent := wire.When("late", func() { b.Fault(b.Mute) })
	answer := make(chan error, 1)
	go func() { answer <- client.Publish(ctx, toAll, event("late")) }()
	messaging.Await(b.Broker, sent, "the message is sent")
	s.unanswered(toAll, "late", unwanted)
	cancel()
	s.Does(shop, "the context ends")
	got := outcome(messaging.Promptly(b.Broker, answer, "Publish returns when its context ends"))
	s.Does(shop, "returns "+got)
	require.Equal(t, "ErrUnknown", got, "Publish whose context ends before the answer")

	b.Fault(b.Heal)
	s.Tells(exchanges.AuditExchange, "the answers arrive", shop, "late is returned and acked")
	for i := range 20 { // in case the subject has many channels and takes them in turn
		for _, next := range []struct {
			route                  exchanges.Route
			purchase, fate, answer string
		}{{toCH, "p-3", stored, "nil"}, {toAll, "p-4", unwanted, "ErrUnroutable"}} {
			got := outcome(client.Publish(t.Context(), next.route, event(next.purchase)))
			if i == 0 || got != next.answer {
				s.published(next.route, next.purchase, next.fate, got)
			}
			require.Equal(t, next.answer, got, "Publish along %+v after an earlier message was returned late", next.route)
		}
	}
}

// concurrentAnswersMatch publishes to a bound queue and to nobody side by side.
func concurrentAnswersMatch(t *check.T, client *exchanges.Client) bool {
	var wg sync.WaitGroup
	answers := make([]string, 40)
	for i := range answers {
		route := toCH
		if i%2 == 1 {
			route = toAll
		}
		wg.Go(func() { answers[i] = outcome(client.Publish(t.Context(), route, event("same"))) })
	}
	wg.Wait()
	for i, answer := range answers {
		if answer != []string{"nil", "ErrUnroutable"}[i%2] {
			return false
		}
	}
	return true
}

func TestNackAndLossAreToldApart(t *testing.T) {
	check.Run(t, func(t *check.T) {
		b := openDeclared(t)
		conn, wire := b.DialTapped()
		client := exchanges.New(conn)
		b.Bind("suite.ch", exchanges.DirectExchange, "CH", amqp.Table{"x-max-length": 1, "x-overflow": "reject-publish"})
		b.Bind("suite.audit", exchanges.AuditExchange, "", nil)
		s := b.story("A full queue, then a lost connection", shop)

		publish := func(purchase, fate string) string {
			got := outcome(client.Publish(t.Context(), toCH, event(purchase)))
			s.published(toCH, purchase, fate, got)
			return got
		}
		require.Equal(t, "nil", publish("p-1", stored), "Publish into a queue with room for one")
		require.Equal(t, "ErrNacked", publish("p-2", refused), "Publish into a queue that is full and rejects")
		b.Take("suite.ch")
		require.Equal(t, "nil", publish("p-3", stored), "Publish into a queue that has room again")

		answer := b.storedUnanswered(t.Context(), client, wire, toAll, "suite.audit", "p-cut")
		s.unanswered(toAll, "p-cut", stored)
		b.Fault(b.Cut)
		s.Does(shop, "the connection is lost")
		got := outcome(messaging.Await(b.Broker, answer, "Publish returns when the connection is lost"))
		s.Does(shop, "returns "+got)
		require.Equal(t, "ErrUnknown", got, "Publish whose message was stored, and whose connection was lost before the answer")
		b.Fault(b.Heal)
		require.NotEqual(t, "nil", outcome(client.Publish(t.Context(), toAll, event("p-4"))), "Publish on a lost connection")
	})
}

// storedUnanswered starts a Publish whose message gets into the queue, and whose answer is held back.
func (b *broker) storedUnanswered(
	ctx context.Context, client *exchanges.Client, wire *messaging.Tap, route exchanges.Route, queue, purchase string,
) (answer chan error) {
	b.T.Helper()
	before := b.Queue(queue).Messages
	wire.When(purchase, func() { b.Fault(b.Mute) })
	answer = make(chan error, 1)
	go func() { answer <- client.Publish(ctx, route, event(purchase)) }()
	b.Until(func() bool { return b.Queue(queue).Messages > before }, "the message of a Publish is stored")
	return answer
}

func TestNoAnswerIsUnknown(t *testing.T) {
	check.Run(t, func(t *check.T) {
		b := openDeclared(t)
		conn, wire := b.DialTapped()
		client := exchanges.New(conn)
		b.Bind("suite.ch", exchanges.DirectExchange, "CH", nil)
		s := b.story("The broker is silent", shop)

		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		answer := b.storedUnanswered(ctx, client, wire, toCH, "suite.ch", "p-1")
		s.unanswered(toCH, "p-1", stored)
		cancel()
		s.Does(shop, "the context ends")
		got := outcome(messaging.Promptly(b.Broker, answer, "Publish returns when its context ends, although the broker is silent"))
		s.Does(shop, "returns "+got)
		require.Equal(t, "ErrUnknown", got, "Publish whose message was stored, and whose context ended before the answer")

		b.Fault(b.Heal)
		s.Tells(exchanges.DirectExchange, "the answer arrives", shop, "p-1 is acked")
		got = outcome(client.Publish(t.Context(), toCH, event("p-2")))
		s.published(toCH, "p-2", stored, got)
		require.Equal(t, "nil", got, "Publish when the broker answers again")
		b.settle(conn)
		require.Equal(t, 2, b.Queue("suite.ch").Messages, "messages after two publishes, the first of them unanswered: nothing is sent twice")
	})
}
