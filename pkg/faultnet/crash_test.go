package faultnet_test

import (
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/faultnet"
)

func TestACrashIsNotNoticedByAnIdlePeer(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		m.link().Set(faultnet.Faults{Latency: faultnet.Fixed(10 * ms)})
		client, server := m.pair(t)
		m.server.Crash()
		_, err := server.Read(buffer)
		requireOpError(t, err, "read", net.ErrClosed)
		requireSilence(t, client)
		m.server.Restart()
		requireSilence(t, client)
		write(t, client, "still there?")
		start := time.Now()
		_, err = client.Read(buffer)
		requireOpError(t, err, "read", syscall.ECONNRESET)
		require.Equal(t, 20*ms, since(start), "there and back")
	})
}

func TestAPeerThatHasSentIsResetAtTheRestart(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		m.link().Set(faultnet.Faults{Latency: faultnet.Fixed(10 * ms)})
		client, _ := m.pair(t)
		m.server.Crash()
		write(t, client, "anybody?")
		requireSilence(t, client)
		m.server.Restart()
		start := time.Now()
		_, err := client.Read(buffer)
		requireOpError(t, err, "read", syscall.ECONNRESET)
		require.Equal(t, 10*ms, since(start))
	})
}

func TestWhatACrashedHostHasSentStillArrives(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		m.link().Set(faultnet.Faults{Latency: faultnet.Fixed(10 * ms)})
		client, server := m.pair(t)
		write(t, server, "last words")
		m.server.Crash()
		requireText(t, client, "last words")
		requireSilence(t, client)
	})
}

func TestDialsWaitForACrashedHost(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		l, err := m.server.Listen("tcp", ":80")
		require.NoError(t, err)
		m.server.Crash()
		_, err = l.Accept()
		requireOpError(t, err, "accept", net.ErrClosed)
		_, err = m.server.Listen("tcp", ":80")
		requireOpError(t, err, "listen", syscall.ENETDOWN)
		_, err = m.server.Dial(t.Context(), "tcp", "client:80")
		requireOpError(t, err, "dial", syscall.ENETDOWN)

		time.AfterFunc(time.Minute, m.server.Restart)
		start := time.Now()
		_, err = m.client.Dial(t.Context(), "tcp", "server:80")
		requireOpError(t, err, "dial", syscall.ECONNREFUSED)
		require.Equal(t, time.Minute, since(start), "it is back, but nobody listens")

		l, err = m.server.Listen("tcp", ":80")
		require.NoError(t, err)
		c, err := m.client.Dial(t.Context(), "tcp", "server:80")
		require.NoError(t, err)
		s, err := l.Accept()
		require.NoError(t, err)
		write(t, c, "hello again")
		requireText(t, s, "hello again")
	})
}

func TestDialsThatWaitAreAnsweredByANewListener(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		m.link().Set(faultnet.Faults{Latency: faultnet.Fixed(10 * ms)})
		m.server.Crash()
		time.AfterFunc(time.Minute, func() {
			m.server.Restart()
			_, err := m.server.Listen("tcp", ":80")
			require.NoError(t, err)
		})
		_, err := m.client.Dial(t.Context(), "tcp", "server:80")
		require.NoError(t, err)
	})
}

func TestAWriterToACrashedHostBlocksWhenItsWindowIsFull(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		client, _ := m.pair(t)
		m.server.Crash()
		write(t, client, "0123456789")
		time.AfterFunc(time.Hour, m.server.Restart)
		start := time.Now()
		_, err := client.Write([]byte("x"))
		requireOpError(t, err, "write", syscall.ECONNRESET)
		require.Equal(t, time.Hour, since(start))
	}, faultnet.Window(10))
}

func TestACrashedClientIsHalfOpenToo(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		client, server := m.pair(t)
		m.client.Crash()
		m.client.Crash()
		_, err := client.Write([]byte("x"))
		requireOpError(t, err, "write", net.ErrClosed)
		requireSilence(t, server)
		m.client.Restart()
		m.client.Restart()
		write(t, server, "hello?")
		_, err = server.Read(buffer)
		requireOpError(t, err, "read", syscall.ECONNRESET)
	})
}

func TestACrashWakesWhoeverWaitsOnTheHost(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		client, server := m.pair(t)
		_, packets := m.packets(t)
		m.net.Way("client", "server").Cut()
		failed := make(chan error)
		for _, wait := range []func() error{
			func() error { _, err := client.Read(make([]byte, 1)); return err },
			func() error { _, err := m.client.Dial(t.Context(), "tcp", server.LocalAddr().String()); return err },
			func() error { _, _, err := packets.ReadFrom(make([]byte, 1)); return err },
		} {
			go func() { failed <- wait() }()
		}
		time.Sleep(time.Second)
		m.client.Crash()
		m.server.Crash()
		for range 3 {
			require.ErrorIs(t, <-failed, net.ErrClosed)
		}
	})
}

func TestAKilledProgramIsNoticed(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		l, err := m.server.Listen("tcp", ":80")
		require.NoError(t, err)
		dial := func() (net.Conn, net.Conn) {
			c, err := m.client.Dial(t.Context(), "tcp", "server:80")
			require.NoError(t, err)
			s, err := l.Accept()
			require.NoError(t, err)
			return c, s
		}
		idle, _ := dial()
		busy, busyServer := dial()
		write(t, busy, "a request that nobody has read")
		unaccepted, err := m.client.Dial(t.Context(), "tcp", "server:80")
		require.NoError(t, err)

		m.server.Kill()
		_, err = idle.Read(buffer)
		require.Equal(t, io.EOF, err)
		_, err = busy.Read(buffer)
		requireOpError(t, err, "read", syscall.ECONNRESET)
		_, err = unaccepted.Read(buffer)
		requireOpError(t, err, "read", syscall.ECONNRESET)
		_, err = busyServer.Read(buffer)
		requireOpError(t, err, "read", net.ErrClosed)
		_, err = l.Accept()
		requireOpError(t, err, "accept", net.ErrClosed)
		_, err = m.client.Dial(t.Context(), "tcp", "server:80")
		requireOpError(t, err, "dial", syscall.ECONNREFUSED)

		l, err = m.server.Listen("tcp", ":80")
		require.NoError(t, err, "the next program may listen at once")
		c, s := dial()
		write(t, s, "welcome")
		requireText(t, c, "welcome")
	})
}

func TestCloseWakesWhoeverWaits(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		client, server := m.pair(t)
		l := m.Listen(t)
		failed := make(chan error)
		for _, c := range []net.Conn{client, server} {
			go func() { _, err := c.Read(make([]byte, 1)); failed <- err }()
		}
		go func() { _, err := l.Accept(); failed <- err }()
		m.net.Close()
		for range 3 {
			require.ErrorIs(t, <-failed, net.ErrClosed)
		}
	})
}
