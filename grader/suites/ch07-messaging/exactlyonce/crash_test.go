package exactlyonce_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

// steps bounds a sweep: nobody needs so many commands for a message.
const steps = 20

func TestKeyAndEffectAppearTogether(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t)
		p := s.prepare()
		tale := messaging.Tell(t, "Redis, looked at before each command of the consumer", queue, "consumer", "Redis")
		var torn, before atomic.Value
		seen := func() {
			if bad := s.look("r-1", "ada").torn(); bad != "" && torn.Load() == nil {
				before.Store(list(p.wire.commands()))
				torn.Store(bad)
			}
		}
		var early atomic.Bool
		p.acked = p.tap.When(basicAck, func() {
			seen()
			early.Store(s.rides("ada") == 0)
		})
		p.wire.arm(func(int) fate { seen(); return passes })
		p.run(counts)
		s.ride("r-1", "ada")
		s.Until(func() bool { return messaging.IsClosed(p.acked) || torn.Load() != nil || len(p.done) > 0 }, "the message is acknowledged")
		tale.Tells(queue, "delivers r-1", "consumer", "calls the handler")
		if bad := torn.Load(); bad != nil {
			tale.Tells("consumer", fmt.Sprintf("has sent %s", before.Load()), "Redis", fmt.Sprintf("holds %s", bad))
			tale.Expected("key, time to live and effect at one moment", fmt.Sprint(bad))
			require.FailNow(t, fmt.Sprintf("between two commands of the consumer Redis holds %s: if it died now, that would stay", bad))
		}
		if early.Load() {
			tale.Redelivers("consumer", "acknowledges r-1", queue, "forgets r-1")
			tale.Expected("the ack after the transaction", "the ack before it")
		}
		require.False(t, early.Load(), "the message is acknowledged when its effect is in Redis, not before")
		s.fence(p)
		st := s.look("r-1", "ada")
		tale.Tells("consumer", "has handled r-1", "Redis", fmt.Sprintf("rides of ada: %d", st.rides))
		require.Empty(t, st.torn(), "what Redis holds in the end, which is not everything")
		require.Equal(t, 1, st.rides, "rides of ada")
		p.end()
	})
}

func TestDeathAtEveryStep(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t)
		for step := 1; step <= steps; step++ {
			if !s.diesBefore(step) {
				require.Greater(t, step, 1, "commands that the consumer sends to Redis for a message")
				s.diesBeforeTheAck()
				return
			}
		}
		require.FailNow(t, "the consumer never comes to an end: it sends more and more commands for one message")
	})
}

// diesBefore lets a consumer die before its nth command, and another one take over. It is false if there was no such command.
func (s *scene) diesBefore(nth int) bool {
	s.T.Helper()
	id := fmt.Sprint("r-", nth)
	p := s.prepare()
	var died, early atomic.Bool
	p.wire.arm(func(n int) fate {
		if n != nth {
			return passes
		}
		s.Settle(p.conn) // what was acknowledged too early has reached the broker
		early.Store(messaging.IsClosed(p.acked))
		p.dies()
		died.Store(true)
		return dies
	})
	p.run(counts)
	s.ride(id, id)
	s.Until(func() bool { return died.Load() || messaging.IsClosed(p.acked) && s.rides(id) > 0 }, "the message takes effect and is acknowledged")
	if !died.Load() {
		p.end()
		return false
	}
	s.takenOver(p, id, fmt.Sprintf("before command %d", nth), early.Load())
	return true
}

// diesBeforeTheAck lets a consumer die when it has sent all its commands.
func (s *scene) diesBeforeTheAck() {
	s.T.Helper()
	s.NoConsumer(queue, "after Run has returned")
	p := s.prepare()
	died := p.tap.When(basicAck, p.dies)
	p.wire.arm(nil)
	p.run(counts)
	s.ride("r-last", "r-last")
	messaging.Await(s.Broker, died, "the message is acknowledged")
	s.takenOver(p, "r-last", "before its ack has left", false)
}

// takenOver starts another consumer in place of a dead one, and demands that the message has taken effect once. acked says whether the
// dead one had acknowledged it.
func (s *scene) takenOver(dead *process, id, when string, acked bool) {
	s.T.Helper()
	dead.buried()
	left := s.look(id, id)
	next := s.start(counts)
	s.fence(next)
	got := s.look(id, id)
	if got.rides != 1 || got.torn() != "" {
		tale := messaging.Tell(s.T, "A consumer dies "+when, queue, "consumer 1", "consumer 2", "Redis")
		tale.Tells(queue, "delivers "+id, "consumer 1", "calls the handler")
		tale.Tells("consumer 1", "has sent "+list(dead.wire.commands()), "Redis", left.String())
		if acked {
			tale.Look("consumer 1", "has acknowledged "+id)
		}
		tale.Does("consumer 1", "dies "+when)
		if acked {
			tale.Does(queue, id+" is not there any more")
		} else {
			tale.Redelivers(queue, "delivers "+id+" again", "consumer 2", "has the queue to itself")
		}
		tale.Look("Redis", "in the end: "+got.String())
		tale.Expected("effect: once, key: true, with a time to live", got.String())
	}
	require.Equal(s.T, 1, got.rides, "how often a message takes effect whose first consumer died %s, and which another one has got then", when)
	require.Empty(s.T, got.torn(), "what Redis holds after a consumer died %s, and which is not everything", when)
	next.end()
	s.NoConsumer(queue, "after Run has returned")
}

func TestLostAnswerIsTriedAgain(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t)
		for step := 1; step <= steps; step++ {
			if !s.losesAnswer(step) {
				require.Greater(t, step, 1, "commands that the consumer sends to Redis for a message")
				return
			}
		}
		require.FailNow(t, "the consumer never comes to an end: it sends more and more commands for one message")
	})
}

// losesAnswer breaks the connection to Redis after the nth command was carried out. It is false if there was no such command.
func (s *scene) losesAnswer(nth int) bool {
	s.T.Helper()
	id := fmt.Sprint("r-", nth)
	p := s.prepare()
	var lost, again atomic.Bool
	var before []string
	p.wire.arm(func(n int) fate {
		if n != nth {
			return passes
		}
		before = p.wire.commands()
		lost.Store(true)
		return unheard
	})
	p.run(noticing(&again))
	s.ride(id, id)
	s.Until(func() bool { return lost.Load() || messaging.IsClosed(p.acked) && s.rides(id) > 0 }, "the message takes effect and is acknowledged")
	if !lost.Load() {
		p.end()
		return false
	}
	s.Soon(func() bool { return messaging.IsClosed(p.acked) && s.rides(id) > 0 || len(p.done) > 0 })
	running, acked, got := len(p.done) == 0, messaging.IsClosed(p.acked), s.rides(id)
	if !running || !acked || again.Load() || got != 1 {
		tale := messaging.Tell(s.T, fmt.Sprintf("The answer to command %d is lost", nth), queue, "consumer", "Redis")
		tale.Tells(queue, "delivers "+id, "consumer", "calls the handler")
		at := tale.Tells("consumer", "sends "+list(p.wire.commands()[:len(before)+1]), "Redis", "carries it out")
		tale.Loses(at, "consumer", "the connection breaks")
		switch {
		case !running:
			tale.Look("consumer", "Run returns")
		case again.Load():
			tale.Look("consumer", "has requeued "+id+", and gets it again")
		case got == 0 && acked:
			tale.Look("consumer", "acknowledges "+id)
		}
		tale.Look("Redis", "effect in the end: "+times(got))
		tale.Expected("held, tried again, effect: once", fmt.Sprintf("acked: %v, requeued: %v, Run goes on: %v, effect: %s", acked, again.Load(), running, times(got)))
	}
	require.Equal(s.T, 1, got, "how often a message takes effect when the answer to command %d for it was lost", nth)
	require.True(s.T, running, "Run goes on when an answer of Redis is lost (command %d)", nth)
	require.False(s.T, again.Load(), "the message is held, not requeued, when an answer of Redis is lost (command %d)", nth)
	require.True(s.T, acked, "the message is acknowledged in the end (the answer to command %d was lost)", nth)
	s.fence(p)
	require.Equal(s.T, 1, s.rides(id), "how often a message takes effect when the answer to command %d for it was lost", nth)
	p.end()
	s.NoConsumer(queue, "after Run has returned")
	return true
}

func TestCopiesOnTwoConsumers(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t)
		for step := 1; step <= steps; step++ {
			if !s.overtaken(step) {
				require.Greater(t, step, 1, "commands that the consumer sends to Redis for a message")
				return
			}
		}
		require.FailNow(t, "the consumer never comes to an end: it sends more and more commands for one message")
	})
}

// hasTakenEffect demands that of a message that is acknowledged.
func (s *scene) hasTakenEffect(id string, sent []string) {
	s.T.Helper()
	got := s.rides(id)
	if got != 1 {
		tale := messaging.Tell(s.T, "A message that is acknowledged", queue, "consumer", "Redis")
		tale.Tells(queue, "delivers "+id, "consumer", "calls the handler")
		tale.Tells("consumer", "has sent "+list(sent), "Redis", "effect: "+times(got))
		tale.Look("consumer", "has acknowledged "+id)
	}
	require.Equal(s.T, 1, got, "how often a message has taken effect that is acknowledged")
}

// overtaken holds a consumer before its nth command while another one handles a copy. It is false if there was no such command.
func (s *scene) overtaken(nth int) bool {
	s.T.Helper()
	id := fmt.Sprint("r-", nth)
	slow := s.prepare()
	var held atomic.Bool
	gate := make(chan struct{})
	release := sync.OnceFunc(func() { close(gate) })
	defer release()
	slow.wire.arm(func(n int) fate {
		if n == nth {
			held.Store(true)
			<-gate
		}
		return passes
	})
	s.ride(id, id)
	s.ride(id, id)
	slow.run(counts)
	s.Until(func() bool { return held.Load() || messaging.IsClosed(slow.acked) && s.rides(id) > 0 }, "the message takes effect and is acknowledged")
	if !held.Load() {
		release() // it may be at the copy by now
		slow.end()
		return false
	}
	before := slow.wire.commands()
	if messaging.IsClosed(slow.acked) {
		s.hasTakenEffect(id, before)
		release()
		slow.end()
		return false
	}
	left := s.Queue(queue).Messages > 0 // unless the slow one holds the copy as well, which is another check's business
	fast := s.start(counts)
	if left {
		s.Soon(func() bool { return messaging.IsClosed(fast.acked) || len(fast.done) > 0 }) // it may have to wait for the slow one
	}
	first := s.rides(id)
	release()
	s.Soon(func() bool { return messaging.IsClosed(slow.acked) && (messaging.IsClosed(fast.acked) || !left) })
	slow.end()
	fast.end()
	s.NoConsumer(queue, "after Run has returned")
	last := s.start(counts)
	s.fence(last)
	got := s.rides(id)
	if got != 1 {
		tale := messaging.Tell(s.T, "Two consumers with copies of one message", queue, "consumer 1", "consumer 2", "Redis")
		tale.Tells(queue, "delivers "+id, "consumer 1", "calls the handler")
		tale.Tells("consumer 1", "sends "+list(before)+", and is slow", "Redis", "effect: none yet")
		tale.Tells(queue, "delivers a copy of "+id, "consumer 2", "calls the handler")
		tale.Tells("consumer 2", "sends "+list(fast.wire.commands()), "Redis", "effect: "+times(first))
		tale.Does("consumer 1", "goes on: sends "+list(slow.wire.commands()[len(before):]))
		tale.Look("Redis", "effect in the end: "+times(got))
		tale.Expected("effect: once", "effect: "+times(got))
	}
	require.Equal(s.T, 1, got, "how often a message takes effect when another consumer handles a copy before command %d of the first", nth)
	last.end()
	s.NoConsumer(queue, "after Run has returned")
	return true
}
