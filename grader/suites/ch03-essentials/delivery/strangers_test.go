package delivery_test

import (
	"net"
	"testing"

	"scalelab/labs/ch03-essentials/delivery"
	"scalelab/pkg/check"
)

func TestStrangersAreIgnored(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		for _, g := range allGuarantees {
			s := begin(t, g, "a stranger sends a packet that looks like a message")
			s.strangerSends()
			s.end()
			s = begin(t, g, "empty packets")
			s.emptyPackets()
			s.end()
		}
		for _, g := range reliable {
			s := begin(t, g, "a stranger sends a packet that looks like an acknowledgement")
			s.strangerAcknowledges()
			s.end()
		}
	})
}

// replay has the stranger send the bytes of the first packet that the antenna has sent.
func (s *scene) replay(a *antenna, to net.Addr) {
	s.t.Helper()
	sent := a.sent()
	s.holds(len(sent) > 0, "nothing was sent by the %s", a.host)
	s.write(s.antenna(stranger), sent[0].data, to)
}

func (s *scene) write(a *antenna, packet []byte, to net.Addr) {
	s.t.Helper()
	if _, err := a.WriteTo(packet, to); err != nil {
		check.Unjudged(s.t, "the network does not take a packet: "+err.Error())
	}
	s.wait(moment)
}

func (s *scene) strangerSends() {
	s.t.Helper()
	s.net.Way(lift, valley).Cut()
	state := s.ledger()
	from, to := s.sender(), s.receiver(state)
	to.loop()
	from.send(s.message("ride 1"))
	s.wait(moment)
	s.replay(from.antenna, toValley)
	s.same(0, to.times("ride 1"), "times that Receive has returned a message that came from a stranger")
	s.same(0, state.asked(), "calls of State.Deliver with a message that came from a stranger")
}

func (s *scene) strangerAcknowledges() {
	s.t.Helper()
	s.net.Way(valley, lift).Cut()
	from, to := s.sender(), s.receiver(s.ledger())
	to.loop()
	c := from.send(s.message("ride 1"))
	s.wait(moment)
	s.replay(to.antenna, toLift)
	s.waits(c, "the acknowledgement has come from a stranger, not from the peer: Send")
}

// place is an address of another type than those that the network makes.
type place string

func (p place) Network() string { return "udp" }
func (p place) String() string  { return string(p) }

func (s *scene) emptyPackets() {
	s.t.Helper()
	state := s.ledger()
	up, down := s.antenna(lift), s.antenna(valley)
	opts := delivery.Options{Guarantee: s.guarantee, Retry: retry, Epoch: 1, State: state}
	from := &sender{delivery.NewSender(up, place(toValley.String()), opts), s, up}
	to := &receiver{Receiver: delivery.NewReceiver(down, place(toLift.String()), opts), scene: s, antenna: down}
	s.senders, s.receivers = append(s.senders, from), append(s.receivers, to)
	to.loop()
	s.write(up, nil, toValley)
	s.write(down, nil, toLift)
	s.same(0, len(to.got()), "messages that Receive has returned when an empty packet has come")
	c := from.send(s.message("ride 1"))
	s.wait(moment)
	s.settles(c, nil, "Send after an empty packet, with peers whose addresses are of another type")
	s.holds(to.times("ride 1") > 0, "a message was not received after an empty packet, with peers whose addresses are of another type")
}
