package liftrides_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch02-architecture/liftrides"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

func TestPostIsOneMessage(t *testing.T) {
	check.Run(t, func(t *check.T) {
		w := open(t, 100, "One ride, one message")
		conn := w.Dial()
		w.declares(conn, 100)
		for _, name := range []string{liftrides.Queue, liftrides.DeadQueue} {
			_ = w.Queue(name)
			_, err := w.Channel().QueueDeclare(name, false, false, false, false, nil)
			require.True(t, err != nil && strings.Contains(err.Error(), "'durable'"), "the queue %s is durable", name)
		}
		s := w.service(conn, patient)
		for _, bad := range []struct{ method, path, body, want string }{
			{"POST", "/rides", `hello`, "400"},
			{"POST", "/rides", ``, "400"},
			{"POST", "/rides", `[]`, "400"},
			{"POST", "/rides", `{"skier":"ada","lift":"gondola"}`, "400"},
			{"POST", "/rides", `{"id":"r0","lift":"gondola"}`, "400"},
			{"POST", "/rides", `{"id":"r0","skier":"ada","lift":"gondola","vertical":-1}`, "400"},
			{"GET", "/rides", ``, "405"},
			{"PUT", "/rides", jsonOf(ride("r0")), "405"},
			{"POST", "/lifts", jsonOf(ride("r0")), "404"},
		} {
			got := request(t.Context(), s, bad.method, bad.path, bad.body).String()
			w.story.Answers(w.story.Tells(gate, bad.method+" "+bad.path+" "+bad.body, service, "answers"), gate, "is told "+got)
			w.expect(bad.want, got, fmt.Sprintf("%s %s with the body %q", bad.method, bad.path, bad.body))
		}
		require.True(t, w.Settle(conn), "the connection is the caller's: the service does not close it")
		require.Equal(t, 0, w.Queue(liftrides.Queue).Messages, "messages in the queue after requests that are no rides")
		for _, id := range []string{"r1", "r2", "r1"} {
			w.posts(s, ride(id), accepted, "POST of a ride")
			require.True(t, w.Settle(conn), "the connection is the caller's: the service does not close it")
			w.Soon(func() bool { return w.Queue(liftrides.Queue).Messages > 0 })
			require.Equal(t, 1, w.Queue(liftrides.Queue).Messages, "messages in the queue after one POST")
			d, _ := w.Take(liftrides.Queue)
			w.isWellFormed(d, ride(id))
		}
	})
}

func (w *world) isWellFormed(d amqp.Delivery, want liftrides.Ride) {
	w.T.Helper()
	var got liftrides.Ride
	require.True(w.T, json.Unmarshal(d.Body, &got) == nil, "the body is the JSON of the ride")
	require.Equal(w.T, want, got, "the ride in the body")
	require.Equal(w.T, "", d.Exchange, "the exchange")
	require.Equal(w.T, amqp.Persistent, d.DeliveryMode, "the delivery mode: 2 is persistent")
	require.Equal(w.T, "application/json", d.ContentType, "the content type")
	require.Equal(w.T, want.ID, d.MessageId, "the MessageId")
}

func TestAcceptedMeansConfirmed(t *testing.T) {
	check.Run(t, func(t *check.T) {
		w := open(t, 100, "The broker's answer is held back")
		conn, wire := w.DialTapped()
		s := w.service(conn, patient)
		wire.When(`"r1"`, func() { w.Fault(w.Mute) })
		first := posting(t.Context(), s, ride("r1"))
		w.Until(func() bool { return w.Queue(liftrides.Queue).Messages == 1 }, "the ride is published")
		published := w.sends(ride("r1"), "publishes it")
		w.story.Loses(w.story.Answers(published, queue, "stores it, confirms"), service, "held back")
		w.RoundTrips(messaging.Rounds)
		if len(first) > 0 {
			got := <-first
			w.answered(published, got)
			w.expect("no answer yet", got, "a POST is answered when the broker has confirmed, and not before")
		}
		w.Fault(w.Heal)
		confirmed := w.story.Tells(queue, "the confirm arrives", service, "r1 is confirmed")
		got := messaging.Await(w.Broker, first, "a POST is answered when the broker has confirmed")
		w.answered(confirmed, got)
		w.expect(accepted, got, "POST of a ride that the broker has confirmed")

		w.Fault(func(ctx context.Context) error { return w.DelayConfirm(ctx, 1, time.Hour) })
		late := posting(t.Context(), s, ride("r2"))
		w.Until(func() bool { return w.Queue(liftrides.Queue).Messages == 2 }, "the ride is published")
		w.Settle(conn) // so the answer that is late is the one for r2, also if r3 has a channel of its own
		w.story.Loses(w.story.Answers(w.sends(ride("r2"), "publishes it"), queue, "stores it, confirms"), service, "held back")
		other := posting(t.Context(), s, ride("r3"))
		w.sends(ride("r3"), "publishes it")
		w.Until(func() bool { return w.Queue(liftrides.Queue).Messages == 3 }, "the ride is published although the answer to another one is late")
		w.Settle(conn)
		if len(late) > 0 {
			w.story.Look(gate, "is told of r2 what is true of r3")
		}
		require.True(t, len(late) == 0, "a POST is not answered by the confirm of another one")
		w.Fault(w.Heal)
		w.expect(accepted, messaging.Await(w.Broker, late, "a POST is answered when its confirm arrives"), "POST of a ride that the broker has confirmed late")
		w.expect(accepted, messaging.Await(w.Broker, other, "a POST is answered when its confirm arrives"), "POST of a ride that the broker has confirmed")
	})
}

func TestNoAnswerIsNoPromise(t *testing.T) {
	check.Run(t, func(t *check.T) {
		w := open(t, 100, "The broker does not answer")
		quick := patient
		quick.ConfirmTimeout = 300 * time.Millisecond
		w.Fault(func(ctx context.Context) error { return w.LoseConfirm(ctx, 1) })
		slow := w.Dial()
		w.unanswered(posting(t.Context(), w.service(slow, quick), ride("r1")), ride("r1"),
			"the answer is lost, ConfirmTimeout passes", "POST whose confirm does not come within ConfirmTimeout")
		w.Settle(slow)

		conn, wire := w.DialTapped()
		s := w.service(conn, patient)
		ctx, leaves := context.WithCancel(t.Context())
		defer leaves()
		// The answer for r1 may still be on its way, and be the first; then the second is for r2.
		w.Fault(func(ctx context.Context) error { return w.LoseConfirm(ctx, 1) })
		w.Fault(func(ctx context.Context) error { return w.LoseConfirm(ctx, 2) })
		sent := wire.When(`"r2"`, func() {})
		answers := posting(ctx, s, ride("r2"))
		messaging.Await(w.Broker, sent, "the ride is published")
		leaves()
		w.unanswered(answers, ride("r2"), "the request's context ends", "POST whose context ends before the confirm")

		// An answer that never came, since its channel was closed before, must not be missed at r3: the cut comes in place of r3's.
		w.Settle(conn) // r2 has passed the proxy
		w.Fault(w.Heal)
		w.Fault(func(ctx context.Context) error { return w.CutAfterPublish(ctx, 1) })
		w.unanswered(posting(t.Context(), s, ride("r3")), ride("r3"),
			"the connection is lost before the answer", "POST whose connection is lost before the confirm")
		w.Lost(conn)
		w.Fault(w.Heal)
		w.unanswered(posting(t.Context(), s, ride("r4")), ride("r4"), "the connection is lost", "POST on a connection that is lost")
	})
}

// unanswered waits for what a gate is told when the broker has not answered.
func (w *world) unanswered(answers <-chan string, r liftrides.Ride, why, rule string) {
	w.T.Helper()
	step := w.sends(r, why)
	got := messaging.Promptly(w.Broker, answers, rule+" is answered")
	w.answered(step, got)
	w.expect(again, got, rule)
}

func TestFullQueueIsToldToTheGate(t *testing.T) {
	check.Run(t, func(t *check.T) {
		const limit = 3
		w := open(t, limit, "The queue is full")
		s := w.service(w.Dial(), patient)
		for i := range limit {
			w.posts(s, ride(fmt.Sprint("r", i)), accepted, "POST while there is room in the queue")
		}
		w.posts(s, ride("r3"), again, "POST when the queue is full")
		var ids []string
		for _, d := range w.Drain(liftrides.Queue) {
			ids = append(ids, d.MessageId)
		}
		w.story.Does(queue, "holds "+strings.Join(ids, " "))
		w.expect("r0 r1 r2", strings.Join(ids, " "), "a full queue refuses what comes, and keeps what it has taken")
		w.posts(s, ride("r4"), accepted, "POST when there is room again")
		w.posts(s, ride("r5"), accepted, "POST when there is room again")

		goOn := w.store.stands()
		defer goOn()
		r := w.run(s)
		messaging.Await(w.Broker, w.store.began, "Insert is called")
		w.story.Tells(consumer, "Insert", database, "stands still")
		taken := 2
		for i := range 10 * limit {
			answers := posting(t.Context(), s, ride(fmt.Sprint("s", i)))
			if messaging.Promptly(w.Broker, answers, "a POST is answered while the store stands still") == accepted {
				taken++
				w.RoundTrip() // so that Run can take what it likes
			}
		}
		if taken > limit+patient.BatchSize {
			w.story.Look(consumer, "holds more than BatchSize rides in its memory, so that the queue is never full")
		}
		require.True(t, taken >= limit, "the gate hears of a full queue only if it is full")
		require.True(t, taken <= limit+patient.BatchSize,
			"while the store stands still, %d rides find room in the queue and %d at Run: the others are refused", limit, patient.BatchSize)
		r.stop()
	})
}

func TestPostDoesNotWaitForTheStore(t *testing.T) {
	check.Run(t, func(t *check.T) {
		w := open(t, 100, "The store stands still")
		s := w.service(w.Dial(), patient)
		goOn := w.store.stands()
		defer goOn()
		quickly := func(r liftrides.Ride, when string) {
			t.Helper()
			step := w.sends(r, "publishes it")
			answers := posting(t.Context(), s, r)
			w.Soon(func() bool { return len(answers) > 0 })
			if len(answers) == 0 {
				w.story.Look(gate, "waits, and the skiers with it")
				check.Cause(t, check.Timeout)
				require.FailNow(t, "a POST is answered "+when)
			}
			got := <-answers
			w.answered(step, got)
			w.expect(accepted, got, "POST "+when)
		}
		quickly(ride("r1"), "while nobody calls Run and the store stands still")
		quickly(ride("r2"), "while nobody calls Run and the store stands still")
		require.True(t, len(w.store.began) == 0, "a POST does not call the store")
		r := w.run(s)
		messaging.Await(w.Broker, w.store.began, "Insert is called")
		w.story.Tells(consumer, "Insert", database, "stands still")
		quickly(ride("r3"), "while Run waits for the store")
		quickly(ride("r1"), "of a ride that comes again, while Run waits for the store")
		r.stop()
	})
}
