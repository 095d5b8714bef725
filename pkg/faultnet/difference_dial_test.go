package faultnet_test

import (
	"context"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// dialPrograms are about how connections come about, on loopback TCP and on faultnet.
var dialPrograms = map[string]func(t *testing.T, s stack, l net.Listener){
	"a dial does not wait for Accept": func(t *testing.T, s stack, l net.Listener) {
		client, err := s.Dial(t.Context(), "tcp", l.Addr().String())
		require.NoError(t, err)
		write(t, client, "early")
		require.NoError(t, client.Close())
		server, err := l.Accept()
		require.NoError(t, err)
		got, err := io.ReadAll(server)
		require.NoError(t, err)
		require.Equal(t, "early", string(got))
		require.NoError(t, server.Close())
	},
	"accepted in the order of the dials": func(t *testing.T, s stack, l net.Listener) {
		for range 5 {
			client, err := s.Dial(t.Context(), "tcp", l.Addr().String())
			require.NoError(t, err)
			defer client.Close()
			server, err := l.Accept()
			require.NoError(t, err)
			defer server.Close()
			require.Equal(t, client.LocalAddr().String(), server.RemoteAddr().String())
		}
	},
	"nobody listens": func(t *testing.T, s stack, l net.Listener) {
		free := s.FreeAddress(t, "tcp")
		_, err := s.Dial(t.Context(), "tcp", free.String())
		shape := requireOpError(t, err, "dial", syscall.ECONNREFUSED)
		require.Equal(t, free.String(), shape.Addr.String())
		require.Equal(t, "tcp", shape.Net)
		require.Nil(t, shape.Source)
	},
	"nobody listens any more": func(t *testing.T, s stack, l net.Listener) {
		require.NoError(t, l.Close())
		_, err := s.Dial(t.Context(), "tcp", l.Addr().String())
		requireOpError(t, err, "dial", syscall.ECONNREFUSED)
		_, err = l.Accept()
		shape := requireOpError(t, err, "accept", net.ErrClosed)
		require.Equal(t, l.Addr().String(), shape.Addr.String())
		requireOpError(t, l.Close(), "close", net.ErrClosed)
	},
	"close while accepting": func(t *testing.T, s stack, l net.Listener) {
		failed := make(chan error)
		go func() { _, err := l.Accept(); failed <- err }()
		require.NoError(t, l.Close())
		requireOpError(t, <-failed, "accept", net.ErrClosed)
	},
	"a deadline ends Accept": func(t *testing.T, s stack, l net.Listener) {
		require.NoError(t, l.(interface{ SetDeadline(time.Time) error }).SetDeadline(time.Now().Add(5*ms)))
		_, err := l.Accept()
		requireOpError(t, err, "accept", os.ErrDeadlineExceeded)
	},
	"connections that nobody accepted are reset": func(t *testing.T, s stack, l net.Listener) {
		client, err := s.Dial(t.Context(), "tcp", l.Addr().String())
		require.NoError(t, err)
		defer client.Close()
		require.NoError(t, l.Close())
		_, err = client.Read(buffer)
		requireOpError(t, err, "read", syscall.ECONNRESET)
	},
	"a closed listener leaves its connections alone": func(t *testing.T, s stack, l net.Listener) {
		client, err := s.Dial(t.Context(), "tcp", l.Addr().String())
		require.NoError(t, err)
		server, err := l.Accept()
		require.NoError(t, err)
		require.NoError(t, l.Close())
		write(t, client, "still here")
		require.NoError(t, client.Close())
		got, err := io.ReadAll(server)
		require.NoError(t, err)
		require.Equal(t, "still here", string(got))
		require.NoError(t, server.Close())
	},
	"a cancelled dial": func(t *testing.T, s stack, l net.Listener) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := s.Dial(ctx, "tcp", l.Addr().String())
		shape := requireOpError(t, err, "dial", context.Canceled)
		require.EqualError(t, shape.Err, "operation was canceled")
	},
	"a dial whose time is over": func(t *testing.T, s stack, l net.Listener) {
		ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-ms))
		defer cancel()
		_, err := s.Dial(ctx, "tcp", l.Addr().String())
		shape := requireOpError(t, err, "dial", context.DeadlineExceeded)
		require.EqualError(t, shape.Err, "i/o timeout")
	},
	"an unknown network": func(t *testing.T, s stack, l net.Listener) {
		_, err := s.Dial(t.Context(), "carrier pigeon", l.Addr().String())
		var unknown net.UnknownNetworkError
		require.ErrorAs(t, err, &unknown)
		var shape *net.OpError
		require.ErrorAs(t, err, &shape)
		require.Equal(t, "dial", shape.Op)
	},
	"an address without a port": func(t *testing.T, s stack, l net.Listener) {
		_, err := s.Dial(t.Context(), "tcp", "127.0.0.1")
		var wrong *net.AddrError
		require.ErrorAs(t, err, &wrong)
	},
}

func TestDialsBehaveAsTCP(t *testing.T) {
	for name, program := range dialPrograms {
		t.Run(name, func(t *testing.T) {
			onEveryStack(t, func(t *testing.T, s stack) { program(t, s, s.Listen(t)) })
		})
	}
}
