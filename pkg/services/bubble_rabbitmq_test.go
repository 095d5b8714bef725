package services_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/pkg/services"
)

func TestBubbleRabbitMQExpiresOnTheBubblesClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch, err := services.BubbleRabbitMQ(t).Dial().Channel()
		require.NoError(t, err)
		_, err = ch.QueueDeclare("q", true, false, false, false, amqp.Table{"x-message-ttl": int64(3_600_000)})
		require.NoError(t, err)
		require.NoError(t, ch.PublishWithContext(t.Context(), "", "q", false, false, amqp.Publishing{}))
		require.Equal(t, 1, stored(t, ch))
		time.Sleep(time.Hour + time.Second)
		require.Zero(t, stored(t, ch))
	})
}

func TestBubbleRabbitMQStallEndsAtTheCallersDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := services.BubbleRabbitMQ(t)
		ch := queueOn(t, server.Dial())
		require.NoError(t, server.Stall(t.Context()))
		confirm := publish(t, ch)
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := confirm.WaitContext(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, time.Minute, time.Since(began), "virtual time")
		require.NoError(t, server.Heal(t.Context()))
		require.True(t, acked(t, confirm))
	})
}

func TestBubbleRabbitMQIsDownAndComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := services.BubbleRabbitMQ(t)
		conn := server.Dial()
		require.True(t, acked(t, publish(t, queueOn(t, conn))))
		closed := conn.NotifyClose(make(chan *amqp.Error, 1))
		require.NoError(t, server.Kill(t.Context()))
		<-closed
		_, err := server.Connect()
		require.Error(t, err)
		require.NoError(t, server.Start(t.Context()))
		require.Equal(t, 1, stored(t, queueOn(t, server.Dial())))
	})
}

func TestBubbleRabbitMQDelaysAConfirmOnTheBubblesClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := services.BubbleRabbitMQ(t)
		ch := queueOn(t, server.Dial())
		require.NoError(t, server.DelayConfirm(t.Context(), 1, time.Hour))
		require.NoError(t, server.LoseConfirm(t.Context(), 2))
		began := time.Now()
		delayed, lost := publish(t, ch), publish(t, ch)
		require.True(t, delayed.Wait())
		require.Equal(t, time.Hour, time.Since(began), "virtual time")
		synctest.Wait()
		require.False(t, lost.Acked())
		require.ErrorContains(t, server.CutAfterPublish(t.Context(), 0), "the first publish or confirm is number 1")
	})
}
