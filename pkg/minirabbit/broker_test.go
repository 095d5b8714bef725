package minirabbit_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/pkg/minirabbit"
)

func TestKillForgetsWhatWasNotConfirmed(t *testing.T) {
	b := minirabbit.Run(t)
	v, _ := b.VHost("/")
	fill := func() {
		conn := dial(t, b.URL())
		ch := channel(t, conn)
		declare(t, ch, "q", nil)
		require.NoError(t, ch.Publish("", "q", false, false, amqp.Publishing{DeliveryMode: 2, Body: []byte("unconfirmed")}))
		settled(t, ch)
		ch = channel(t, conn)
		require.NoError(t, ch.Confirm(false))
		v.LoseConfirm(1)
		_, err := ch.PublishWithDeferredConfirm("", "q", false, false, amqp.Publishing{DeliveryMode: 2, Body: []byte("stored")})
		require.NoError(t, err)
		settled(t, ch)
	}
	fill()
	b.Kill()
	_, err := amqp.Dial(b.URL())
	require.Error(t, err, "a killed broker is down")
	require.NoError(t, b.Resume())
	require.Equal(t, []string{"stored"}, contents(t, v, "q"))
	fill()
	b.Sync()
	b.Kill()
	require.NoError(t, b.Resume())
	require.Equal(t, []string{"stored", "unconfirmed", "stored"}, contents(t, v, "q"))
}

func contents(t *testing.T, v *minirabbit.VHost, queue string) []string {
	messages, err := v.Messages(queue)
	require.NoError(t, err)
	var all []string
	for _, m := range messages {
		all = append(all, string(m.Body))
	}
	return all
}

func TestAnAlarmHoldsPublishersUp(t *testing.T) {
	b := minirabbit.Run(t)
	v, _ := b.VHost("/")
	publisher, consumer := dial(t, b.URL()), dial(t, b.URL())
	blocked := publisher.NotifyBlocked(make(chan amqp.Blocking, 2))
	ch := channel(t, publisher)
	require.NoError(t, ch.Confirm(false))
	declare(t, ch, "q", nil)
	publishAll(t, ch, "q", "before")
	b.RaiseAlarm("memory")
	confirm := publishSome(t, ch, 1)[0]
	require.Equal(t, amqp.Blocking{Active: true, Reason: "low on memory"}, receive(t, blocked, "connection.blocked"))
	other := channel(t, consumer) // who does not publish is not held up
	require.Equal(t, []string{"before"}, drain(t, other, "q"))
	info, _ := v.Queue("q")
	require.Zero(t, info.Ready)
	require.False(t, confirm.Acked())
	b.ClearAlarm()
	require.Equal(t, amqp.Blocking{}, receive(t, blocked, "connection.unblocked"))
	require.True(t, acked(t, confirm))
	require.Equal(t, []string{"m"}, drain(t, other, "q"))
}

func TestABrokerWithAnAlarmOrAStallStops(t *testing.T) {
	b := minirabbit.Run(t)
	ch := channel(t, dial(t, b.URL()))
	declare(t, ch, "q", nil)
	b.RaiseAlarm("disk")
	require.NoError(t, ch.Publish("", "q", false, false, amqp.Publishing{}))
	dial(t, b.URL())
	b.Stall()
	b.Stop()
}

func TestTheObserverSeesTheLifeOfAMessage(t *testing.T) {
	b := minirabbit.Run(t)
	v := b.AddVHost("seen")
	require.NoError(t, b.SetPermissions("seen", "guest", minirabbit.AllPermissions))
	o := v.Observe()
	defer o.Close()
	conn, err := amqp.DialConfig(b.URLFor("guest", "guest", "seen"), amqp.Config{Properties: amqp.Table{"connection_name": "me"}})
	require.NoError(t, err)
	defer conn.Close()
	ch := channel(t, conn)
	require.NoError(t, ch.Confirm(false))
	deadLetters(t, ch, nil)
	require.True(t, publish(t, ch, "", "q", amqp.Publishing{MessageId: "m"}))
	d, _ := get(t, ch, "q")
	require.NoError(t, d.Nack(false, true))
	d, _ = get(t, ch, "q")
	require.NoError(t, d.Reject(false))
	d = getSoon(t, ch, "dead")
	require.NoError(t, d.Ack(false))
	confirm, err := ch.PublishWithDeferredConfirm("", "nobody", true, false, amqp.Publishing{MessageId: "r"})
	require.NoError(t, err)
	require.True(t, acked(t, confirm))

	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err = o.Wait(ctx, func(e minirabbit.Event) bool { return e.Kind == minirabbit.Confirmed && e.Tag == 2 })
	require.NoError(t, err)
	var story []string
	for _, e := range o.Events() {
		require.Equal(t, "seen", e.VHost)
		story = append(story, fmt.Sprintf("%s %s %s %d", e.Kind, e.MessageID, e.Queue, e.Tag))
	}
	require.Equal(t, []string{
		"connected   0", "published m  1", "routed m q 0", "confirmed   1", "delivered m q 1", "requeued m q 0",
		"delivered m q 2", "rejected m q 2", "dead-lettered m q 0", "routed m dead 0", "delivered m dead 3", "acked m dead 3",
		"published r  2", "returned r  0", "confirmed   2",
	}, story)
}

func TestWaitQueueWaitsForAState(t *testing.T) {
	b := minirabbit.Run(t)
	v, _ := b.VHost("/")
	ch := channel(t, dial(t, b.URL()))
	declare(t, ch, "q", nil)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	go v.Publish("", "q", nil, nil)
	info, err := v.WaitQueue(ctx, "q", func(q minirabbit.QueueInfo) bool { return q.Ready == 1 })
	require.NoError(t, err)
	require.Equal(t, 1, info.Ready)
	done, stop := context.WithCancel(ctx)
	stop()
	_, err = v.WaitQueue(done, "q", func(q minirabbit.QueueInfo) bool { return q.Ready == 2 })
	require.ErrorIs(t, err, context.Canceled)
}

func TestDeletingUserAndVHostEndsTheirConnections(t *testing.T) {
	b := minirabbit.Run(t)
	s := ownVHost(t, b, "mine")
	conn := s.conn(t)
	err := connectionError(t, conn, func() error { return b.DeleteUser("mine") })
	requireError(t, err, 320, "CONNECTION_FORCED - user 'mine' was deleted")
	s = ownVHost(t, b, "mine")
	conn = s.conn(t)
	err = connectionError(t, conn, func() error { return b.DeleteVHost("mine") })
	requireError(t, err, 320, "CONNECTION_FORCED - vhost 'mine' is deleted")
	_, dialErr := amqp.Dial(s.url)
	require.Error(t, dialErr)
}

// TestMalformedFramesCloseTheConnection talks to the broker by hand, where a client library would not.
func TestMalformedFramesCloseTheConnection(t *testing.T) {
	b := minirabbit.Run(t)
	t.Run("another protocol is told the right one", func(t *testing.T) {
		nc, err := net.Dial("tcp", b.Addr())
		require.NoError(t, err)
		defer nc.Close()
		_, err = nc.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
		require.NoError(t, err)
		answer := make([]byte, 8)
		_, err = io.ReadFull(nc, answer)
		require.NoError(t, err)
		require.Equal(t, "AMQP\x00\x00\x09\x01", string(answer))
	})
	for name, x := range map[string]struct {
		frame []byte
		code  int
	}{
		"a frame without its end marker": {[]byte{8, 0, 0, 0, 0, 0, 0, 7}, 501},
		"a frame that is too large":      {[]byte{1, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF}, 501},
		"a method that does not exist":   {[]byte{1, 0, 1, 0, 0, 0, 4, 0, 99, 0, 99, 0xCE}, 503},
		"a method cut short":             {[]byte{1, 0, 1, 0, 0, 0, 5, 0, 60, 0, 40, 0, 0xCE}, 502},
		"a channel that is not open":     {[]byte{1, 0, 9, 0, 0, 0, 5, 0, 85, 0, 10, 0, 0xCE}, 504},
		"content without a publish":      {[]byte{3, 0, 1, 0, 0, 0, 1, 'x', 0xCE}, 505},
		"a method of the server's":       {[]byte{1, 0, 1, 0, 0, 0, 4, 0, 85, 0, 11, 0xCE}, 503},
	} {
		t.Run(name, func(t *testing.T) {
			var raw net.Conn
			conn, err := amqp.DialConfig(b.URL(), amqp.Config{Dial: func(network, addr string) (net.Conn, error) {
				nc, err := b.Dial(network, addr)
				raw = nc
				return nc, err
			}})
			require.NoError(t, err)
			defer conn.Close()
			channel(t, conn)
			got := connectionError(t, conn, func() error { _, err := raw.Write(x.frame); return err })
			require.Equal(t, x.code, got.Code, "%v", got)
		})
	}
}

// BenchmarkStart is a broker's life with one connection.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		broker, err := minirabbit.Start(minirabbit.Options{})
		if err != nil {
			b.Fatal(err)
		}
		nc, err := net.Dial("tcp", broker.Addr())
		if err != nil {
			b.Fatal(err)
		}
		nc.Write([]byte("AMQP\x00\x00\x09\x01"))
		if _, err := bufio.NewReader(nc).ReadByte(); err != nil {
			b.Fatal(err)
		}
		nc.Close()
		broker.Close()
	}
}
