package delivery_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"scalelab/labs/ch03-essentials/delivery"
	"scalelab/pkg/check"
)

func TestWindowBoundsWhatIsUnderWay(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		for _, g := range reliable {
			s := begin(t, g, "more messages than the window, 3, on a network that is down")
			s.window = 3
			s.sendersWait()
			s.end()
		}
		for _, g := range []delivery.Guarantee{delivery.AtLeastOnce, delivery.AtMostOnce} {
			s := begin(t, g, "nobody calls Receive")
			s.window = 3
			s.receiverIsFull()
			s.end()
		}
	})
}

// sendersWait counts packets before Retry has passed: so each message under way has sent one.
func (s *scene) sendersWait() {
	s.t.Helper()
	link := s.net.Link(lift, valley)
	from, to := s.sender(), s.receiver(s.ledger())
	to.loop()

	link.Cut()
	ctx, cancel := s.until(hour)
	givesUp := from.sendUntil(ctx, s.message("ride 1"))
	s.wait(0)
	calls := s.sendMore(from, 2, 5)
	s.same(3, from.antenna.count(), "packets sent when five messages are sent at once and the window is 3, before Retry has passed")
	impatient, leave := s.until(hour)
	leaves := from.sendUntil(impatient, s.message("ride 6"))
	s.wait(0)
	leave()
	s.settles(leaves, context.Canceled, "Send that waits for room in the window, when its context ends")
	cancel()
	s.settles(givesUp, context.Canceled, "Send that is under way, when its context ends")
	s.wait(0)
	s.same(4, from.antenna.count(), "packets sent when one of the three messages under way has been given up, before Retry has passed")

	s.note(lift, "the network is repaired")
	link.Heal()
	s.wait(4*retry + 2*moment)
	for _, c := range calls {
		s.settles(c, nil, "%s on a healthy network, after at most two times twice Retry", c.what)
	}

	link.Cut()
	before := from.antenna.count()
	s.sendMore(from, 7, 11)
	s.same(3, from.antenna.count()-before,
		"packets sent when five more messages are sent at once and all others have ended, before Retry has passed")
	link.Heal()
	s.wait(10*retry + 4*moment)
}

// sendMore sends the numbered rides at one instant.
func (s *scene) sendMore(from *sender, first, last int) []*call {
	s.t.Helper()
	var calls []*call
	for i := first; i <= last; i++ {
		calls = append(calls, from.send(s.message("ride %d", i)))
		s.wait(0)
	}
	return calls
}

// What a socket of the network keeps unread, and what a program may have in its hands between the socket and its window.
const (
	socketBuffer = 832
	inHand       = 4
	tooMany      = socketBuffer + 400
)

// receiverIsFull has too many packets arrive before anybody calls Receive.
func (s *scene) receiverIsFull() {
	s.t.Helper()
	s.quiet = true
	s.net.Way(valley, lift).Cut()
	from, to := s.sender(), s.receiver(nil)
	ctx, cancel := context.WithTimeout(s.ctx, 2*tooMany*retry)
	defer cancel()
	if s.guarantee == delivery.AtMostOnce {
		for i := range tooMany {
			_ = from.Send(ctx, fmt.Append(nil, filler, i))
			time.Sleep(latency)
			synctest.Wait()
		}
	} else {
		_ = from.Send(ctx, []byte("ride 1")) // sent again until the context ends
	}
	s.wait(moment)
	to.loop()
	s.wait(moment)
	s.holds(len(to.got()) <= s.window+socketBuffer+inHand,
		"the window is %d, and nobody called Receive while %d packets arrived; of these the receiver has kept more than %d", s.window, tooMany, s.window+socketBuffer+inHand)
}
