package safepublish_test

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/safepublish"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

func TestUnansweredIsSentAgain(t *testing.T) {
	check.Run(t, func(t *check.T) {
		act(t, "The connection is cut before the second ride arrives", quick, func(s *scene) {
			s.cutAt("never arrives", s.CutBeforePublish)
		})
		act(t, "The connection is cut when the second ride is stored", quick, func(s *scene) {
			s.cutAt("stored; its answer is lost", s.CutAfterPublish)
		})
		act(t, "A confirm is lost, and later the connection", quick, confirmIsLost)
		act(t, "Five rides are stored when the connection is cut", quick, manyUnanswered)
	})
}

// cutAt loses the connection at the second of three messages.
func (s *scene) cutAt(fate string, fault func(context.Context, int) error) {
	s.T.Helper()
	s.sure("ride-0")
	s.Fault(func(ctx context.Context) error { return fault(ctx, 2) })
	s.sure("ride-1")
	pending := s.publish("ride-2", key, fate)
	s.Does(exchange, "the connection is cut")
	s.settled("ride-2", pending, accepted, "what becomes of a message at which the connection was lost, when there is a connection again")
	s.sure("ride-3")
	s.holdsEach("after a loss of the connection", "ride-0", "ride-1", "ride-2", "ride-3")
}

func confirmIsLost(s *scene) {
	s.T.Helper()
	s.sure("ride-0")
	s.Fault(func(ctx context.Context) error { return s.LoseConfirm(ctx, 1) })
	pending := s.publish("ride-1", key, "stored; its answer is lost")
	s.Until(func() bool { return s.Queue(queue).Messages == 2 }, "the message reaches the queue")
	s.rounds()
	s.unsettled("ride-1", pending, "a message is settled although the broker's answer was lost")
	s.forbid(math.MaxInt)
	s.cut()
	s.Fault(s.Heal) // a slow broker may not have answered yet: the loss is not meant for the next connection
	s.forbid(0)
	s.settled("ride-1", pending, accepted, "what becomes of a message whose answer was lost, when the connection was lost and is there again")
	s.holdsEach("after a lost confirm", "ride-0", "ride-1")
}

func manyUnanswered(s *scene) {
	s.T.Helper()
	s.sure("ride-0")
	s.Fault(s.Mute)
	ids, pending := []string{"ride-0"}, map[string]*safepublish.Pending{}
	for i := range 5 {
		id := fmt.Sprint("ride-", i+1)
		ids = append(ids, id)
		pending[id] = s.publish(id, key, unheard)
	}
	s.Soon(func() bool { return s.Queue(queue).Messages == 6 })
	s.Fault(s.Cut)
	s.Fault(s.Heal)
	s.Does(exchange, "the connection is cut")
	for _, id := range ids[1:] {
		s.settled(id, pending[id], accepted, "what becomes of five messages without an answer, when the connection was lost and is there again")
	}
	s.holdsEach("after a loss of the connection", ids...)
}

func TestOldTagsMeanNothing(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t, "Tags begin again on a new channel", safepublish.Options{Window: 10, Backoff: time.Hour})
		s.Publish(exchange, smallKey, amqp.Publishing{Body: []byte("somebody else's")})
		s.sure("ride-1") // tag 1 of the first channel
		s.Fault(s.Mute)
		s.Fault(func(ctx context.Context) error { return s.CutBeforePublish(ctx, 2) })
		stored := s.publish("ride-2", key, unheard)                 // tag 2
		swallowed := s.publish("ride-3", smallKey, "never arrives") // tag 3
		s.Soon(func() bool { return s.sent() == 3 && s.Queue(queue).Messages == 2 })
		s.rounds()
		s.unsettled("ride-3", swallowed, "a message is settled although the broker has not answered")
		s.door.Lock() // the attempt that follows must not suffer from the same cut: the next one is an hour away
		s.Fault(s.Cut)
		s.Fault(s.Heal)
		s.door.Unlock()
		s.Does(exchange, "the connection is cut")
		if s.Soon(func() bool { return s.sent() >= 5 }); s.sent() > 3 {
			s.TellsAgain(gate, "ride-2 again", exchange, acked)
			s.TellsAgain(gate, "ride-3 again", exchange, nacked)
		} else {
			s.Look(gate, "sends neither of them again")
		}
		others := map[string]*safepublish.Pending{"ride-2": stored}
		for _, id := range []string{"ride-4", "ride-5", "ride-6"} {
			others[id] = s.takes(s.publishing(t.Context(), id, key))
		}
		s.Tells(gate, "Publish ride-4, ride-5, ride-6", exchange, "stores and acks what arrives")
		s.Soon(func() bool { return s.answers() >= 6 && allDone(others) })
		s.rounds()
		s.unsettled("ride-3", swallowed, "a message is settled that the broker has nacked on the new channel, and never had on the old one")
		missing := false // which one depends on the order in which the subject sends
		for _, pending := range others {
			missing = missing || fate(pending) != accepted
		}
		if missing {
			s.Look(gate, "ride-2, 4, 5 and 6 are not all accepted")
		}
		require.False(t, missing, "every message that the broker has acked on the new channel is accepted")
	})
}

func TestNothingAcceptedIsLostWhileTheBrokerIsAway(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t, "The broker is away at noon", safepublish.Options{Window: 10, Backoff: 20 * time.Millisecond})
		var ids []string
		for i := range 3 {
			ids = append(ids, fmt.Sprint("ride-", i+1))
			s.sure(ids[i])
		}
		before := s.dialled()
		s.Fault(s.Down)
		s.Until(func() bool { return s.open() == 0 }, "the connection is closed")
		s.Soon(func() bool { return s.dialled() > before }) // it knows: what is published from now on was never sent on the old connection
		s.Does(exchange, "goes away: connections break, and nobody can connect")
		pending := map[string]*safepublish.Pending{}
		for i := range 5 {
			id := fmt.Sprint("ride-", i+4)
			ids = append(ids, id)
			r := messaging.Await(s.Broker, s.publishing(t.Context(), id, key).done, "Publish returns although the broker is away")
			require.Equal(t, "a Pending", outcome(r.err), "what Publish returns while the broker is away")
			pending[id] = r.pending
		}
		s.Does(gate, "Publish ride-4 to ride-8")
		s.Until(func() bool { return s.dialled() > before+1 }, "the publisher tries to connect again, and again")
		for _, id := range ids[3:] {
			s.unsettled(id, pending[id], "a message is settled while the broker is away")
		}
		s.Fault(s.Heal)
		s.Does(exchange, "is there again")
		s.Soon(func() bool { return allDone(pending) })
		n := 0 // which of them depends on the order in which the subject sends
		for _, id := range ids[3:] {
			if fate(pending[id]) == accepted {
				n++
			}
		}
		s.Counted(gate, 5, n, "of these accepted")
		require.Equal(t, 5, n, "messages that are accepted, of five that were published while the broker was away")
		s.Soon(func() bool { return s.Queue(queue).Messages >= len(ids) }) // whether it is there when it is accepted is the rule of another check
		s.holdsEach("when the broker is there again", ids...)
	})
}
