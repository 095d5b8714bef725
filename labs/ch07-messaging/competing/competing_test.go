package competing_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/labs/ch07-messaging/competing"
	"scalelab/pkg/services"
)

// These tests show how the interface is used. Passing them does not mean that the lab is done: the hidden suite checks the
// rules of README.md.

func TestGroupSharesTheMessages(t *testing.T) {
	broker := photos(t, 20)
	handled := make(chan string, 100)
	group := competing.NewGroup(broker.Dial(), "photos", 4, func(m competing.Message) error {
		handled <- m.ID
		return nil
	})
	require.NoError(t, group.Scale(3), "Scale")
	require.Equal(t, 3, group.Size(), "Size")
	seen := map[string]int{}
	for range 20 {
		seen[receive(t, handled)]++
	}
	require.Len(t, seen, 20, "each message is handled by one of them")
	require.NoError(t, group.Stop(t.Context()), "Stop")
}

func TestConsumersWorkSideBySide(t *testing.T) {
	broker := photos(t, 3)
	working, release := make(chan string, 10), make(chan struct{})
	group := competing.NewGroup(broker.Dial(), "photos", 1, func(m competing.Message) error {
		working <- m.ID
		<-release
		return nil
	})
	require.NoError(t, group.Scale(3), "Scale")
	for range 3 {
		receive(t, working)
	}
	close(release)
	require.NoError(t, group.Stop(t.Context()), "Stop waits for the three")
}

func TestFailedMessageComesAgain(t *testing.T) {
	broker := photos(t, 1)
	handled := make(chan string, 10)
	var calls atomic.Int32
	group := competing.NewGroup(broker.Dial(), "photos", 1, func(m competing.Message) error {
		handled <- m.ID
		if calls.Add(1) == 1 {
			return errors.New("too dark")
		}
		return nil
	})
	require.NoError(t, group.Scale(1), "Scale")
	require.Equal(t, "photo-1", receive(t, handled), "the first delivery")
	require.Equal(t, "photo-1", receive(t, handled), "the second delivery, after the handler's error")
	require.NoError(t, group.Stop(t.Context()), "Stop")
}

func TestStoppedGroupDoesNotScale(t *testing.T) {
	group := competing.NewGroup(photos(t, 0).Dial(), "photos", 1, func(competing.Message) error { return nil })
	require.NoError(t, group.Scale(2), "Scale")
	require.NoError(t, group.Stop(t.Context()), "Stop")
	require.ErrorIs(t, group.Scale(1), competing.ErrStopped, "Scale after Stop")
}

// photos returns a broker with so many pictures in its queue.
func photos(t *testing.T, n int) *services.RabbitMQServer {
	t.Helper()
	broker := services.RabbitMQ(t)
	ch, err := broker.Observer().Channel()
	require.NoError(t, err)
	_, err = ch.QueueDeclare("photos", true, false, false, false, nil)
	require.NoError(t, err)
	for i := range n {
		require.NoError(t, ch.PublishWithContext(t.Context(), "", "photos", true, false, amqp.Publishing{
			DeliveryMode: amqp.Persistent, MessageId: fmt.Sprint("photo-", i+1), Body: []byte("a skier"),
		}))
	}
	return broker
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
