package services

import (
	"context"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"scalelab/pkg/minirabbit"
	"scalelab/pkg/services/faults"
)

// bubbleURL turns heartbeats off: their tickers would keep the bubble's clock running for ever, and so hide every
// deadlock. The host is never looked up.
const bubbleURL = "amqp://guest:guest@bubble:5672/?heartbeat=0"

// BubbleRabbitMQServer is a minirabbit inside the testing/synctest bubble of its test: its connections are in memory
// and its clock, for TTLs, is the bubble's.
type BubbleRabbitMQServer struct {
	t      testing.TB
	broker *minirabbit.Broker
}

// BubbleRabbitMQ starts an empty broker in the caller's bubble. It is closed when the bubble's test function ends,
// with every connection that Dial returned.
func BubbleRabbitMQ(t testing.TB) *BubbleRabbitMQServer {
	t.Helper()
	broker := minirabbit.New(minirabbit.Options{Heartbeat: -1})
	t.Cleanup(broker.Close)
	return &BubbleRabbitMQServer{t: t, broker: broker}
}

// Connect connects, for subjects that dial by themselves and again: it fails while the broker is down.
func (s *BubbleRabbitMQServer) Connect() (*amqp.Connection, error) {
	return amqp.DialConfig(bubbleURL, amqp.Config{Dial: s.broker.Dial})
}

// Dial returns a connection; it is closed when the test ends.
func (s *BubbleRabbitMQServer) Dial() *amqp.Connection {
	s.t.Helper()
	conn, err := s.Connect()
	if err != nil {
		s.t.Fatalf("services: bubble rabbitmq: %v", err)
	}
	s.t.Cleanup(func() {
		s.broker.Heal() // so that the polite end is answered, also after a stall of the test's own making
		_ = conn.Close()
	})
	return conn
}

// Broker is the server itself, past all faults: for looking without being a client.
func (s *BubbleRabbitMQServer) Broker() *minirabbit.Broker { return s.broker }

// Cut closes every connection; new ones are accepted.
func (s *BubbleRabbitMQServer) Cut(context.Context) error { return done(s.broker.Cut) }

// Stall keeps connections open while no byte moves; what was sent arrives after Heal.
func (s *BubbleRabbitMQServer) Stall(context.Context) error { return done(s.broker.Stall) }

// Mute stops the broker's answers; the client's bytes still arrive.
func (s *BubbleRabbitMQServer) Mute(context.Context) error { return done(s.broker.Mute) }

// Down closes every connection and refuses new ones.
func (s *BubbleRabbitMQServer) Down(context.Context) error { return done(s.broker.Down) }

// Heal undoes Stall, Mute and Down, sends the confirms that are held back, and forgets what has not struck.
func (s *BubbleRabbitMQServer) Heal(context.Context) error { return done(s.broker.Heal) }

// Restart keeps durable queues and their persistent messages.
func (s *BubbleRabbitMQServer) Restart(context.Context) error { return s.broker.Restart() }

// Kill loses what a crash would lose.
func (s *BubbleRabbitMQServer) Kill(context.Context) error { return done(s.broker.Kill) }

// Start starts the broker after Kill.
func (s *BubbleRabbitMQServer) Start(context.Context) error { return s.broker.Resume() }

// LoseConfirm drops the n-th answer to a publish from now on.
func (s *BubbleRabbitMQServer) LoseConfirm(_ context.Context, n int) error {
	return faults.Plan(n, func() { s.broker.LoseConfirm(n) })
}

// DelayConfirm holds the n-th answer to a publish back for d of the bubble's time, or until Heal.
func (s *BubbleRabbitMQServer) DelayConfirm(_ context.Context, n int, d time.Duration) error {
	return faults.Plan(n, func() { s.broker.DelayConfirm(n, d) })
}

// CutBeforePublish closes the connection in place of the n-th publish from now on.
func (s *BubbleRabbitMQServer) CutBeforePublish(_ context.Context, n int) error {
	return faults.Plan(n, func() { s.broker.CutBeforePublish(n) })
}

// CutAfterPublish closes the connection once the n-th publish from now on is stored.
func (s *BubbleRabbitMQServer) CutAfterPublish(_ context.Context, n int) error {
	return faults.Plan(n, func() { s.broker.CutAfterPublish(n) })
}

var _ AMQPFaults = (*BubbleRabbitMQServer)(nil)

func done(fault func()) error {
	fault()
	return nil
}
