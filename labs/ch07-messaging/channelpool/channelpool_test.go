package channelpool_test

import (
	"context"
	"errors"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/channelpool"
	"scalelab/pkg/services"
)

// These tests show how the interface is used. Passing them does not mean that the lab is done: the hidden suite checks the
// rules of README.md.

func TestReturnedChannelIsLentAgain(t *testing.T) {
	pool := channelpool.New(services.RabbitMQ(t).Dial(), channelpool.Options{Max: 2, MaxIdle: 2})
	ch, err := pool.Borrow(t.Context())
	require.NoError(t, err, "Borrow")
	require.Equal(t, channelpool.Stats{Open: 1, InUse: 1}, pool.Stats(), "Stats while a channel is lent")
	pool.Return(ch)
	require.Equal(t, channelpool.Stats{Open: 1, Idle: 1}, pool.Stats(), "Stats after Return")
	again, err := pool.Borrow(t.Context())
	require.NoError(t, err, "Borrow again")
	require.True(t, ch == again, "the idle channel is lent again")
}

func TestBorrowWaitsForReturn(t *testing.T) {
	pool := channelpool.New(services.RabbitMQ(t).Dial(), channelpool.Options{Max: 1, MaxIdle: 1})
	ch, err := pool.Borrow(t.Context())
	require.NoError(t, err, "Borrow")
	lent := make(chan *amqp.Channel, 1)
	go func() {
		ch, _ := pool.Borrow(t.Context())
		lent <- ch
	}()
	require.Eventually(t, func() bool { return pool.Stats().Waiting == 1 }, 10*time.Second, time.Millisecond, "a second Borrow waits")
	pool.Return(ch)
	require.True(t, ch == receive(t, lent), "the second Borrow gets the channel that was returned")
}

func TestBorrowGivesUpWithItsContext(t *testing.T) {
	pool := channelpool.New(services.RabbitMQ(t).Dial(), channelpool.Options{Max: 1, MaxIdle: 1})
	_, err := pool.Borrow(t.Context())
	require.NoError(t, err, "Borrow")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err = pool.Borrow(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded, "Borrow when nothing is returned before the deadline")
}

func TestWithReturnsAfterAnError(t *testing.T) {
	pool := channelpool.New(services.RabbitMQ(t).Dial(), channelpool.Options{Max: 1, MaxIdle: 1})
	jammed := errors.New("the gate is jammed")
	err := pool.With(t.Context(), func(*amqp.Channel) error { return jammed })
	require.ErrorIs(t, err, jammed, "what the function returned")
	require.Equal(t, channelpool.Stats{Open: 1, Idle: 1}, pool.Stats(), "Stats after With")
}

func TestNothingIsLentAfterClose(t *testing.T) {
	pool := channelpool.New(services.RabbitMQ(t).Dial(), channelpool.Options{Max: 1, MaxIdle: 1})
	ch, err := pool.Borrow(t.Context())
	require.NoError(t, err, "Borrow")
	pool.Return(ch)
	require.NoError(t, pool.Close(), "Close")
	require.True(t, ch.IsClosed(), "the idle channel is closed")
	_, err = pool.Borrow(t.Context())
	require.ErrorIs(t, err, channelpool.ErrPoolClosed, "Borrow after Close")
}

// receive waits for a value; the time is only a bound against hanging for ever.
func receive[T any](t *testing.T, values <-chan T) T {
	t.Helper()
	select {
	case v := <-values:
		return v
	case <-time.After(10 * time.Second):
		require.FailNow(t, "nothing came")
		panic("unreachable")
	}
}
