package safeconsume_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/check"
)

func TestLostConnectionIsReplaced(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := open(t, "The broker is away, comes, goes and comes again", 1)
		r.put("p-1")
		r.start()
		refused := func(backoff, when string) {
			r.next("dial", when).answer <- errDown
			r.Does(consumer, "refused: the broker is down")
			r.next(backoff, "after a dial that failed").answer <- nil
		}
		refused("back-off 1", first)
		refused("back-off 2", "after a back-off")
		refused("back-off 3", "after a back-off")
		r.connects("after a back-off")
		r.done(r.next("handle p-1", "with p-1 in the queue"))
		r.cut()
		r.backsOff().answer <- nil
		refused("back-off 2", "after the back-off after a loss")
		r.connects("after a back-off")
		r.put("p-2")
		r.done(r.next("handle p-2", "with p-2 in the queue"))
		r.ends()
		r.ready(0, "after all were handled")
	})
}

func TestMissingQueueIsALoss(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := open(t, "The queue is missing, is made, is deleted and made again", 1)
		r.deletes()
		r.start()
		for _, expected := range []string{"back-off 1", "back-off 2", "back-off 3"} {
			backoff := r.tries(expected, "while the queue is missing")
			if expected == "back-off 3" {
				r.makes()
			}
			backoff.answer <- nil
		}
		r.put("p-1")
		r.done(r.tries("handle p-1", "when the queue is there"))
		r.deletes()
		backoff := r.tries("back-off 1", "when its queue is deleted")
		r.makes()
		r.put("p-2")
		backoff.answer <- nil
		r.answers(r.tries("handle p-2", "when the queue is there again"), nil)
	})
}

// tries is next of a subject that may dial or not, as it likes.
func (r *rig) tries(expected, when string) event {
	r.T.Helper()
	for range 10 {
		e := r.due()
		switch e.what {
		case "dial":
			e.answer <- nil
			r.dialled()
			continue
		case "nothing":
			r.Expected(expected, "nothing")
			require.FailNow(r.T, "the consumer does nothing "+when+", instead of: "+expected)
		}
		r.tell(e.what)
		if e.what != expected {
			r.Expected(expected, e.what)
		}
		require.Equal(r.T, expected, e.what, "what the consumer does %s", when)
		return e
	}
	require.FailNow(r.T, "the consumer only dials "+when+", instead of: "+expected)
	panic("unreachable")
}

func (r *rig) deletes() {
	r.T.Helper()
	r.Broker.Delete(queue)
	r.Does(queue, "is deleted")
}

func (r *rig) makes() {
	r.T.Helper()
	r.Broker.Declare(queue, nil)
	r.Does(queue, "is made")
}

func TestOldTagStaysOnOldChannel(t *testing.T) {
	check.Run(t, func(t *check.T) {
		r := open(t, "A handler from a lost connection returns", 2)
		r.put("p-1")
		r.start()
		r.connects(first)
		old := r.next("handle p-1", "with p-1 in the queue")
		r.settled()
		r.Does(consumer, "(p-1 is tag 1 of the first channel)")
		r.cut()
		backoff := r.backsOff()
		r.ready(1, "after the connection was lost while the handler was at work")
		taken, _ := r.Take(queue)
		require.Equal(t, "p-1", taken.MessageId, "the message that is in the queue again")
		r.Tells(queue, "delivers p-1", "another instance", "handles p-1, acks")
		r.put("p-2")
		backoff.answer <- nil
		r.connects("after the back-off, while the handler of the lost connection is still at work")
		r.next("handle p-2", "with p-2 in the queue")
		r.Does(consumer, "(p-2 is tag 1 of the second channel)")
		r.done(old) // an acknowledgement would be for a tag of the second channel
		r.quiet("when the handler from the lost connection has returned")
		r.Does(consumer, "the program crashes, p-2 is still in print")
		r.Fault(r.Cut)
		r.Until(func() bool { return r.Queue(queue).Consumers == 0 }, "the broker notices that the connection is lost")
		r.ready(1, "after the second connection was lost while the handler was at work on p-2")
		left, _ := r.Take(queue)
		require.Equal(t, "p-2", left.MessageId, "the message that is in the queue again")
	})
}
