package safeconsume_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

func TestStopFinishesWhatIsHeld(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := open(t, "The consumer is stopped while two passes are in print", 2)
		ids := []string{"p-1", "p-2", "p-3", "p-4", "p-5"}
		r.put(ids[:2]...)
		r.start()
		r.connects(first)
		calls := r.both()
		r.mu.Lock()
		strange := slices.Compact(slices.Sorted(slices.Values(r.strange)))
		r.mu.Unlock()
		require.Empty(t, strange, "who gets a context that does not carry the values of Run's")
		r.put(ids[2:]...)
		r.Does(consumer, "the context ends")
		r.stop()
		for _, e := range calls {
			r.Soon(func() bool { return e.ctx.Err() != nil })
			require.True(t, e.ctx.Err() != nil, "the context of a handler ends with that of Run")
		}
		r.settled()
		r.runs("when its context has ended and two handlers are at work")
		var done messaging.Count
		r.answers(calls[0], nil)
		done.Add("p-1")
		r.answers(calls[1], errJammed)
		r.finishes(&done)
		r.NoConsumer(queue, "after Run has returned")
		r.ready(len(ids)-len(done.All()), "after Run has returned: all that was not handled")

		r.prefetch = 1
		r.start()
		for !done.Has(ids) {
			r.step(&done)
		}
		r.settled()
		r.stop()
		r.finishes(&done)
		require.Equal(t, messaging.Once(ids), done.All(), "how often each message was handled with success, before and after the stop")
		r.ready(0, "after all were handled")
	})
}

// runs demands that Run has not returned.
func (r *rig) runs(when string) {
	r.T.Helper()
	for range len(r.events) {
		e := <-r.events
		if e.answer == nil {
			r.Look(consumer, "Run returns")
			require.FailNow(r.T, "Run does not return "+when)
		}
		r.events <- e
	}
}

// closed demands that the subject has closed its connections.
func (r *rig) closed() {
	r.T.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, conn := range r.conns {
		require.True(r.T, conn.IsClosed(), "when Run has returned, every connection that dial returned is closed")
	}
}

// finishes lets a stopped subject do what it wants, with success, until Run returns.
func (r *rig) finishes(done *messaging.Count) {
	r.T.Helper()
	for r.step(done) != "return nil" {
	}
}

// step lets the subject do its next step, with success.
func (r *rig) step(done *messaging.Count) (what string) {
	r.T.Helper()
	e := messaging.Promptly(r.Broker, r.events, "the consumer does what is left to be done")
	require.NotEqual(r.T, "return an error", e.what, "what Run does when its context has ended")
	if id, handles := strings.CutPrefix(e.what, "handle "); handles {
		done.Add(id)
	}
	if e.answer != nil {
		e.answer <- nil
	}
	if e.what == "dial" {
		r.dialled()
	}
	return e.what
}

func TestRunCanBeStoppedAnyTime(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := open(t, "Run is stopped again and again", 2)
		done, cancel := context.WithCancel(context.Background())
		cancel()
		r.startUntil(done, cancel)
		r.returns()

		r.start()
		r.next("dial", first)
		r.ends()

		r.start()
		r.next("dial", first).answer <- errDown
		r.next("back-off 1", "after a dial that failed")
		r.ends()

		r.start()
		r.connects(first)
		r.settled() // it knows that it consumes
		r.ends()
		r.closed()

		r.put("p-1")
		r.start()
		r.connects(first)
		atWork := r.next("handle p-1", "with p-1 in the queue")
		r.settled()
		r.cut()
		r.Soon(func() bool { return len(r.events) > 0 }) // it knows of the loss, unless it waits for the handler
		r.Does(consumer, "the context ends")
		r.stop()
		r.RoundTrips(messaging.Rounds)
		r.runs("while a handler from a lost connection is at work")
		r.answers(atWork, nil)
		r.finishes(&messaging.Count{})
		r.closed()
		r.NothingLeft("ch07-messaging/safeconsume", "although Run has returned")
	})
}
