package minirabbit_test

import (
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"scalelab/pkg/minirabbit"
)

// proxied starts a proxy in front of a broker and tells the URL through it.
func proxied(t *testing.T, b *minirabbit.Broker) (*minirabbit.Proxy, string) {
	p, err := minirabbit.NewProxy(b.Addr(), nil)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p, "amqp://guest:guest@" + p.Addr() + "/"
}

func TestTheProxyOutlivesItsBroker(t *testing.T) {
	b := minirabbit.Run(t)
	_, url := proxied(t, b)
	conn := dial(t, url)
	closed := conn.NotifyClose(make(chan *amqp.Error, 1))
	b.Kill()
	receive(t, closed, "the end of the connection")
	_, err := amqp.Dial(url)
	require.Error(t, err, "nobody is behind the proxy")
	require.NoError(t, b.Resume())
	dial(t, url)
}

func TestTheProxyLeadsToANewTarget(t *testing.T) {
	first, second := minirabbit.Run(t), minirabbit.Run(t)
	p, url := proxied(t, first)
	p.SetTarget(second.Addr())
	declare(t, channel(t, dial(t, url)), "here", nil)
	v, _ := second.VHost("/")
	_, ok := v.Queue("here")
	require.True(t, ok)
}

// TestAMultipleAckIsTakenApart: a confirm inside a multiple ack can be lost, and a later one does not make up for it.
func TestAMultipleAckIsTakenApart(t *testing.T) {
	b, err := minirabbit.Start(minirabbit.Options{ConfirmMultiple: true})
	require.NoError(t, err)
	defer b.Close()
	p, url := proxied(t, b)
	conn := dial(t, url)
	defer conn.Close()
	ch := channel(t, conn)
	require.NoError(t, ch.Confirm(false))
	declare(t, ch, "q", nil)
	p.LoseConfirm(3)
	b.Stall() // so that the publishes arrive together and are confirmed together
	confirms := publishSome(t, ch, 50)
	b.Heal()
	for i, c := range confirms {
		if i != 2 {
			require.True(t, acked(t, c), "publish %d", i+1)
		}
	}
	require.False(t, confirms[2].Acked())
}

func TestAMessageOfManyFramesPassesTheProxy(t *testing.T) {
	b := minirabbit.Run(t)
	_, url := proxied(t, b)
	ch := channel(t, dial(t, url))
	require.NoError(t, ch.Confirm(false))
	declare(t, ch, "q", nil)
	body := make([]byte, 1<<20)
	require.True(t, publish(t, ch, "", "q", amqp.Publishing{Body: body}))
	d, ok := get(t, ch, "q")
	require.True(t, ok)
	require.Equal(t, len(body), len(d.Body))
	_, err := amqp.Dial("amqp://guest:wrong@" + url[len("amqp://guest:guest@"):])
	require.ErrorIs(t, err, amqp.ErrCredentials)
}

func TestAFrameLargerThanTheBrokerTakesEndsTheConnection(t *testing.T) {
	b := minirabbit.Run(t)
	p, _ := proxied(t, b)
	conn, err := net.Dial("tcp", p.Addr())
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Write([]byte("AMQP\x00\x00\x09\x01\x01\x00\x00\x00\x10\x00\x00")) // a method of 1 MB
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(patience)))
	_, err = io.Copy(io.Discard, conn) // up to the end
	if err != nil {
		require.ErrorIs(t, err, syscall.ECONNRESET)
	}
}
