package faultnet_test

import (
	"context"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/faultnet"
)

func TestLatencyDelaysEachWay(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		m.forth().Set(faultnet.Faults{Latency: faultnet.Fixed(10 * ms)})
		m.back().Set(faultnet.Faults{Latency: faultnet.Fixed(30 * ms)})
		start := time.Now()
		client, server := m.pair(t)
		require.Equal(t, 40*ms, since(start), "a dial is a round trip")
		write(t, client, "ping")
		require.Equal(t, 10*ms, requireText(t, server, "ping"))
		write(t, server, "pong")
		require.Equal(t, 30*ms, requireText(t, client, "pong"))
	})
}

func TestJitterKeepsTheOrderOfAStream(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		m.link().Set(faultnet.Faults{Latency: faultnet.Uniform(0, 100*ms)})
		client, server := m.pair(t)
		var want strings.Builder
		for i := range 200 {
			text := strings.Repeat(string(rune('a'+i%26)), i%7+1)
			want.WriteString(text)
			write(t, client, text)
		}
		requireText(t, server, want.String())
	})
}

func TestBandwidthBoundsAStream(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		m.forth().Set(faultnet.Faults{Bandwidth: 1000, Latency: faultnet.Fixed(10 * ms)})
		client, server := m.pair(t)
		text := strings.Repeat("x", 500)
		write(t, client, text)
		write(t, client, text)
		require.Equal(t, 510*ms, requireText(t, server, text))
		require.Equal(t, 500*ms, requireText(t, server, text))
	})
}

func TestAWriterWaitsWhenNobodyReads(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		client, server := m.pair(t)
		require.NoError(t, client.SetWriteDeadline(time.Now().Add(time.Second)))
		n, err := client.Write(make([]byte, 3000))
		require.Error(t, err)
		require.Equal(t, 1000, n, "a window of 1000 bytes is full")
		requireText(t, server, string(make([]byte, 1000)))
		require.NoError(t, client.SetWriteDeadline(time.Time{}))
		write(t, client, strings.Repeat("x", 1000))
	}, faultnet.Window(1000))
}

func TestAStalledLinkHoldsBytesAndDials(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		client, server := m.pair(t)
		m.link().Stall()
		write(t, client, "held")
		require.NoError(t, client.Close())
		requireSilence(t, server)
		time.AfterFunc(time.Minute, m.link().Resume)
		start := time.Now()
		_, _ = m.pair(t)
		require.Equal(t, time.Minute, since(start))
		got, err := io.ReadAll(server)
		require.NoError(t, err)
		require.Equal(t, "held", string(got))
	})
}

func TestAPartitionHoldsStreamsUntilItHeals(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		m.link().Set(faultnet.Faults{Latency: faultnet.Fixed(10 * ms)})
		client, server := m.pair(t)
		write(t, client, "on its way ")
		m.net.Partition([]string{"client"}, []string{"server"})
		write(t, client, "and after")
		requireSilence(t, server)
		m.net.Heal()
		require.Equal(t, 10*ms, requireText(t, server, "on its way and after"), "sent again when the partition heals")
	})
}

func TestAOneWayCutLeavesAConnectionHalfOpen(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		client, server := m.pair(t)
		m.back().Cut()
		write(t, client, "ping")
		requireText(t, server, "ping")
		write(t, server, "pong")
		require.NoError(t, server.Close())
		requireSilence(t, client)
		m.back().Heal()
		requireText(t, client, "pong")
		_, err := client.Read(buffer)
		require.Equal(t, io.EOF, err)
	})
}

func TestAConnectionIsCutAfterSoManyBytes(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		m.back().Set(faultnet.Faults{CutAfter: 6, Latency: faultnet.Fixed(ms)})
		client, server := m.pair(t)
		write(t, server, "four")
		write(t, server, "four")
		requireText(t, client, "fourfo")
		_, err := client.Read(buffer)
		requireOpError(t, err, "read", syscall.ECONNRESET)
		_, err = server.Read(buffer)
		requireOpError(t, err, "read", syscall.ECONNRESET)
	})
}

func TestResetEndsTheConnectionsOfALink(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		client, server := m.pair(t)
		other, err := m.server.Dial(t.Context(), "tcp", server.LocalAddr().String())
		require.NoError(t, err)
		m.link().Reset()
		_, err = client.Write([]byte("x"))
		requireOpError(t, err, "write", syscall.ECONNRESET)
		_, err = server.Read(buffer)
		requireOpError(t, err, "read", syscall.ECONNRESET)
		write(t, other, "not over this link")
		_, _ = m.pair(t) // and new connections are welcome
	})
}

func TestBreakTakesAnAnswerAway(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		m.net.Break("server", "client", 2)
		client, server := m.pair(t)
		write(t, client, "request")
		requireText(t, server, "request")
		write(t, server, "one")
		requireText(t, client, "one")
		write(t, server, "two")
		_, err := client.Read(buffer)
		requireOpError(t, err, "read", syscall.ECONNRESET)
		_, err = server.Write([]byte("three"))
		requireOpError(t, err, "write", syscall.ECONNRESET)
	})
}

func TestRefuse(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		l := m.Listen(t)
		m.forth().Set(faultnet.Faults{Refuse: 0.5})
		refused := 0
		for range 200 {
			c, err := m.client.Dial(t.Context(), "tcp", l.Addr().String())
			if err != nil {
				requireOpError(t, err, "dial", syscall.ECONNREFUSED)
				refused++
				continue
			}
			require.NoError(t, c.Close())
			c, err = l.Accept()
			require.NoError(t, err)
			require.NoError(t, c.Close())
		}
		require.InDelta(t, 100, refused, 30)
	})
}

func TestLossDelaysAStream(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		client, server := m.pair(t)
		m.net.Plan(func(m faultnet.Message, f *faultnet.Fate) { f.Lost = m.Type == faultnet.Data && m.Seq == 2 })
		for _, text := range []string{"a", "b", "c"} {
			write(t, client, text)
		}
		require.Zero(t, requireText(t, server, "a"))
		require.Equal(t, 200*ms, requireText(t, server, "bc"), "the second is sent again, and the third waits for it")
		m.forth().Set(faultnet.Faults{Loss: 0.5})
		start := time.Now()
		write(t, client, strings.Repeat("x", 100))
		for range 99 {
			write(t, client, "y")
		}
		requireText(t, server, strings.Repeat("x", 100)+strings.Repeat("y", 99))
		require.Greater(t, since(start), 200*ms)
	})
}

func TestDialGivesUp(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		l := m.Listen(t)
		m.link().Cut()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		_, err := m.client.Dial(ctx, "tcp", l.Addr().String())
		requireOpError(t, err, "dial", context.DeadlineExceeded)
		require.Equal(t, 3*time.Second, since(start))

		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err = m.client.Dial(ctx, "tcp", l.Addr().String())
		requireOpError(t, err, "dial", context.Canceled)

		start = time.Now()
		_, err = m.client.Dial(t.Context(), "tcp", l.Addr().String())
		require.ErrorIs(t, err, syscall.ETIMEDOUT)
		require.Equal(t, 127*time.Second, since(start))

		m.link().Heal()
		client, server := m.pair(t)
		write(t, client, "hello")
		requireText(t, server, "hello")
		late, err := l.Accept()
		require.NoError(t, err, "the operating system accepts what the client has given up")
		_, err = late.Read(buffer)
		requireOpError(t, err, "read", syscall.ECONNRESET)
	})
}

func TestAFullBacklogMakesDialsWait(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		l := m.Listen(t)
		var clients []net.Conn
		for range 128 {
			c, err := m.client.Dial(t.Context(), "tcp", l.Addr().String())
			require.NoError(t, err)
			clients = append(clients, c)
		}
		time.AfterFunc(time.Second, func() { _, _ = l.Accept() })
		start := time.Now()
		_, err := m.client.Dial(t.Context(), "tcp", l.Addr().String())
		require.NoError(t, err)
		require.Equal(t, time.Second, since(start))
		time.AfterFunc(time.Second, func() { _ = l.Close() })
		_, err = m.client.Dial(t.Context(), "tcp", l.Addr().String())
		requireOpError(t, err, "dial", syscall.ECONNREFUSED)
		_, err = clients[1].Read(buffer)
		requireOpError(t, err, "read", syscall.ECONNRESET)
	})
}

func TestAddresses(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		_, err := m.client.Dial(t.Context(), "tcp", "nowhere:80")
		var unknown *net.DNSError
		require.ErrorAs(t, err, &unknown)
		require.True(t, unknown.IsNotFound)
		l, err := m.server.Listen("tcp", "server:80")
		require.NoError(t, err)
		require.Equal(t, "server:80", l.Addr().String())
		_, err = m.server.Listen("tcp", ":80")
		requireOpError(t, err, "listen", syscall.EADDRINUSE)
		_, err = m.server.Listen("tcp", "client:81")
		require.Error(t, err)
		_, err = m.server.Listen("udp", ":81")
		require.Error(t, err)
		_, err = m.server.ListenPacket("tcp", ":81")
		require.Error(t, err)
		c, err := m.server.Dial(t.Context(), "tcp", "localhost:80")
		require.NoError(t, err)
		require.Equal(t, "server:80", c.RemoteAddr().String())
		require.Panics(t, func() { m.net.Host("a:b") })
	})
}
