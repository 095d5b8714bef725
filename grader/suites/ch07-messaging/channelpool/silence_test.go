package channelpool_test

import (
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/channelpool"
	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

func TestNobodyWaitsForAnothersRoundTrip(t *testing.T) {
	check.Run(t, func(t *check.T) {
		s := open(t, "The broker is slow to answer", channelpool.Options{Max: 3, MaxIdle: 1}, 0)
		first, second := s.borrow("gate 1"), s.borrow("gate 2")
		s.Fault(s.Mute)
		opening := s.borrowing(t.Context(), "gate 3")
		s.Until(func() bool { return s.wire.seen().opened == 3 }, "a Borrow opens a channel while fewer than Max are open")
		s.Tells("gate 3", "Borrow: channel.open", "broker", "its answer is held back")
		first = s.othersGoOn(first)
		s.Fault(s.Heal)
		third := s.gets(opening, "a Borrow that opens a channel gets it when the broker has answered")

		s.gives("gate 3", third)
		s.Fault(s.Mute)
		closing := make(chan struct{}, 1)
		go func() { s.pool.Return(second); closing <- struct{}{} }()
		s.Soon(func() bool { return s.wire.seen().open == 2 || len(closing) > 0 })
		s.onWire(3, 2, "when one more than MaxIdle came back")
		s.Tells("gate 2", "Return: channel.close", "broker", "its answer is held back")
		idle := s.lendsIdle("gate 4")
		s.othersGoOn(idle)
		s.Fault(s.Heal)
		messaging.Promptly(s.Broker, closing, "Return ends when the broker has answered")
		s.gives("gate 1", first)
		s.othersHearOfClose()
	})
}

// othersHearOfClose closes a pool with an idle channel, and asks for Stats and for a channel while Close waits for the broker.
func (s *scene) othersHearOfClose() {
	s.T.Helper()
	before := s.wire.seen().open
	s.Fault(s.Mute)
	closing := make(chan struct{}, 1)
	go func() { _ = s.pool.Close(); closing <- struct{}{} }()
	s.Soon(func() bool { return s.wire.seen().open < before || len(closing) > 0 })
	s.Tells("operator", "Close: channel.close", "broker", "its answer is held back")
	s.does("gate 1", "Stats while Close waits for the broker", func() { _ = s.pool.Stats() })
	refused := s.borrowing(s.T.Context(), "gate 2")
	s.ended(refused, "Borrow returns ErrPoolClosed at once, also while Close waits for the broker")
	s.Fault(s.Heal)
	messaging.Promptly(s.Broker, closing, "Close ends when the broker has answered")
}

// othersGoOn returns a channel, asks for Stats and borrows the channel again, while somebody waits for the broker.
func (s *scene) othersGoOn(ch *amqp.Channel) *amqp.Channel {
	s.T.Helper()
	s.gives("gate 1", ch)
	var got channelpool.Stats
	s.does("operator", "Stats", func() { got = s.pool.Stats() })
	s.Soon(func() bool { got = s.pool.Stats(); return got.Idle == 1 })
	require.Equal(s.T, 1, got.Idle, "idle channels in Stats while one call waits for the broker")
	return s.lendsIdle("gate 5")
}

// lendsIdle borrows a channel that lies idle.
func (s *scene) lendsIdle(who string) *amqp.Channel {
	s.T.Helper()
	return s.gets(s.borrowing(s.T.Context(), who), "Borrow is lent an idle channel at once, also while another call waits for the broker")
}
