package delivery_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"scalelab/labs/ch03-essentials/delivery"
	"scalelab/pkg/check"
	"scalelab/pkg/faultnet"
)

func TestFortyPercentLoss(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		for _, g := range reliable {
			s := begin(t, g, "two messages are under way, and one of them is lost")
			s.oneOfTwo()
			s.end()
		}
		for _, g := range allGuarantees {
			for seed := range uint64(3) {
				s := begin(t, g, "40 % loss")
				s.fog(seed)
				s.end()
			}
		}
	})
}

// oneOfTwo loses the first message once. The second one gets through, and may be acknowledged before or after the first.
func (s *scene) oneOfTwo() {
	s.t.Helper()
	s.net.Lose(lift, valley, 1)
	from, to := s.sender(), s.receiver(s.ledger())
	to.loop()
	lost, other := s.message("ride 1"), s.message("ride 2")
	first := from.send(lost)
	s.wait(0)
	second := from.send(other)
	s.wait(moment)
	s.holds(!first.returned() || to.times(lost) > 0,
		"Send of ride 1, which was lost, has returned nil before Receive has returned it: only ride 2 has been acknowledged")
	s.wait(2*retry + moment)
	s.settles(second, nil, "Send of the message that got through")
	s.settles(first, nil, "Send of the message that was lost at first")
	s.holds(to.times(lost) > 0, "Send of ride 1 has returned nil, and Receive has not returned it")
}

const (
	workers = 4
	each    = 12
	enough  = 2 * time.Minute // a message takes less than a second
)

// fog lets the dice decide. Nothing is said about single packets, since their numbers may depend on who was first, and little
// about how long it takes: how messages are sent again is judged elsewhere.
func (s *scene) fog(seed uint64) {
	s.t.Helper()
	s.quiet = true
	s.net = faultnet.New(seed)
	s.net.Default(faultnet.Faults{
		Latency: faultnet.Uniform(latency, 6*latency), Loss: 0.4, Duplicate: 0.2, Reorder: 0.2, HoldBack: 3 * retry,
	})
	ctx, cancel := context.WithTimeout(s.ctx, enough)
	defer cancel()
	state := s.ledger()
	from, to := s.sender(), s.receiver(state)
	to.loop()
	to.loop()
	sent := make(chan []string, workers)
	for w := range workers {
		go func() { sent <- sendAll(ctx, from, w) }()
	}
	var acknowledged []string
	for range workers {
		acknowledged = append(acknowledged, <-sent...)
	}
	s.wait(time.Minute)
	s.holds(len(acknowledged) > workers*each/4, "of %d messages, sent by %d goroutines, not even a quarter was acknowledged within %v",
		workers*each, workers, enough)
	for _, msg := range acknowledged {
		s.promised(state, to, msg)
	}
}

// sendAll sends the messages of one goroutine and returns those for which Send has returned nil.
func sendAll(ctx context.Context, from *sender, worker int) (acknowledged []string) {
	for i := range each {
		msg := fmt.Sprintf("ride %d of lift %d", i, worker)
		if from.Send(ctx, []byte(msg)) == nil {
			acknowledged = append(acknowledged, msg)
		}
	}
	return acknowledged
}

func (s *scene) promised(state *ledger, to *receiver, msg string) {
	s.t.Helper()
	n := to.times(msg)
	switch s.guarantee {
	case delivery.AtMostOnce:
		s.holds(n <= 1, "with AtMostOnce Receive has returned a message more than once")
	case delivery.AtLeastOnce:
		s.holds(n >= 1, "with AtLeastOnce Send has returned nil for a message that Receive has never returned")
	case delivery.ExactlyOnce:
		s.holds(state.times(msg) > 0, "with ExactlyOnce Send has returned nil for a message that was never delivered")
		s.holds(state.times(msg) < 2, "with ExactlyOnce State.Deliver found a message fresh more than once: its copies have different IDs")
		s.holds(n >= 1, "with ExactlyOnce Receive has never returned a message that State.Deliver found fresh")
		s.holds(n == 1, "with ExactlyOnce Receive has returned a message more than once")
	}
}
