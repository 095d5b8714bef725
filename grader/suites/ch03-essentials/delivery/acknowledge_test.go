package delivery_test

import (
	"context"
	"testing"
	"time"

	"scalelab/labs/ch03-essentials/delivery"
	"scalelab/pkg/check"
)

func TestAcknowledgedMeansReceived(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		for _, g := range reliable {
			s := begin(t, g, "nobody calls Receive")
			s.nobodyReceives()
			s.end()
			s = begin(t, g, "a Receive leaves before the message comes")
			s.receiveHasLeft()
			s.end()
			s = begin(t, g, "the receiver is closed before Receive was called")
			s.closedWhileWaiting()
			s.end()
		}
		s := begin(t, delivery.ExactlyOnce, "State.Deliver fails")
		s.deliverFails()
		s.end()
	})
}

func (s *scene) nobodyReceives() {
	s.t.Helper()
	state := s.ledger()
	from, to := s.sender(), s.receiver(state)
	msg := s.message("ride 1")
	c := from.send(msg)
	s.wait(2*retry + moment)
	s.waits(c, "nobody has called Receive: Send")
	s.same(0, state.asked(), "calls of State.Deliver while nobody calls Receive")
	received := to.receive(s.ctx)
	s.wait(2*retry + moment)
	s.settles(received, nil, "Receive when a message has been sent again and again")
	s.settles(c, nil, "Send, after one call of Receive has returned the message")
	s.same(1, to.times(msg), "times that Receive has returned the message")
}

func (s *scene) receiveHasLeft() {
	s.t.Helper()
	state := s.ledger()
	from, to := s.sender(), s.receiver(state)
	ctx, _ := s.until(time.Second)
	left := to.receive(ctx)
	s.wait(time.Second)
	s.settles(left, context.DeadlineExceeded, "Receive whose context ends while nothing comes")
	msg := s.message("ride 1")
	c := from.send(msg)
	s.wait(2*retry + moment)
	s.waits(c, "the only Receive has left before the message came: Send")
	received := to.receive(s.ctx)
	s.wait(2*retry + moment)
	s.settles(received, nil, "another Receive")
	s.settles(c, nil, "Send, after the other Receive has returned the message")
}

func (s *scene) closedWhileWaiting() {
	s.t.Helper()
	state := s.ledger()
	from, to := s.sender(), s.receiver(state)
	msg := s.message("ride 1")
	c := from.send(msg)
	s.wait(moment)
	to.stop()
	s.waits(c, "the receiver was closed before anybody called Receive: Send")
	s.startsAgain(valley, "with the same State")
	to = s.receiver(state)
	to.loop()
	s.wait(2*retry + moment)
	s.settles(c, nil, "Send, when somebody calls Receive after the restart of the receiver")
	s.holds(to.times(msg) > 0, "Send has returned nil, and no Receive has returned the message")
}

func (s *scene) deliverFails() {
	s.t.Helper()
	state := s.ledger()
	state.fail = 2
	from, to := s.sender(), s.receiver(state)
	msg := s.message("ride 1")
	c := from.send(msg)
	for range 2 {
		failed := to.receive(s.ctx)
		s.wait(2*retry + moment)
		s.settles(failed, errState, "Receive when State.Deliver fails")
		s.waits(c, "State.Deliver has failed: Send")
	}
	received := to.receive(s.ctx)
	s.wait(2*retry + moment)
	s.settles(received, nil, "Receive when State.Deliver works again")
	s.settles(c, nil, "Send, after the message was delivered")
	s.same(1, state.times(msg), "times that the message was delivered")
}
