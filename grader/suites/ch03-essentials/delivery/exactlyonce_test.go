package delivery_test

import (
	"testing"

	"scalelab/labs/ch03-essentials/delivery"
	"scalelab/pkg/check"
	"scalelab/pkg/faultnet"
)

func TestExactlyOnceDeliversOnce(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		for _, scene := range []struct {
			title string
			play  func(s *scene)
		}{
			{"the network doubles packets", (*scene).doubled},
			{"an acknowledgement is lost", (*scene).unacknowledged},
			{"a message is overtaken", (*scene).overtaken},
			{"a copy arrives an hour late", (*scene).copyAfterAnHour},
		} {
			s := begin(t, delivery.ExactlyOnce, scene.title)
			scene.play(s)
			s.end()
		}
	})
}

// delivered expects that a message was delivered to the state so often, and returned by Receive as often.
func (s *scene) delivered(state *ledger, to *receiver, msg string, want int, why string) {
	s.t.Helper()
	s.same(want, state.times(msg), "times that State.Deliver found %s fresh, %s", s.names.of(msg), why)
	s.same(want, to.times(msg), "times that Receive has returned %s, %s", s.names.of(msg), why)
}

func (s *scene) doubled() {
	s.copies(1, 0, latency)
	s.copies(2, latency, moment)
	state := s.ledger()
	from, to := s.sender(), s.receiver(state)
	to.loop()
	msg := s.message("ride 1")
	for n := 1; n <= 2; n++ {
		c := from.send(msg)
		s.wait(2 * moment)
		s.settles(c, nil, "Send on a network that loses nothing")
		s.delivered(state, to, msg, n, "where it was sent as often and the network delivers copies")
	}
}

func (s *scene) unacknowledged() {
	s.net.Lose(valley, lift, 1, 2)
	state := s.ledger()
	from, to := s.sender(), s.receiver(state)
	to.loop()
	msg := s.message("ride 1")
	c := from.send(msg)
	s.wait(4*retry + moment)
	s.settles(c, nil, "Send, when the third acknowledgement arrives")
	s.delivered(state, to, msg, 1, "which was sent again because acknowledgements were lost")
}

func (s *scene) overtaken() {
	first, second := s.message("ride 1"), s.message("ride 2")
	s.net.Plan(func(m faultnet.Message, f *faultnet.Fate) {
		if m.From.Host == lift && m.Seq == 1 {
			f.Delay = retry / 2
		}
	})
	state := s.ledger()
	from, to := s.sender(), s.receiver(state)
	to.loop()
	early := from.send(first)
	s.wait(0)
	late := from.send(second)
	s.wait(2*retry + moment)
	s.settles(late, nil, "Send of the message that has overtaken the other")
	s.settles(early, nil, "Send of the message that was overtaken")
	s.delivered(state, to, first, 1, "which was overtaken")
	s.delivered(state, to, second, 1, "which has overtaken the other")
}

func (s *scene) copyAfterAnHour() {
	s.copies(1, hour)
	state := s.ledger()
	from, to := s.sender(), s.receiver(state)
	to.loop()
	for _, msg := range []string{s.message("ride 1"), s.message("ride 2"), s.message("ride 3")} {
		s.sends(from, msg)
	}
	s.wait(hour)
	s.delivered(state, to, "ride 1", 1, "of which a copy comes an hour later")
	s.sends(from, "ride 1")
	s.delivered(state, to, "ride 1", 2, "which was sent twice")
}
