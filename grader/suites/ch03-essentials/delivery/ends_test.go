package delivery_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"scalelab/labs/ch03-essentials/delivery"
	"scalelab/pkg/check"
)

func TestCallsEndWhenToldTo(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		for _, g := range allGuarantees {
			s := begin(t, g, "a message has been sent and received")
			s.silence()
			s.end()
			s = begin(t, g, "nothing comes")
			s.receiverCloses()
			s.end()
			s = begin(t, g, "messages wait that nobody has received")
			s.window = chances
			s.closesOnMessages()
			s.end()
		}
		for _, g := range reliable {
			s := begin(t, g, "contexts end while the network is down")
			s.contextsEnd()
			s.end()
			s = begin(t, g, "the sender is closed while the network is down")
			s.window = 1
			s.senderCloses()
			s.end()
		}
	})
}

// limit is how long a call with a deadline may take.
const limit = 250 * time.Millisecond

func (s *scene) contextsEnd() {
	s.t.Helper()
	state := s.ledger()
	from, to := s.sender(), s.receiver(state)
	received := to.receive(s.ctx)
	s.sends(from, s.message("ride 0"))
	s.settles(received, nil, "Receive on a healthy network")

	link := s.net.Link(lift, valley)
	link.Cut()
	cancelled, cancel := s.until(hour)
	first := from.sendUntil(cancelled, s.message("ride 1"))
	s.wait(moment)
	timed, _ := s.until(limit)
	second := from.sendUntil(timed, s.message("ride 2"))
	s.wait(tick)
	cancel()
	s.settles(first, context.Canceled, "Send, at once when its context is cancelled")
	s.wait(limit)
	s.settles(second, context.DeadlineExceeded, "Send, at once when the deadline of its context passes")
	s.same(limit, second.took, "how long the Send with a deadline took, in virtual time")

	count := from.antenna.count()
	s.wait(time.Second)
	s.same(0, from.antenna.count()-count, "packets sent in the second after both Sends have returned: nothing more is sent of a message that was given up")

	link.Heal()
	to.loop()
	third := from.send(s.message("ride 3"))
	s.wait(2*retry + moment)
	s.settles(third, nil, "Send on a healthy network, after other messages were given up")
	s.arrived(to, "ride 3", 1, "times that Receive has returned %s, which was sent after others were given up")
}

func (s *scene) senderCloses() {
	s.t.Helper()
	from := s.sender()
	s.net.Link(lift, valley).Cut()
	underWay := from.send(s.message("ride 1"))
	s.wait(0)
	waiting := from.send(s.message("ride 2"))
	s.wait(moment)
	s.closes(lift, from.antenna, from.Close)
	s.settles(underWay, delivery.ErrClosed, "Send that is under way when the sender is closed")
	s.settles(waiting, delivery.ErrClosed, "Send that waits for room in the window when the sender is closed")
	before := from.antenna.count()
	later := from.send(s.message("ride 3"))
	s.settles(later, delivery.ErrClosed, "Send after Close")
	s.wait(time.Second)
	s.same(0, from.antenna.count()-before, "packets sent after Close")
}

// silence expects that nobody says anything when there is nothing to say.
func (s *scene) silence() {
	s.t.Helper()
	from, to := s.sender(), s.receiver(s.ledger())
	to.loop()
	s.sends(from, s.message("ride 1"))
	before := from.antenna.count()
	s.wait(time.Second)
	s.note(lift, "a second passes")
	s.same(0, from.antenna.count()-before, "packets sent in the second after the only Send has returned")
	s.closes(lift, from.antenna, from.Close)
	s.alwaysClosed(lift, "Send", "", func() *call { return from.send(s.message("ride 2")) })
}

func (s *scene) receiverCloses() {
	s.t.Helper()
	to := s.receiver(s.ledger())
	timed, _ := s.until(limit)
	receive := to.receive(timed)
	s.wait(limit)
	s.settles(receive, context.DeadlineExceeded, "Receive, at once when the deadline of its context passes")
	s.same(limit, receive.took, "how long the Receive with a deadline took, in virtual time")

	first, second := to.receive(s.ctx), to.receive(s.ctx)
	s.wait(moment)
	s.closes(valley, to.antenna, to.Close)
	s.settles(first, delivery.ErrClosed, "Receive that waits when the receiver is closed")
	s.settles(second, delivery.ErrClosed, "another Receive that waits when the receiver is closed")
	s.settles(to.receive(s.ctx), delivery.ErrClosed, "Receive after Close")
}

// chances is how often a call is made that could find two things, such as a message and the end. A select chooses one by chance: a program
// that leaves it to that gets all of them right once in a million runs.
const chances = 20

// closesOnMessages closes a receiver that keeps messages.
func (s *scene) closesOnMessages() {
	s.t.Helper()
	from, to := s.sender(), s.receiver(s.ledger())
	s.sendMore(from, 1, chances)
	s.wait(moment)
	s.closes(valley, to.antenna, to.Close)
	s.alwaysClosed(valley, "Receive", ", when messages wait that nobody has received", func() *call { return to.receive(s.ctx) })
}

// alwaysClosed makes calls of what is closed. They are not drawn one by one: which of them goes wrong may be chance.
func (s *scene) alwaysClosed(lane, what, when string, begin func() *call) {
	s.t.Helper()
	s.note(lane, fmt.Sprintf("%s is called %d times", what, chances))
	s.quiet = true
	var calls []*call
	for range chances {
		calls = append(calls, begin())
	}
	s.wait(0)
	s.quiet = false
	for _, c := range calls {
		s.holds(c.outcome() == wordFor(delivery.ErrClosed), "%s after Close does not always return ErrClosed%s", what, when)
	}
}
