package liftrides_test

import (
	"fmt"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch02-architecture/liftrides"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

func TestAcknowledgedWhenStored(t *testing.T) {
	check.Run(t, func(t *check.T) {
		w := open(t, 100, "The consumer dies while the store is at work")
		gates := w.service(w.Dial(), patient)
		for _, id := range []string{"r1", "r2"} {
			w.posts(gates, ride(id), accepted, "POST of a ride")
		}
		goOn := w.store.stands()
		defer goOn()
		conn := w.Dial()
		r := w.run(w.service(conn, patient))
		messaging.Await(w.Broker, w.store.began, "Insert is called")
		w.Settle(conn)
		w.story.Tells(queue, "delivers r1 and r2", consumer, "calls Insert")
		w.Fault(w.Cut)
		w.story.Does(consumer, "its connection is lost, its process dies")
		w.NoConsumer(liftrides.Queue, "whose connection was lost")
		w.Soon(func() bool { return w.Queue(liftrides.Queue).Messages == 2 })
		back := w.Queue(liftrides.Queue).Messages
		if back != 2 {
			w.story.Look(queue, fmt.Sprintf("has %d of the 2 rides again: the others were acknowledged, and nobody has them", back))
		}
		require.Equal(t, 2, back, "rides in the queue after a consumer was lost whose store had not answered: none was acknowledged")

		goOn() // the store has stored them after all, and nobody hears of it
		w.Until(func() bool { return w.store.has("r1", "r2") }, "the store is done")
		w.story.Does(database, "has stored r1 and r2")
		require.True(t, messaging.Await(w.Broker, r.ended, "Run returns when the connection is lost") != nil,
			"Run returns an error when the connection is lost")

		r = w.run(w.service(w.Dial(), patient))
		w.story.Redelivers(queue, "delivers r1 and r2 again", consumer, "calls Insert")
		const many = 10 // calls of Insert for two rides: that would go on for ever
		w.Until(func() bool { return len(w.store.asked()) >= 2 }, "Insert is called again")
		w.Eventually(func() bool {
			return w.store.refusedAlone("r1") && w.store.refusedAlone("r2") || len(w.store.asked()) > many
		})
		if len(w.store.asked()) > many {
			w.story.Look(consumer, "sends the store the same rides again and again")
		}
		require.True(t, len(w.store.asked()) <= many, "a batch with rides that are stored already comes to an end")
		r.stop()
		_ = messaging.Await(w.Broker, r.ended, "Run returns when its context has ended")
		w.Holds(0, liftrides.Queue, "after all were stored and acknowledged")
		w.RoundTrips(messaging.Rounds) // what is on its way there arrives
		w.Holds(0, liftrides.DeadQueue, "after all were stored: a ride that is delivered again is no poison")
	})
}

func TestStopGivesBack(t *testing.T) {
	check.Run(t, func(t *check.T) {
		w := open(t, 100, "Run is stopped")
		w.story.Over()
		conn := w.Dial()
		for range messaging.Stops {
			w.stopped(conn)
		}
		w.backs(conn)
	})
}

// stopped ends the context of a Run whose store is at work on two of four rides.
func (w *world) stopped(conn *amqp.Connection) {
	w.T.Helper()
	w.tells("Run is stopped while the store is at work")
	s := w.service(conn, patient)
	for i := range 4 {
		w.posts(s, ride(fmt.Sprint("r", i)), accepted, "POST of a ride")
	}
	goOn := w.store.stands()
	defer goOn()
	r := w.run(s)
	messaging.Await(w.Broker, w.store.began, "Insert is called")
	w.story.Tells(consumer, "Insert", database, "is at work")
	r.stop()
	w.story.Does(consumer, "the context ends")
	require.True(w.T, w.Settle(conn), "the connection is the caller's: the service does not close it")
	if len(w.store.began) > 0 || len(w.store.asked()) > 0 { // not right: then Run may have nothing to wait for
		w.Soon(func() bool { return len(r.ended) > 0 })
	}
	if len(r.ended) > 0 {
		w.story.Look(consumer, "returns while the store is at work")
	}
	require.True(w.T, len(r.ended) == 0, "Run does not return while an Insert is in progress")
	goOn()
	w.story.Does(database, "is done")
	ended := messaging.Await(w.Broker, r.ended, "Run returns when its Insert has ended")
	if ended != nil {
		w.story.Look(consumer, "returns an error")
	}
	require.True(w.T, ended == nil, "Run returns nil when its context has ended")
	w.NoConsumer(liftrides.Queue, "after Run has returned")
	if len(w.store.asked()) != 1 {
		w.story.Look(consumer, "has called Insert again after its context had ended")
	}
	require.Equal(w.T, 1, len(w.store.asked()), "calls of Insert by a Run whose context ended during the first one")
	require.Equal(w.T, []string{"r0", "r1"}, w.store.ids(), "rides that are stored by the Insert during which the context ended")
	w.story.Ready(w.Broker, liftrides.Queue, 2, "after Run was stopped: what is not stored is back")
	w.story.Over()
	w.Drain(liftrides.Queue)
	w.store.forgets()
}

// backs ends the context of a Run that waits for Backoff, and then the connection of one that waits for more rides.
func (w *world) backs(conn *amqp.Connection) {
	w.T.Helper()
	w.tells("Run is stopped, and then loses its connection, while it waits")
	s := w.service(conn, patient)
	for i := range 3 {
		w.posts(s, ride(fmt.Sprint("r", i)), accepted, "POST of a ride")
	}
	w.store.is(true, false)
	r := w.run(s)
	w.Until(func() bool { return len(w.store.asked()) >= 1 }, "Insert is called")
	w.Settle(conn) // it has returned
	w.story.Tells(consumer, "Insert", database, "has failed; Backoff is an hour")
	r.stop()
	w.Soon(func() bool { return len(r.ended) > 0 })
	require.True(w.T, messaging.Promptly(w.Broker, r.ended, "Run returns when its context has ended, without waiting for Backoff") == nil,
		"Run returns nil when its context has ended")
	w.Holds(3, liftrides.Queue, "after Run was stopped: what is not stored is back")

	slow := patient
	slow.BatchSize = 100
	s = w.service(conn, slow)
	w.store.is(false, false)
	before := len(w.store.asked())
	r = w.run(s)
	w.Until(func() bool { return w.Queue(liftrides.Queue).Messages == 0 }, "Run takes the rides")
	w.Settle(conn)
	w.story.Does(consumer, "holds three rides; BatchDelay is an hour")
	r.stop()
	w.story.Does(consumer, "the context ends")
	require.True(w.T, messaging.Await(w.Broker, r.ended, "Run returns when its context has ended, without waiting for BatchDelay") == nil,
		"Run returns nil when its context has ended")
	if len(w.store.asked()) > before {
		w.story.Look(consumer, "has called Insert after its context had ended")
	}
	require.Equal(w.T, before, len(w.store.asked()), "calls of Insert: none is started after the context has ended")
	w.Holds(3, liftrides.Queue, "after Run was stopped: what is not stored is back")

	r = w.run(s)
	w.Until(func() bool { return w.Queue(liftrides.Queue).Messages == 0 }, "Run takes the rides")
	w.Fault(w.Cut)
	w.story.Does(consumer, "its connection is lost")
	require.True(w.T, messaging.Await(w.Broker, r.ended, "Run returns when the connection is lost") != nil,
		"Run returns an error when the connection is lost")
	w.Holds(3, liftrides.Queue, "after the connection was lost: what is not stored is back")
	w.Lost(conn)
	w.NothingLeft("ch02-architecture/liftrides", "although every Run has returned and the connection is lost")
}
