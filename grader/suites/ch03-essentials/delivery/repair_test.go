package delivery_test

import (
	"strings"
	"testing"
	"time"

	"scalelab/labs/ch03-essentials/delivery"
	"scalelab/pkg/check"
	"scalelab/pkg/spacetime"
)

var reliable = []delivery.Guarantee{delivery.AtLeastOnce, delivery.ExactlyOnce}

func TestLossIsRepaired(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		for _, g := range reliable {
			s := begin(t, g, "two packets are lost")
			s.messageIsLost()
			s.end()
			s = begin(t, g, "acknowledgements are lost")
			s.acknowledgementIsLost()
			s.end()
			s = begin(t, g, "an acknowledgement is lost, and other messages come through")
			s.laterAcknowledgementIsLost()
			s.end()
			s = begin(t, g, "the network is down for two minutes")
			s.networkIsDown()
			s.end()
		}
	})
}

func (s *scene) messageIsLost() {
	s.t.Helper()
	s.net.Lose(lift, valley, 1, 2)
	from, to := s.sender(), s.receiver(s.ledger())
	to.loop()
	s.wait(retry / 2) // a sender that repeats at moments of its own repeats too soon
	msg := s.message("gale")
	c := from.send(msg)
	s.wait(4*retry + moment)
	s.gaps(from)
	s.settles(c, nil, "Send of a message whose third packet arrives, after four times Retry")
	s.holds(to.times(msg) > 0, "Send has returned nil, and Receive has not returned the message")
}

// gaps expects that the one message under way was sent again neither too soon nor too late.
func (s *scene) gaps(from *sender) {
	s.t.Helper()
	sent := from.antenna.sent()
	s.holds(len(sent) > 0, "Send has sent no packet")
	s.facts = []spacetime.Fact{{Name: "sent at", Text: firstTimes(sent)}, {Name: "Retry", Text: retry.String()}}
	for i := range sent[1:] {
		gap := sent[i+1].at - sent[i].at
		s.holds(gap >= retry, "a message was sent again before Retry had passed since the last time")
		s.holds(gap <= 2*retry, "a message that was not acknowledged was not sent again within twice Retry")
	}
	for _, c := range sent {
		s.holds(len(c.data) > 0, "Send has sent an empty packet")
	}
}

// firstTimes tells when the first ten packets were sent.
func firstTimes(sent []transmission) string {
	var at []string
	for _, p := range sent[:min(len(sent), 10)] {
		at = append(at, (p.at - sent[0].at).Round(tick).String())
	}
	return strings.Join(at, ", ")
}

func (s *scene) acknowledgementIsLost() {
	s.t.Helper()
	s.net.Lose(valley, lift, 1, 2)
	from, to := s.sender(), s.receiver(s.ledger())
	to.loop()
	msg := s.message("gale")
	c := from.send(msg)
	s.wait(4*retry + moment)
	s.gaps(from)
	s.holds(to.times(msg) > 0, "Receive has not returned a message that has arrived")
	s.settles(c, nil, "Send of a message whose first two acknowledgements are lost: every copy is acknowledged again")
}

// laterAcknowledgementIsLost has the message of the lost acknowledgement overtaken by others.
func (s *scene) laterAcknowledgementIsLost() {
	s.t.Helper()
	from, to := s.sender(), s.receiver(s.ledger())
	to.loop()
	acks := s.net.Way(valley, lift)
	acks.Cut()
	first := from.send(s.message("gale"))
	s.wait(moment)
	acks.Heal()
	for _, msg := range []string{"storm", "snow", "fog"} {
		from.send(s.message("%s", msg))
		s.wait(latency)
	}
	s.wait(2*retry + moment)
	s.settles(first, nil, "Send of a message whose acknowledgement was lost before others were sent")
}

func (s *scene) networkIsDown() {
	s.t.Helper()
	from, to := s.sender(), s.receiver(s.ledger())
	to.loop()
	link := s.net.Link(lift, valley)
	link.Cut()
	began := time.Now()
	c := from.send(s.message("gale"))
	s.wait(10 * retry)
	s.gaps(from)
	s.quiet = true
	s.wait(2 * time.Minute)
	s.waits(c, "Send never gives up by itself: after two minutes without an answer it")
	s.gaps(from)
	tries := int(time.Since(began) / retry)
	s.holds(from.antenna.count() >= tries/2, "while the network was down for two minutes, the message was not sent again every Retry, nor every twice Retry")
	link.Heal()
	s.wait(2*retry + moment)
	s.settles(c, nil, "Send when the network has been healthy again for twice Retry")
	s.holds(to.times("gale") > 0, "Send has returned nil, and Receive has not returned the message")
}
