package delivery_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch03-essentials/delivery"
	"scalelab/pkg/faultnet"
)

// These tests are a part of what is graded, to read and to run while you work:
//
//	go test ./labs/ch03-essentials/delivery
//
// Each runs in a bubble of testing/synctest. There, time passes only while every goroutine waits, so that an hour costs nothing;
// synctest.Wait returns when all the others wait; and every goroutine must have ended when its test ends. The network between
// the lift and the valley is made by pkg/faultnet. It is healthy until a test says otherwise.

const (
	lift   = "lift"
	valley = "valley"
)

// station opens the one port of a host.
func station(t *testing.T, n *faultnet.Network, host string) (conn net.PacketConn, peer faultnet.Addr) {
	t.Helper()
	conn, err := n.Host(host).ListenPacket("udp", ":7")
	require.NoError(t, err, "open the conn of %s", host)
	other := map[string]string{lift: valley, valley: lift}[host]
	return conn, faultnet.Addr{Net: "udp", Host: other, Port: 7}
}

func newSender(t *testing.T, n *faultnet.Network, opts delivery.Options) *delivery.Sender {
	conn, peer := station(t, n, lift)
	return delivery.NewSender(conn, peer, opts)
}

func newReceiver(t *testing.T, n *faultnet.Network, opts delivery.Options) *delivery.Receiver {
	conn, peer := station(t, n, valley)
	return delivery.NewReceiver(conn, peer, opts)
}

// inbox calls Receive until the receiver is closed, and keeps what it returns.
type inbox struct {
	mu       sync.Mutex
	received []string
}

func open(r *delivery.Receiver) *inbox {
	in := &inbox{}
	go func() {
		for {
			msg, err := r.Receive(context.Background())
			if err != nil {
				return
			}
			in.mu.Lock()
			in.received = append(in.received, string(msg))
			in.mu.Unlock()
		}
	}()
	return in
}

// all gives the network a millisecond, waits until nobody has anything more to do, and returns what was received so far.
func (in *inbox) all() []string {
	time.Sleep(time.Millisecond)
	synctest.Wait()
	in.mu.Lock()
	defer in.mu.Unlock()
	return append([]string(nil), in.received...)
}

// database is a State: it survives the receivers that use it.
type database struct {
	mu    sync.Mutex
	known map[delivery.ID]bool
	rides []string
}

func (d *database) Deliver(id delivery.ID, msg []byte) (fresh bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known[id] {
		return false, nil
	}
	if d.known == nil {
		d.known = map[delivery.ID]bool{}
	}
	d.known[id] = true
	d.rides = append(d.rides, string(msg))
	return true, nil
}

func TestEveryGuaranteeOnAHealthyNetwork(t *testing.T) {
	for _, c := range []struct {
		name string
		opts delivery.Options
	}{
		{"at most once", delivery.Options{Guarantee: delivery.AtMostOnce}},
		{"at least once", delivery.Options{Guarantee: delivery.AtLeastOnce}},
		{"exactly once", delivery.Options{Guarantee: delivery.ExactlyOnce, State: &database{}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := faultnet.New(1)
				s, r := newSender(t, n, c.opts), newReceiver(t, n, c.opts)
				in := open(r)
				messages := []string{"ride 1", "ride 2", "ride 2", "", string(bytes.Repeat([]byte{0, 255}, delivery.MaxMessage/2))}
				for i, m := range messages {
					require.NoError(t, s.Send(t.Context(), []byte(m)), "Send")
					require.Equal(t, messages[:i+1], in.all(), "what Receive has returned")
				}
				require.ErrorIs(t, s.Send(t.Context(), make([]byte, delivery.MaxMessage+1)), delivery.ErrTooLarge)
				require.NoError(t, s.Close())
				require.NoError(t, r.Close())
			})
		})
	}
}

func TestAtMostOnceReturnsNoCopies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := delivery.Options{Guarantee: delivery.AtMostOnce}
		n := faultnet.New(1)
		n.Default(faultnet.Faults{Duplicate: 1, Latency: faultnet.Fixed(time.Millisecond)})
		s, r := newSender(t, n, opts), newReceiver(t, n, opts)
		in := open(r)
		for range 2 {
			require.NoError(t, s.Send(t.Context(), []byte("-4 °C")), "Send")
			time.Sleep(time.Second)
		}
		require.Equal(t, []string{"-4 °C", "-4 °C"}, in.all(), "two messages, of which the network delivers each twice")
		require.NoError(t, s.Close())
		require.NoError(t, r.Close())
	})
}

func TestLostMessageIsSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := delivery.Options{Guarantee: delivery.AtLeastOnce, Retry: time.Second}
		n := faultnet.New(1)
		n.Lose(lift, valley, 1, 2)
		s, r := newSender(t, n, opts), newReceiver(t, n, opts)
		in := open(r)
		began := time.Now()
		require.NoError(t, s.Send(t.Context(), []byte("gale")), "Send")
		require.Equal(t, []string{"gale"}, in.all(), "the third packet arrives")
		require.GreaterOrEqual(t, time.Since(began), 2*time.Second, "Retry passes before each new try")
		require.NoError(t, s.Close())
		require.NoError(t, r.Close())
	})
}

func TestWhatReceiveHasNotReturnedIsNotAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := delivery.Options{Guarantee: delivery.AtLeastOnce}
		n := faultnet.New(1)
		s, r := newSender(t, n, opts), newReceiver(t, n, opts)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.ErrorIs(t, s.Send(ctx, []byte("gale")), context.DeadlineExceeded, "nobody calls Receive")

		in := open(r)
		require.NoError(t, s.Send(t.Context(), []byte("storm")), "Send while somebody calls Receive")
		require.Contains(t, in.all(), "storm")
		require.NoError(t, s.Close())
		require.NoError(t, r.Close())
	})
}

func TestExactlyOnceSurvivesARestartOfTheReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rides := &database{}
		opts := delivery.Options{Guarantee: delivery.ExactlyOnce, State: rides}
		n := faultnet.New(1)
		acks := n.Way(valley, lift)
		s, r := newSender(t, n, opts), newReceiver(t, n, opts)

		acks.Cut()
		open(r)
		sent := make(chan error, 1)
		go func() { sent <- s.Send(t.Context(), []byte("ride 1")) }()
		time.Sleep(time.Second)
		require.Empty(t, sent, "the acknowledgements are lost: Send must wait")
		require.NoError(t, r.Close())

		acks.Heal()
		r = newReceiver(t, n, opts)
		open(r)
		require.NoError(t, <-sent, "the new receiver recognises the message and acknowledges it")
		require.Equal(t, []string{"ride 1"}, rides.rides)
		require.NoError(t, s.Close())
		require.NoError(t, r.Close())
	})
}

func TestFortyPercentLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rides := &database{}
		opts := delivery.Options{Guarantee: delivery.ExactlyOnce, State: rides}
		n := faultnet.New(1)
		n.Default(faultnet.Faults{
			Latency: faultnet.Uniform(time.Millisecond, 80*time.Millisecond),
			Loss:    0.4, Duplicate: 0.2, Reorder: 0.2, HoldBack: 300 * time.Millisecond,
		})
		s, r := newSender(t, n, opts), newReceiver(t, n, opts)
		open(r)
		var want []string
		for i := range 50 {
			want = append(want, fmt.Sprintf("ride %d", i))
			require.NoError(t, s.Send(t.Context(), []byte(want[i])), "Send")
		}
		require.ElementsMatch(t, want, rides.rides)
		require.NoError(t, s.Close())
		require.NoError(t, r.Close())
	})
}

func TestCloseAndContextEndCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := delivery.Options{Guarantee: delivery.AtLeastOnce}
		n := faultnet.New(1)
		s, r := newSender(t, n, opts), newReceiver(t, n, opts)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := r.Receive(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded, "nobody sends")

		sent, received := make(chan error, 1), make(chan error, 1)
		n.Link(lift, valley).Cut()
		go func() { sent <- s.Send(t.Context(), []byte("gale")) }()
		go func() { _, err := r.Receive(t.Context()); received <- err }()
		synctest.Wait()
		require.NoError(t, s.Close())
		require.NoError(t, r.Close())
		require.ErrorIs(t, <-sent, delivery.ErrClosed)
		require.ErrorIs(t, <-received, delivery.ErrClosed)
	})
}
