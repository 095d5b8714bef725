package minirabbit_test

import (
	"encoding/binary"
	"fmt"
	"sync"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/pkg/minirabbit"
)

// TestManyConnectionsLoseAndReorderNothing: 200 connections of 5 channels, each channel publishing with confirms to a
// queue of its own and consuming the queue of a channel elsewhere. TestMain sees that no goroutine is left.
func TestManyConnectionsLoseAndReorderNothing(t *testing.T) {
	const connections, channels, messages = 200, 5, 20
	for _, multiple := range []bool{false, true} {
		t.Run(fmt.Sprintf("multiple=%t", multiple), func(t *testing.T) {
			b, err := minirabbit.Start(minirabbit.Options{ConfirmMultiple: multiple})
			require.NoError(t, err)
			defer b.Close()
			var work sync.WaitGroup
			for i := range connections {
				conn, err := amqp.DialConfig(b.URL(), amqp.Config{Dial: b.Dial})
				require.NoError(t, err)
				defer conn.Close()
				for j := range channels {
					n := i*channels + j
					work.Go(func() { publishNumbers(t, conn, queueName(n), messages) })
					work.Go(func() { consumeNumbers(t, conn, queueName((n+7)%(connections*channels)), messages) })
				}
			}
			work.Wait()
		})
	}
}

func queueName(n int) string { return fmt.Sprintf("q%d", n) }

func publishNumbers(t *testing.T, conn *amqp.Connection, queue string, n int) {
	ch, err := openWith(conn, queue)
	if err != nil {
		t.Error(err)
		return
	}
	var confirms []*amqp.DeferredConfirmation
	for i := range n {
		c, err := ch.PublishWithDeferredConfirm("", queue, true, false, amqp.Publishing{Body: binary.BigEndian.AppendUint32(nil, uint32(i))})
		if err != nil {
			t.Errorf("publish %d to %s: %v", i, queue, err)
			return
		}
		confirms = append(confirms, c)
	}
	for i, c := range confirms {
		if !c.Wait() {
			t.Errorf("%s: message %d was nacked", queue, i)
		}
	}
}

func consumeNumbers(t *testing.T, conn *amqp.Connection, queue string, n int) {
	ch, err := openWith(conn, queue)
	if err != nil {
		t.Error(err)
		return
	}
	deliveries, err := ch.Consume(queue, "", false, false, false, false, nil)
	if err != nil {
		t.Error(err)
		return
	}
	for i := range n {
		d, open := <-deliveries
		if !open {
			t.Errorf("%s: closed after %d messages", queue, i)
			return
		}
		if got := binary.BigEndian.Uint32(d.Body); got != uint32(i) || d.Redelivered {
			t.Errorf("%s: got message %d, want %d (redelivered: %t)", queue, got, i, d.Redelivered)
		}
		if err := d.Ack(i%2 == 0); err != nil {
			t.Error(err)
		}
	}
}

func openWith(conn *amqp.Connection, queue string) (*amqp.Channel, error) {
	ch, err := conn.Channel()
	if err != nil {
		return nil, err
	}
	if err := ch.Qos(3, 0, false); err != nil {
		return nil, err
	}
	if _, err := ch.QueueDeclare(queue, true, false, false, false, nil); err != nil {
		return nil, err
	}
	return ch, ch.Confirm(false)
}
