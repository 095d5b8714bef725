package delivery_test

import (
	"strings"
	"testing"

	"scalelab/labs/ch03-essentials/delivery"
	"scalelab/pkg/check"
)

var allGuarantees = []delivery.Guarantee{delivery.AtMostOnce, delivery.AtLeastOnce, delivery.ExactlyOnce}

func TestHealthyNetworkDeliversEveryMessage(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		for _, g := range allGuarantees {
			s := begin(t, g, "messages of all sorts on a healthy network")
			s.allArrive()
			s.end()
			s = begin(t, g, "a message that is too large")
			s.tooLargeIsRefused()
			s.end()
		}
	})
}

// allArrive sends messages one after the other. Nothing is lost, so no packet is sent twice.
func (s *scene) allArrive() {
	s.t.Helper()
	largest := strings.Repeat("0123456789abcdef", delivery.MaxMessage/16)
	binary := string([]byte{0, 1, 2, 255, '\n', 0})
	for msg, name := range map[string]string{
		"ride 1": "ride 1", "ride 2": "ride 2", "": "an empty message", binary: "6 bytes", largest: "1024 bytes",
	} {
		s.names[msg] = name
	}
	from, to := s.sender(), s.receiver(s.ledger())
	to.loop()
	messages := []string{"ride 1", "ride 2", "ride 2", "", binary, largest, "ride 1", ""}
	want := map[string]int{}
	for _, msg := range messages {
		want[msg]++
		s.overwrites(from, msg)
		s.wait(moment)
		s.arrived(to, msg, want[msg], "times that Receive has returned %s, which was sent as often")
	}
	for _, msg := range messages {
		s.arrived(to, msg, want[msg], "the bytes that Receive returned stay as they are while other packets arrive: messages like %s")
	}
}

// arrived expects that Receive has returned a message as often as it was sent; with AtLeastOnce it may be more often.
func (s *scene) arrived(to *receiver, msg string, want int, rule string) {
	s.t.Helper()
	got := to.times(msg)
	if s.guarantee == delivery.AtLeastOnce {
		got = min(got, want)
	}
	s.same(want, got, rule, s.names.of(msg))
}

// overwrites sends a message, and writes over its bytes as soon as Send has returned.
func (s *scene) overwrites(from *sender, msg string) {
	s.t.Helper()
	c := s.call(lift, "Send "+s.names.of(msg), func() (string, error) {
		bytes := []byte(msg)
		err := from.Send(s.ctx, bytes)
		for i := range bytes {
			bytes[i] = 'x'
		}
		return "", err
	})
	s.wait(moment)
	s.settles(c, nil, "Send of %s on a healthy network", s.names.of(msg))
}

func (s *scene) tooLargeIsRefused() {
	s.t.Helper()
	msg := strings.Repeat("x", delivery.MaxMessage+1)
	s.names[msg] = "1025 bytes"
	from := s.sender()
	c := from.send(msg)
	s.wait(moment)
	s.settles(c, delivery.ErrTooLarge, "Send of MaxMessage + 1 bytes")
	s.same(0, from.antenna.count(), "packets sent of a message that was refused")
}
