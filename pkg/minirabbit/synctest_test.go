package minirabbit_test

import (
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/pkg/minirabbit"
)

// inBubble runs a test in virtual time, with a broker without a network.
func inBubble(t *testing.T, o minirabbit.Options, body func(t *testing.T, b *minirabbit.Broker, conn *amqp.Connection)) {
	synctest.Test(t, func(t *testing.T) {
		b := minirabbit.New(o)
		defer b.Close()
		conn, err := amqp.DialConfig("amqp://guest:guest@minirabbit/", amqp.Config{Dial: b.Dial, Heartbeat: o.Heartbeat})
		require.NoError(t, err)
		defer conn.Close()
		body(t, b, conn)
	})
}

func TestMessageTTLIsVirtualTime(t *testing.T) {
	inBubble(t, minirabbit.Options{}, func(t *testing.T, b *minirabbit.Broker, conn *amqp.Connection) {
		ch := channel(t, conn)
		require.NoError(t, ch.Confirm(false))
		declare(t, ch, "dead", nil)
		declare(t, ch, "q", amqp.Table{"x-message-ttl": int32(3_600_000), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"})
		start := time.Now()
		publishAll(t, ch, "q", "m")
		deliveries := consume(t, ch, "dead", "")
		time.Sleep(time.Hour - time.Nanosecond)
		synctest.Wait()
		requireNone(t, deliveries)
		d := <-deliveries
		require.Equal(t, time.Hour, time.Since(start))
		require.Equal(t, "m", string(d.Body))
		record := d.Headers["x-death"].([]any)[0].(amqp.Table)
		require.Equal(t, time.Now().Unix(), record["time"].(time.Time).Unix())
	})
}

func TestUnusedQueueExpiresInVirtualTime(t *testing.T) {
	inBubble(t, minirabbit.Options{}, func(t *testing.T, b *minirabbit.Broker, conn *amqp.Connection) {
		ch := channel(t, conn)
		declare(t, ch, "q", amqp.Table{"x-expires": int32(60_000)})
		v, _ := b.VHost("/")
		exists := func() bool { _, ok := v.Queue("q"); return ok }
		time.Sleep(59 * time.Second)
		get(t, ch, "q") // is a use
		time.Sleep(59 * time.Second)
		require.True(t, exists())
		time.Sleep(2 * time.Second)
		require.False(t, exists())
	})
}

func TestHeartbeatsKeepAnIdleConnection(t *testing.T) {
	inBubble(t, minirabbit.Options{Heartbeat: 10 * time.Second}, func(t *testing.T, b *minirabbit.Broker, conn *amqp.Connection) {
		time.Sleep(time.Hour)
		require.False(t, conn.IsClosed())
		require.Len(t, b.Connections(), 1)
	})
}

func TestAMutedBrokerIsNoticedByItsSilence(t *testing.T) {
	inBubble(t, minirabbit.Options{Heartbeat: 10 * time.Second}, func(t *testing.T, b *minirabbit.Broker, conn *amqp.Connection) {
		closed := conn.NotifyClose(make(chan *amqp.Error, 1))
		time.Sleep(time.Minute) // this client sets its read deadline at the first heartbeat
		start := time.Now()
		b.Mute()
		<-closed
		require.LessOrEqual(t, time.Since(start), 40*time.Second, "three heartbeats and a bit")
	})
}

// TestASilentClientIsCut: a client that negotiates heartbeats and sends none is gone after two of them.
func TestASilentClientIsCut(t *testing.T) {
	inBubble(t, minirabbit.Options{Heartbeat: 10 * time.Second}, func(t *testing.T, b *minirabbit.Broker, conn *amqp.Connection) {
		hole := &blackHole{}
		silent, err := amqp.DialConfig("amqp://guest:guest@minirabbit/", amqp.Config{Heartbeat: 10 * time.Second,
			Dial: func(network, addr string) (net.Conn, error) {
				nc, err := b.Dial(network, addr)
				hole.Conn = nc
				return hole, err
			}})
		require.NoError(t, err)
		defer silent.Close()
		require.Len(t, b.Connections(), 2)
		hole.swallow.Store(true)
		time.Sleep(31 * time.Second)
		synctest.Wait()
		require.Len(t, b.Connections(), 1)
	})
}

// blackHole is a connection whose writes can vanish.
type blackHole struct {
	net.Conn
	swallow atomic.Bool
}

func (h *blackHole) Write(p []byte) (int, error) {
	if h.swallow.Load() {
		return len(p), nil
	}
	return h.Conn.Write(p)
}

// TestPrefetchHoldsBackForEver shows what a bubble is good for: that something does not happen can be known.
func TestPrefetchHoldsBackForEver(t *testing.T) {
	inBubble(t, minirabbit.Options{}, func(t *testing.T, b *minirabbit.Broker, conn *amqp.Connection) {
		ch := channel(t, conn)
		declare(t, ch, "q", nil)
		require.NoError(t, ch.Qos(1, 0, false))
		deliveries := consume(t, ch, "q", "")
		v, _ := b.VHost("/")
		for range 2 {
			n, err := v.Publish("", "q", nil, []byte("m"))
			require.NoError(t, err)
			require.Equal(t, 1, n)
		}
		d := <-deliveries
		time.Sleep(time.Hour)
		synctest.Wait()
		requireNone(t, deliveries)
		require.NoError(t, d.Ack(false))
		<-deliveries
	})
}

func TestManualClockMovesTTLs(t *testing.T) {
	clock := minirabbit.NewManualClock(time.Unix(1_700_000_000, 0))
	b, err := minirabbit.Start(minirabbit.Options{Clock: clock, Heartbeat: -1})
	require.NoError(t, err)
	defer b.Close()
	conn := dial(t, b.URL())
	defer conn.Close()
	ch := channel(t, conn)
	require.NoError(t, ch.Confirm(false))
	declare(t, ch, "q", amqp.Table{"x-message-ttl": int32(60_000)})
	publishAll(t, ch, "q", "m")
	v, _ := b.VHost("/")
	ready := func() int { info, _ := v.Queue("q"); return info.Ready }
	clock.Advance(time.Minute - 1)
	require.Equal(t, 1, ready())
	clock.Advance(1)
	require.Zero(t, ready())
}
