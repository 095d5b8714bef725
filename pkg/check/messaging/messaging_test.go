package messaging_test

import (
	"context"
	"runtime"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/pkg/check"
	"scalelab/pkg/check/messaging"
)

// IsClosed of a connection is true before its channels know that it is lost; a check that goes on then judges by chance.
func TestLostMeansThatEveryChannelKnows(t *testing.T) {
	check.Run(t, func(t *check.T) {
		b := messaging.Open(t)
		for range 20 {
			conn := b.Dial()
			var channels []*amqp.Channel
			for range 50 {
				ch, err := conn.Channel()
				require.NoError(t, err)
				channels = append(channels, ch)
			}
			b.Fault(b.Cut)
			b.Fault(b.Heal)
			b.Lost(conn)
			for _, ch := range channels {
				require.True(t, ch.IsClosed())
			}
			b.Lost(conn) // again, and at once
		}
	})
}

// gate is somebody who waits, or works.
type gate struct{ stands chan struct{} }

func (g *gate) waits() { <-g.stands }

func (g *gate) works(ctx context.Context) {
	for ctx.Err() == nil {
		runtime.Gosched()
	}
}

func TestParkedCountsWhoStandsStill(t *testing.T) {
	check.Run(t, func(t *check.T) {
		b := messaging.Open(t)
		g := &gate{make(chan struct{})}
		require.Zero(t, messaging.Parked("(*gate).waits("))
		for range 3 {
			go g.waits()
		}
		go g.works(t.Context())
		b.Until(func() bool { return messaging.Parked("(*gate).waits(") == 3 }, "three stand still")
		require.Zero(t, messaging.Parked("(*gate).works("), "who works does not stand still")
		close(g.stands)
		b.Until(func() bool { return messaging.Parked("(*gate).waits(") == 0 }, "they go on")
	})
}

// Who waits for the broker in the library does not stand still by himself.
func TestParkedLeavesTheLibraryOut(t *testing.T) {
	check.Run(t, func(t *check.T) {
		b := messaging.Open(t)
		conn := b.Dial()
		b.Fault(b.Mute)
		opened := make(chan error, 1)
		go asks(conn, opened)
		b.RoundTrips(messaging.Rounds)
		require.Zero(t, messaging.Parked("messaging_test.asks("))
		require.Empty(t, opened, "the answer is held back")
		b.Fault(b.Heal)
		require.NoError(t, messaging.Await(b, opened, "the answer arrives"))
	})
}

func asks(conn *amqp.Connection, opened chan<- error) {
	_, err := conn.Channel()
	opened <- err
}
