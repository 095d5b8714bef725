package channelpool_test

import (
	"fmt"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/channelpool"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

func TestClosedChannelIsReplaced(t *testing.T) {
	check.Run(t, func(t *check.T) {
		act(t, "Two channels die in the pool", channelpool.Options{Max: 3, MaxIdle: 3}, 0, idleChannelsDie)
		act(t, "A channel dies while it is lent", channelpool.Options{Max: 1, MaxIdle: 1}, 0, lentChannelsDie)
	})
}

func idleChannelsDie(s *scene) {
	s.T.Helper()
	var channels []*amqp.Channel
	for i := range 3 {
		channels = append(channels, s.borrow(fmt.Sprint("gate ", i+1)))
	}
	s.Fault(s.Mute)
	for i, ch := range channels {
		if i > 0 {
			_ = ch.PublishWithContext(s.T.Context(), "no-such-exchange", "", false, false, amqp.Publishing{})
			s.Does(fmt.Sprint("gate ", i+1), "publishes to an exchange that does not exist")
		}
		s.gives(fmt.Sprint("gate ", i+1), ch)
	}
	s.Fault(s.Heal)
	s.Until(func() bool { return channels[1].IsClosed() && channels[2].IsClosed() }, "the broker closes two channels")
	s.RoundTrips(messaging.Rounds) // whoever wants to be told by the library has been
	s.Tells("broker", "closes ch 2 and ch 3 (404)", pool, "two of three idle channels are dead")
	again := map[*amqp.Channel]bool{}
	for i := range 3 {
		again[s.borrow(fmt.Sprint("gate ", i+4))] = true
	}
	require.Len(s.T, again, 3, "different channels that are lent at once after two of three have died")
	s.onWire(5, 3, "when two of three channels have died and were replaced")
}

func lentChannelsDie(s *scene) {
	s.T.Helper()
	for i := range 3 {
		ch := s.borrow("gate 1")
		s.dies(ch)
		s.gives("gate 1", ch)
		s.stats(channelpool.Stats{}, "when a dead channel came back: it is forgotten")
		s.onWire(i+1, 0, "when a dead channel came back")
	}
	s.borrow("gate 1")
}

func TestLossFreesThePlace(t *testing.T) {
	check.Run(t, func(t *check.T) {
		one := channelpool.Options{Max: 1, MaxIdle: 1}
		act(t, "A dead channel comes back while others wait", channelpool.Options{Max: 2, MaxIdle: 2}, 0, deadChannelsWakeWaiters)
		act(t, "The connection has two channels, the pool three places", channelpool.Options{Max: 3, MaxIdle: 3}, 2, openingFails)
		act(t, "The connection is lost while two gates wait", one, 0, connectionIsLost)
		act(t, "A dead channel comes back in the moment in which a gate loses patience", one, 0, func(s *scene) {
			s.sameMoment(20, "the place of a dead channel", func(ch *amqp.Channel) {
				_, _ = ch.QueueDeclarePassive("no-such-queue", true, false, false, false, nil)
				s.Until(ch.IsClosed, "the channel is closed")
			})
		})
	})
}

func deadChannelsWakeWaiters(s *scene) {
	s.T.Helper()
	lost := []*amqp.Channel{s.borrow("gate 1"), s.borrow("gate 2")}
	waiting := []*call{s.waits(s.T.Context(), "gate 3"), s.waits(s.T.Context(), "gate 4")}
	for i, ch := range lost {
		s.dies(ch)
		s.gives(fmt.Sprint("gate ", i+1), ch)
	}
	for _, c := range waiting {
		s.gets(c, "a Borrow that waits is served when a dead channel has come back, with a new one")
	}
	s.onWire(4, 2, "when two dead channels were replaced")
	s.stats(channelpool.Stats{Open: 2, InUse: 2}, "when two dead channels were replaced")
}

// openingFails has a connection with fewer channels than the pool may open.
func openingFails(s *scene) {
	s.T.Helper()
	first := s.borrow("gate 1")
	s.borrow("gate 2")
	for range 3 {
		s.fails(s.borrowing(s.T.Context(), "gate 3"), "amqp.ErrChannelMax", "Borrow when the library can open no more channels")
	}
	s.stats(channelpool.Stats{Open: 2, InUse: 2}, "when opening has failed three times")
	s.gives("gate 1", first)
	s.borrow("gate 3")
}

func connectionIsLost(s *scene) {
	s.T.Helper()
	ch := s.borrow("gate 1")
	waiting := []*call{s.waits(s.T.Context(), "gate 2"), s.waits(s.T.Context(), "gate 3")}
	s.Fault(s.Cut)
	s.Lost(s.conn)
	s.Does("broker", "the connection is lost")
	s.gives("gate 1", ch)
	for _, c := range waiting {
		s.Soon(func() bool { return len(c.done) > 0 })
		if len(c.done) == 0 {
			s.Look(c.who, "waits for ever")
		}
		got := outcome(messaging.Promptly(s.Broker, c.done, "every Borrow that waits returns when the connection is lost and the last channel is back").err)
		require.Equal(s.T, "amqp.ErrClosed", got, "a Borrow that waited for a channel of a lost connection")
		s.Does(c.who, "Borrow returns "+got)
	}
	for range 2 {
		s.fails(s.borrowing(s.T.Context(), "gate 4"), "amqp.ErrClosed", "Borrow on a lost connection")
	}
}
