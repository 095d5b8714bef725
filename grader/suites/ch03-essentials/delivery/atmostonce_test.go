package delivery_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"scalelab/labs/ch03-essentials/delivery"
	"scalelab/pkg/check"
	"scalelab/pkg/faultnet"
)

func TestAtMostOnceWaitsForNothing(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		s := begin(t, delivery.AtMostOnce, "nobody listens in the valley")
		from := s.sender()
		for i := range 3 {
			c := from.send(s.message("-%d °C", i+4))
			s.settles(c, nil, "Send with AtMostOnce waits for nobody")
			s.wait(moment)
			s.same(i+1, from.antenna.count(), "packets sent for as many messages")
		}
		s.wait(hour)
		s.note(lift, "an hour passes")
		s.same(3, from.antenna.count(), "packets sent of three messages after an hour: none is sent again")
		for i := range 100 { // more than any window, at one instant
			c := from.send(fmt.Sprint(filler, i))
			s.settles(c, nil, "Send with AtMostOnce waits for nobody: message %d of 100 at one instant", i+1)
		}
		s.wait(hour)
		s.same(103, from.antenna.count(), "packets sent of 103 messages after another hour")
		s.end()
	})
}

// message makes a message whose name is its text.
func (s *scene) message(format string, args ...any) string {
	msg := fmt.Sprintf(format, args...)
	s.names[msg] = msg
	return msg
}

func TestAtMostOnceReturnsNoCopies(t *testing.T) {
	check.Bubble(t, func(t *check.T) {
		for _, scene := range []struct {
			title string
			play  func(s *scene)
		}{
			{"the network doubles a packet", (*scene).copyAtOnce},
			{"a copy arrives after another message", (*scene).copyAfterAnother},
			{"a copy arrives after thousands of other messages", (*scene).copyAfterThousands},
			{"a copy arrives after the sender was restarted", (*scene).copyAfterRestart},
		} {
			s := begin(t, delivery.AtMostOnce, scene.title)
			scene.play(s)
			s.end()
		}
	})
}

// copies makes the network deliver copies of the numbered packet to the valley, so much later than the original.
func (s *scene) copies(number int, later ...time.Duration) {
	s.net.Plan(func(m faultnet.Message, f *faultnet.Fate) {
		if m.From.Host == lift && m.Seq == number {
			for _, d := range later {
				f.Copies = append(f.Copies, f.Delay+d)
			}
		}
	})
}

// sends sends a message on a healthy network.
func (s *scene) sends(from *sender, msg string) {
	s.t.Helper()
	c := from.send(msg)
	s.wait(moment)
	s.settles(c, nil, "Send on a healthy network")
}

// once expects that Receive has returned a message exactly once.
func (r *receiver) once(msg, why string) {
	r.scene.t.Helper()
	r.scene.same(1, r.times(msg), "times that Receive has returned %s, %s", r.scene.names.of(msg), why)
}

func (s *scene) copyAtOnce() {
	s.copies(1, 0, tick)
	s.copies(2, 0)
	from, to := s.sender(), s.receiver(nil)
	to.loop()
	msg := s.message("-4 °C")
	s.sends(from, msg)
	to.once(msg, "of which the network delivers three copies")
	s.sends(from, msg)
	s.same(2, to.times(msg), "times that Receive has returned two messages with the same bytes, of each of which the network delivers copies")
}

func (s *scene) copyAfterAnother() {
	s.copies(1, 4*moment, 6*moment)
	s.copies(2, 6*moment)
	from, to := s.sender(), s.receiver(nil)
	to.loop()
	first, second := s.message("-4 °C"), s.message("-5 °C")
	for _, msg := range []string{first, second} {
		s.sends(from, msg)
	}
	s.wait(hour)
	to.once(first, "of which a copy comes after another message")
	to.once(second, "of which a copy comes after a copy of the first")
}

const thousands = 3000

func (s *scene) copyAfterThousands() {
	s.copies(1, hour)
	from, to := s.sender(), s.receiver(nil)
	to.loop()
	msg := s.message("-4 °C")
	s.sends(from, msg)
	to.once(msg, "before anything else happens")
	s.quiet = true
	ctx, cancel := context.WithTimeout(s.ctx, hour/2)
	defer cancel()
	for i := range thousands {
		if err := from.Send(ctx, fmt.Append(nil, filler, i)); err != nil {
			s.t.Fatalf("Send with AtMostOnce returns an error on a healthy network")
		}
		time.Sleep(latency)
		synctest.Wait()
	}
	s.quiet = false
	s.note(lift, fmt.Sprintf("%d more messages are sent, and received", thousands))
	s.wait(moment)
	s.same(thousands+1, len(to.got()), "messages that Receive has returned, of as many on a healthy network")
	s.wait(hour)
	to.once(msg, "of which a copy comes after thousands of other messages")
}

func (s *scene) copyAfterRestart() {
	s.copies(1, hour, hour+moment)
	first, second := s.message("-4 °C"), s.message("-5 °C")
	from, to := s.sender(1), s.receiver(nil)
	to.loop()
	s.sends(from, first)
	from.stop()
	s.startsAgain(lift, "with a greater Epoch")
	from = s.sender(2)
	s.sends(from, second)
	to.once(second, "the first message after the restart of the sender")
	s.wait(2 * hour)
	to.once(first, "of which copies come after the restart of the sender")
	s.sends(from, first)
	s.same(2, to.times(first), "times that Receive has returned a message that was sent once before the restart of the sender and once after it")
}
