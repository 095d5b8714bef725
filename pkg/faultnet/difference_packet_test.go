package faultnet_test

import (
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// packetPrograms are run on loopback UDP and on faultnet. Socket a listens; peer is another that listens, dialled knows a only.
var packetPrograms = map[string]func(t *testing.T, s stack, a, peer net.PacketConn, dialled net.Conn){
	"datagrams keep their bounds": func(t *testing.T, s stack, a, peer net.PacketConn, dialled net.Conn) {
		for _, text := range []string{"one", "", "three"} {
			n, err := peer.WriteTo([]byte(text), a.LocalAddr())
			require.NoError(t, err)
			require.Equal(t, len(text), n)
			n, from, err := a.ReadFrom(buffer)
			require.NoError(t, err)
			require.Equal(t, text, string(buffer[:n]))
			require.Equal(t, peer.LocalAddr().String(), from.String())
			require.Equal(t, "udp", from.Network())
		}
	},
	"what does not fit is gone": func(t *testing.T, s stack, a, peer net.PacketConn, dialled net.Conn) {
		_, err := peer.WriteTo([]byte("truncated"), a.LocalAddr())
		require.NoError(t, err)
		n, _, err := a.ReadFrom(buffer[:5])
		require.NoError(t, err)
		require.Equal(t, "trunc", string(buffer[:n]))
		_, err = peer.WriteTo([]byte("next"), a.LocalAddr())
		require.NoError(t, err)
		n, _, err = a.ReadFrom(nil)
		require.NoError(t, err)
		require.Zero(t, n, "a read of nothing takes a datagram")
		_, err = peer.WriteTo([]byte("last"), a.LocalAddr())
		require.NoError(t, err)
		n, _, err = a.ReadFrom(buffer)
		require.NoError(t, err)
		require.Equal(t, "last", string(buffer[:n]))
	},
	"an answer finds its way": func(t *testing.T, s stack, a, peer net.PacketConn, dialled net.Conn) {
		write(t, dialled, "ping")
		n, from, err := a.ReadFrom(buffer)
		require.NoError(t, err)
		require.Equal(t, "ping", string(buffer[:n]))
		require.Equal(t, dialled.LocalAddr().String(), from.String())
		_, err = a.WriteTo([]byte("pong"), from)
		require.NoError(t, err)
		n, err = dialled.Read(buffer)
		require.NoError(t, err)
		require.Equal(t, "pong", string(buffer[:n]))
	},
	"a dialled socket hears its peer only": func(t *testing.T, s stack, a, peer net.PacketConn, dialled net.Conn) {
		_, err := peer.WriteTo([]byte("stranger"), dialled.LocalAddr())
		require.NoError(t, err)
		_, err = a.WriteTo([]byte("peer"), dialled.LocalAddr())
		require.NoError(t, err)
		n, err := dialled.Read(buffer)
		require.NoError(t, err)
		require.Equal(t, "peer", string(buffer[:n]))
		require.Equal(t, a.LocalAddr().String(), dialled.RemoteAddr().String())
	},
	"a dialled socket writes to its peer only": func(t *testing.T, s stack, a, peer net.PacketConn, dialled net.Conn) {
		_, err := dialled.(net.PacketConn).WriteTo([]byte("x"), peer.LocalAddr())
		requireOpError(t, err, "write", net.ErrWriteToConnected)
		_, err = a.(net.Conn).Write([]byte("x"))
		requireOpError(t, err, "write", syscall.EDESTADDRREQ)
	},
	"nobody listens, and nobody learns": func(t *testing.T, s stack, a, peer net.PacketConn, dialled net.Conn) {
		_, err := a.WriteTo([]byte("x"), s.FreeAddress(t, "udp"))
		require.NoError(t, err)
		_, err = peer.WriteTo([]byte("y"), a.LocalAddr())
		require.NoError(t, err)
		n, _, err := a.ReadFrom(buffer)
		require.NoError(t, err)
		require.Equal(t, "y", string(buffer[:n]))
	},
	"nobody listens, and a dialled socket learns": func(t *testing.T, s stack, a, peer net.PacketConn, dialled net.Conn) {
		c, err := s.Dial(t.Context(), "udp", s.FreeAddress(t, "udp").String())
		require.NoError(t, err)
		defer c.Close()
		write(t, c, "x")
		_, err = c.Read(buffer)
		requireOpError(t, err, "read", syscall.ECONNREFUSED)
		write(t, c, "the error is told once")
	},
	"too large": func(t *testing.T, s stack, a, peer net.PacketConn, dialled net.Conn) {
		_, err := a.WriteTo(make([]byte, 65508), peer.LocalAddr())
		requireOpError(t, err, "write", syscall.EMSGSIZE)
		_, err = a.WriteTo(make([]byte, 65507), peer.LocalAddr())
		require.NoError(t, err)
		n, _, err := peer.ReadFrom(make([]byte, 1<<16))
		require.NoError(t, err)
		require.Equal(t, 65507, n)
	},
	"no address": func(t *testing.T, s stack, a, peer net.PacketConn, dialled net.Conn) {
		_, err := a.WriteTo([]byte("x"), nil)
		var shape *net.OpError
		require.ErrorAs(t, err, &shape)
		require.Equal(t, "write", shape.Op)
	},
	"a deadline ends a read": func(t *testing.T, s stack, a, peer net.PacketConn, dialled net.Conn) {
		require.NoError(t, a.SetReadDeadline(time.Now().Add(5*ms)))
		_, _, err := a.ReadFrom(buffer)
		requireOpError(t, err, "read", os.ErrDeadlineExceeded)
		require.NoError(t, a.SetReadDeadline(time.Time{}))
		_, err = peer.WriteTo([]byte("late"), a.LocalAddr())
		require.NoError(t, err)
		n, _, err := a.ReadFrom(buffer)
		require.NoError(t, err)
		require.Equal(t, "late", string(buffer[:n]))
	},
	"a deadline that is over ends a write": func(t *testing.T, s stack, a, peer net.PacketConn, dialled net.Conn) {
		require.NoError(t, a.SetWriteDeadline(time.Now().Add(-ms)))
		_, err := a.WriteTo([]byte("x"), peer.LocalAddr())
		requireOpError(t, err, "write", os.ErrDeadlineExceeded)
	},
	"after close": func(t *testing.T, s stack, a, peer net.PacketConn, dialled net.Conn) {
		require.NoError(t, a.Close())
		_, _, err := a.ReadFrom(buffer)
		requireOpError(t, err, "read", net.ErrClosed)
		_, err = a.WriteTo([]byte("x"), peer.LocalAddr())
		requireOpError(t, err, "write", net.ErrClosed)
		requireOpError(t, a.Close(), "close", net.ErrClosed)
		requireOpError(t, a.SetDeadline(time.Now()), "set", net.ErrClosed)
	},
	"close while reading": func(t *testing.T, s stack, a, peer net.PacketConn, dialled net.Conn) {
		failed := make(chan error)
		go func() { _, _, err := a.ReadFrom(make([]byte, 1)); failed <- err }()
		require.NoError(t, a.Close())
		requireOpError(t, <-failed, "read", net.ErrClosed)
	},
}

func TestDatagramsBehaveAsUDP(t *testing.T) {
	for name, program := range packetPrograms {
		t.Run(name, func(t *testing.T) {
			onEveryStack(t, func(t *testing.T, s stack) {
				a, peer := s.ListenPacket(t), s.ListenPacket(t)
				dialled, err := s.Dial(t.Context(), "udp", a.LocalAddr().String())
				require.NoError(t, err)
				t.Cleanup(func() { _ = dialled.Close() })
				program(t, s, a, peer, dialled)
			})
		})
	}
}
