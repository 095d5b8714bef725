package safeconsume_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/safeconsume"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

const first = "when it starts"

func TestAcknowledgedAfterTheHandler(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := open(t, "The connection is lost while p-1 is in print", 1)
		r.put("p-1")
		r.start()
		r.connects(first)
		lost := r.next("handle p-1", "with p-1 in the queue")
		r.settled()
		r.cut()
		r.ready(1, "after the connection was lost while the handler was at work")
		lost.answer <- nil // too late
		r.RoundTrips(messaging.Rounds / 4)
		r.backsOff().answer <- nil
		r.connects("after the back-off")
		r.done(r.next("handle p-1", "with p-1 in the queue again"))
		r.cut()
		r.ready(0, "after the handler had returned nil, and the connection was lost then")
	})
}

func TestAcknowledgementIsForOneMessage(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := open(t, "Two messages at work, one is done", 2)
		for _, slow := range []int{0, 1} {
			r.put("p-1", "p-2")
			r.start()
			r.connects(first)
			calls := r.both()
			r.done(calls[1-slow])
			r.cut()
			r.ready(1, fmt.Sprintf("after the handler had returned nil for p-%d, and the connection was lost while it was at work on p-%d", 2-slow, slow+1))
			left, _ := r.Take(queue)
			require.Equal(t, fmt.Sprint("p-", slow+1), left.MessageId, "the message that is in the queue again")
			calls[slow].answer <- nil // too late
			r.backsOff()
			r.stop()
			r.returns()
		}
	})
}

// both waits for the handler calls of p-1 and p-2, which may begin in either order.
func (r *rig) both() (calls [2]event) {
	r.T.Helper()
	for range calls {
		r.Soon(func() bool { return len(r.events) > 0 })
		require.NotEmpty(r.T, r.events, "with two messages in the queue and a prefetch of 2, both are handled side by side")
		e := <-r.events
		switch {
		case e.what == "handle p-1" && calls[0].what == "":
			calls[0] = e
		case e.what == "handle p-2" && calls[1].what == "":
			calls[1] = e
		default:
			require.FailNow(r.T, "with p-1 and p-2 in the queue the consumer does this: "+e.what)
		}
	}
	for _, e := range calls {
		r.tell(e.what)
	}
	return calls
}

func TestFailedMessageComesAgain(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := open(t, "p-1 fails twice", 1)
		r.put("p-1")
		r.start()
		r.connects(first)
		for _, failure := range []error{errJammed, errPanic} {
			r.answers(r.handles("p-1", "with p-1 not handled yet"), failure)
		}
		r.done(r.handles("p-1", "with p-1 not handled yet"))
		r.cut()
		r.ready(0, "after p-1 was handled")
	})
}

// handles is next of a subject that may back off before, or not, or even beside it: when it should is no matter of this check.
func (r *rig) handles(id, when string) event {
	r.T.Helper()
	e := r.due()
	for n := 0; n < 10 && strings.HasPrefix(e.what, "back-off"); n++ {
		r.tell(e.what)
		e.answer <- nil
		e = r.due()
	}
	r.is(e, "handle "+id, when)
	return e
}

func TestBackoffBeforeRedelivery(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := open(t, "p-1 fails, and then p-2", 1)
		r.put("p-1")
		r.start()
		r.connects(first)
		fails := func(id, backoff string) {
			r.answers(r.next("handle "+id, "with "+id+" not handled yet"), errJammed)
			pause := r.pauses(backoff)
			r.ready(0, "while the back-off after a failure lasts: the consumer holds the message")
			r.Does(consumer, "the back-off has ended")
			pause.answer <- nil
		}
		fails("p-1", "back-off 1")
		fails("p-1", "back-off 2")
		fails("p-1", "back-off 3")
		r.done(r.next("handle p-1", "after the third back-off"))
		r.put("p-2")
		fails("p-2", "back-off 1")
		r.done(r.next("handle p-2", "after the back-off"))
		r.ends()
		r.ready(0, "after all were handled")
		countedApart(t)
	})
}

// countedApart loses the connection between two failures of a handler. Whether that is followed by a back-off and a dial is no matter of this
// check.
func countedApart(t *check.T) {
	r := open(t, "p-1 fails twice, then the connection is lost, then p-1 fails again", 2)
	r.put("p-1")
	r.start()
	r.connects(first)
	for _, backoff := range []string{"back-off 1", "back-off 2"} {
		r.answers(r.next("handle p-1", "with p-1 not handled yet"), errJammed)
		r.next(backoff, "after the handler has failed").answer <- nil
	}
	r.next("handle p-1", "after the back-off") // it stays at work
	r.cut()
	loss := r.due()
	if !strings.HasPrefix(loss.what, "back-off") {
		return
	}
	r.is(loss, "back-off 1", "after its connection was lost: losses are not counted with failures")
	loss.answer <- nil
	dial := r.due()
	if dial.what != "dial" {
		return
	}
	r.tell("dial")
	dial.answer <- nil
	r.dialled()
	again := r.due()
	if again.what != "handle p-1" {
		return
	}
	r.tell(again.what)
	r.answers(again, errJammed)
	r.next("back-off 3", "after the handler has failed for the third time: failures are not counted with losses")
}

func TestPrefetchBoundsWhatIsHeld(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := open(t, "Eight messages and a prefetch of 3", 3)
		r.put("p-1", "p-2", "p-3", "p-4", "p-5", "p-6", "p-7", "p-8")
		r.start()
		for _, when := range []string{first, "after the back-off"} {
			r.connects(when)
			var calls []event
			for range r.prefetch {
				r.Soon(func() bool { return len(r.events) > 0 })
				if len(r.events) == 0 {
					r.Expected("3 handler calls at work", fmt.Sprintf("%d", len(calls)))
				}
				require.NotEmpty(t, r.events, "handler calls at work are 3 with a prefetch of 3 and eight messages, not %d", len(calls))
				e := <-r.events
				r.tell("handles one")
				calls = append(calls, e)
			}
			r.settled()
			r.ready(5, "with eight messages, a prefetch of 3, and three handlers at work")
			require.Empty(t, r.events, "handler calls beyond the prefetch of 3")
			if when != first {
				break
			}
			r.cut()
			for _, e := range calls {
				e.answer <- nil // too late
			}
			r.ready(8, "after the connection was lost with three handlers at work")
			r.backsOff().answer <- nil
		}
	})
}

func TestMistakesPanic(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := &rig{events: make(chan event, 10)}
		good := safeconsume.Options{Queue: queue, Prefetch: 1, Backoff: r.backoff}
		noQueue, noPrefetch, noBackoff := good, good, good
		noQueue.Queue, noPrefetch.Prefetch, noBackoff.Backoff = "", 0, nil
		panics := func(doing string, f func()) {
			message, _ := check.PanicOf(f)
			require.Contains(t, message, "safeconsume", "the panic of %s", doing)
		}
		panics("NewConsumer with a nil dial", func() { safeconsume.NewConsumer(nil, good) })
		panics("NewConsumer without a queue", func() { safeconsume.NewConsumer(r.dial, noQueue) })
		panics("NewConsumer with a prefetch of 0", func() { safeconsume.NewConsumer(r.dial, noPrefetch) })
		panics("NewConsumer with a nil back-off", func() { safeconsume.NewConsumer(r.dial, noBackoff) })
		c := safeconsume.NewConsumer(r.dial, good)
		require.Empty(t, r.events, "NewConsumer does nothing but remember")
		panics("Run with a nil handler", func() { _ = c.Run(t.Context(), nil) })
	})
}
