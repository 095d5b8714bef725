package exactlyonce_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/exactlyonce"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

func TestCopiesTakeEffectOnce(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t)
		tale := messaging.Tell(t, "What is a copy, and what is not", "gate", queue, "consumer", "Redis")
		s.ride("r-0", "zoe")
		d := s.returned()
		tale.Tells("gate", "publishes r-0", queue, "holds r-0")
		tale.Does(queue, fmt.Sprintf("delivers r-0 to a consumer that dies at once: redelivered %v", d))
		p := s.start(counts)
		steps := []struct {
			id, skier string
			rides     int
			why       string
		}{
			{"r-1", "ada", 1, "a new message takes effect"},
			{"r-1", "ada", 1, "a copy without the redelivered flag, published by a gate that got no confirm, takes no effect"},
			{"r-2", "ada", 2, "a message with the same body and another MessageId takes effect"},
			{"r-3", "bob", 1, "a new message takes effect"},
			{"r-2", "ada", 2, "a copy that comes later takes no effect"},
		}
		for i, step := range steps {
			s.ride(step.id, step.skier)
			fence := fmt.Sprint("next ", i)
			s.ride(fence, fence)
			s.Until(func() bool { return s.rides(fence) > 0 }, "every new message takes effect, and Run goes on")
			p.answers()
			got := s.rides(step.skier)
			at := tale.Tells("gate", "publishes "+step.id, queue, "delivers "+step.id)
			tale.Answers(at, "consumer", "handles "+step.id)
			tale.Does("Redis", fmt.Sprintf("rides of %s: %d", step.skier, got))
			require.Equal(t, step.rides, got, "rides of %s: %s", step.skier, step.why)
			if i == 0 {
				zoe := s.rides("zoe")
				tale.Does("Redis", fmt.Sprintf("rides of zoe: %d", zoe))
				require.Equal(t, 1, zoe, "rides of zoe: a message that is redelivered, and that nobody has handled, takes effect")
			}
		}
		tale.Does("consumer", "has handled all")
		require.Equal(t, state{rides: 1, metres: metres}, s.effect("bob"), "everything that the handler has queued for one message")
		p.end()
		s.NoConsumer(queue, "after Run has returned")
		s.Holds(0, queue, "after all were handled: each is acknowledged, the copies as well")
	})
}

// returned lets a consumer take the message and die: it comes back flagged.
func (s *scene) returned() (flagged bool) {
	s.T.Helper()
	ch := s.Channel()
	defer ch.Close()
	d, _, err := ch.Get(queue, false)
	s.Own(err, "take a message")
	s.Own(d.Nack(false, true), "give a message back")
	return true
}

// effect is what Redis holds about a skier.
func (s *scene) effect(skier string) state {
	st := s.look("", skier)
	return state{rides: st.rides, metres: st.metres}
}

func TestRedisIsTheOnlyMemory(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t)
		p := s.start(counts)
		s.ride("r-1", "ada")
		s.fence(p)
		tale := messaging.Tell(t, "What is remembered, where and for how long", "consumer 1", "consumer 2", "Redis")
		tale.Tells("consumer 1", "handles r-1", "Redis", "rides of ada: 1")

		st := s.look("r-1", "ada")
		tale.Does("Redis", fmt.Sprintf("key %q is there: %v", exactlyonce.Key("r-1"), st.key))
		require.True(t, st.key, "after r-1 was handled the key %q is in Redis", exactlyonce.Key("r-1"))
		right := st.ttl > keyTTL-10*time.Minute && st.ttl <= keyTTL
		switch {
		case right:
			tale.Does("Redis", "its time to live is KeyTTL")
		case st.ttl < 0:
			tale.Look("Redis", "it has no time to live")
		default:
			tale.Look("Redis", "its time to live is not KeyTTL")
		}
		require.True(t, right, "the key's time to live is KeyTTL (the check asks for 90 minutes)")
		s.othersExpire(tale)

		other := s.start(counts)
		p.end()
		s.ride("r-1", "ada")
		s.fence(other)
		got := s.rides("ada")
		tale.Tells("consumer 2", "handles a copy of r-1", "Redis", fmt.Sprintf("rides of ada: %d", got))
		require.Equal(t, 1, got, "rides of ada, after another process has got a copy: it finds the key in Redis")

		s.expire()
		tale.Does("Redis", "the key expires")
		s.ride("r-1", "ada")
		s.fence(other)
		got = s.rides("ada")
		tale.Tells("consumer 2", "handles a copy of r-1", "Redis", fmt.Sprintf("rides of ada: %d", got))
		require.Equal(t, 2, got, "rides of ada, after a copy that came when the key had expired: what Redis has forgotten is new")
		other.end()
	})
}

// memory lists what the subject keeps in Redis beyond the effects.
func (s *scene) memory() []string {
	s.T.Helper()
	keys, err := s.eye.Keys(s.T.Context(), "*").Result()
	s.own(err)
	var memory []string
	for _, key := range keys {
		if key != "rides" && key != "metres" {
			memory = append(memory, key)
		}
	}
	return memory
}

func (s *scene) othersExpire(tale *messaging.Story) {
	s.T.Helper()
	for _, key := range s.memory() {
		ttl, err := s.eye.PTTL(s.T.Context(), key).Result()
		s.own(err)
		if ttl == -1 || ttl > keyTTL {
			tale.Does("Redis", "keeps something for longer than KeyTTL")
			require.FailNow(s.T, "everything that you keep in Redis has a time to live of KeyTTL or less: memory is bounded")
		}
	}
}

// expire does what time does.
func (s *scene) expire() {
	s.T.Helper()
	if keys := s.memory(); len(keys) > 0 {
		s.own(s.eye.Del(s.T.Context(), keys...).Err())
	}
}
