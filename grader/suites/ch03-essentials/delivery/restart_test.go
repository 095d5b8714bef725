package delivery_test

import (
	"testing"
	"time"

	"scalelab/labs/ch03-essentials/delivery"
	"scalelab/pkg/check"
	"scalelab/pkg/faultnet"
)

func TestExactlyOnceSurvivesRestarts(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		for _, scene := range []struct {
			title     string
			guarantee delivery.Guarantee
			play      func(s *scene)
		}{
			{"the receiver is restarted before an acknowledgement gets through", delivery.ExactlyOnce, (*scene).receiverRestarts},
			{"the receiver crashes between delivery and acknowledgement", delivery.ExactlyOnce, (*scene).receiverCrashes},
			{"the sender is restarted", delivery.ExactlyOnce, (*scene).senderRestarts},
			{"a copy from before a restart of the sender", delivery.ExactlyOnce, (*scene).oldCopyArrives},
			{"an acknowledgement from before a restart of the sender", delivery.AtLeastOnce, (*scene).oldAcknowledgementArrives},
			{"an acknowledgement from before a restart of the sender", delivery.ExactlyOnce, (*scene).oldAcknowledgementArrives},
		} {
			s := begin(t, scene.guarantee, scene.title)
			scene.play(s)
			s.end()
		}
	})
}

func (s *scene) receiverRestarts() {
	acks := s.net.Way(valley, lift)
	acks.Cut()
	state := s.ledger()
	from, to := s.sender(), s.receiver(state)
	to.loop()
	msg := s.message("ride 1")
	c := from.send(msg)
	s.wait(moment)
	s.delivered(state, to, msg, 1, "which has arrived")
	to.stop()
	s.startsAgain(valley, "with the same State")
	acks.Heal()
	to = s.receiver(state)
	to.loop()
	s.wait(2*retry + moment)
	s.settles(c, nil, "Send of a message that was delivered before the restart of the receiver")
	s.same(1, state.times(msg), "times that State.Deliver found ride 1 fresh, which was delivered before the restart of the receiver")
	s.same(0, to.times(msg), "times that Receive has returned a message after the restart that was delivered before it")
}

// receiverCrashes takes the power away when the message has been delivered. What Receive returns then is nobody's affair.
func (s *scene) receiverCrashes() {
	host := s.net.Host(valley)
	state := s.ledger()
	state.then = func() {
		time.Sleep(tick) // whoever acknowledges on arrival has done it by then
		host.Crash()
	}
	from, to := s.sender(), s.receiver(state)
	to.loop()
	msg := s.message("ride 1")
	c := from.send(msg)
	s.wait(moment)
	s.waits(c, "the receiver has crashed before it could acknowledge: Send")
	to.stop()
	host.Restart()
	to = s.receiver(state)
	to.loop()
	s.wait(2*retry + moment)
	s.settles(c, nil, "Send of a message that was delivered just before the receiver crashed")
	s.same(1, state.times(msg), "times that State.Deliver found ride 1 fresh, which was delivered just before the receiver crashed")
}

func (s *scene) senderRestarts() {
	state := s.ledger()
	from, to := s.sender(1), s.receiver(state)
	to.loop()
	messages := []string{s.message("ride 1"), s.message("ride 2"), s.message("ride 3")}
	for i, msg := range messages {
		if i > 0 {
			from.stop()
			s.startsAgain(lift, "with a greater Epoch")
			from = s.sender(uint64(i + 1))
		}
		c := from.send(msg)
		s.wait(moment)
		s.settles(c, nil, "Send on a healthy network, after %d restarts of the sender", i)
		s.delivered(state, to, msg, 1, "the first message after a start of the sender")
	}
}

func (s *scene) oldCopyArrives() {
	s.copies(1, 3*retry, 5*retry)
	state := s.ledger()
	from, to := s.sender(1), s.receiver(state)
	to.loop()
	first, second := s.message("ride 1"), s.message("ride 2")
	s.sends(from, first)
	from.stop()
	s.startsAgain(lift, "with a greater Epoch")
	from = s.sender(2)
	s.sends(from, second)
	s.wait(time.Second)
	s.delivered(state, to, first, 1, "of which copies come after a restart of the sender")
	s.delivered(state, to, second, 1, "the first message after a restart of the sender")
}

// oldAcknowledgementArrives has an acknowledgement of the first epoch arrive while a message of the second is under way.
func (s *scene) oldAcknowledgementArrives() {
	const late = 5 * retry
	s.net.Plan(func(m faultnet.Message, f *faultnet.Fate) {
		if m.From.Host == valley && m.Seq == 1 {
			f.Delay = late
		}
	})
	state := s.ledger()
	from, to := s.sender(1), s.receiver(state)
	to.loop()
	first, second := s.message("ride 1"), s.message("ride 2")
	from.send(first)
	s.wait(moment)
	s.arrived(to, first, 1, "times that Receive has returned %s, which was sent once")
	from.stop()
	s.startsAgain(lift, "with a greater Epoch")
	s.net.Way(lift, valley).Cut()
	from = s.sender(2)
	c := from.send(second)
	s.wait(late + moment)
	s.waits(c, "only an acknowledgement of the epoch before has arrived: Send of the first message of this epoch")
	s.net.Way(lift, valley).Heal()
	s.wait(2*retry + moment)
	s.settles(c, nil, "Send, when the message gets through")
	s.holds(to.times(second) > 0, "Send has returned nil, and Receive has not returned the first message of this epoch")
}
