package faultnet_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// requireOpError demands the shape and the cause that package net promises.
func requireOpError(t *testing.T, err error, op string, cause error) *net.OpError {
	t.Helper()
	require.ErrorIs(t, err, cause)
	var shape *net.OpError
	require.ErrorAs(t, err, &shape)
	require.Equal(t, op, shape.Op)
	var timeout net.Error
	require.ErrorAs(t, err, &timeout)
	require.Equal(t, errors.Is(cause, os.ErrDeadlineExceeded) || errors.Is(cause, context.DeadlineExceeded), timeout.Timeout())
	return shape
}

type halfCloser interface{ CloseWrite() error }
type halfReader interface{ CloseRead() error }
type lingerer interface{ SetLinger(seconds int) error }

var buffer = make([]byte, 100)

// streamPrograms are run on loopback TCP and on faultnet; each says what both must do.
var streamPrograms = map[string]func(t *testing.T, s stack, client, server net.Conn){
	"what is written is read": func(t *testing.T, s stack, client, server net.Conn) {
		write(t, client, "ping")
		got := make([]byte, 4)
		_, err := io.ReadFull(server, got)
		require.NoError(t, err)
		require.Equal(t, "ping", string(got))
		write(t, server, "pong")
		_, err = io.ReadFull(client, got)
		require.NoError(t, err)
		require.Equal(t, "pong", string(got))
	},
	"addresses": func(t *testing.T, s stack, client, server net.Conn) {
		require.Equal(t, client.LocalAddr().String(), server.RemoteAddr().String())
		require.Equal(t, client.RemoteAddr().String(), server.LocalAddr().String())
		require.Equal(t, "tcp", client.LocalAddr().Network())
	},
	"a closed stream is read to its end": func(t *testing.T, s stack, client, server net.Conn) {
		write(t, client, "last words")
		require.NoError(t, client.Close())
		got, err := io.ReadAll(server)
		require.NoError(t, err)
		require.Equal(t, "last words", string(got))
		_, err = server.Read(buffer)
		require.Equal(t, io.EOF, err, "io.EOF again, and not wrapped")
	},
	"half-close": func(t *testing.T, s stack, client, server net.Conn) {
		write(t, client, "question")
		require.NoError(t, client.(halfCloser).CloseWrite())
		got, err := io.ReadAll(server)
		require.NoError(t, err)
		require.Equal(t, "question", string(got))
		write(t, server, "answer")
		require.NoError(t, server.Close())
		got, err = io.ReadAll(client)
		require.NoError(t, err)
		require.Equal(t, "answer", string(got))
		_, err = client.Write([]byte("more"))
		requireOpError(t, err, "write", syscall.EPIPE)
	},
	"CloseRead": func(t *testing.T, s stack, client, server net.Conn) {
		require.NoError(t, client.(halfReader).CloseRead())
		_, err := client.Read(buffer)
		require.Equal(t, io.EOF, err)
		write(t, client, "still writing")
		n, err := server.Read(buffer)
		require.NoError(t, err)
		require.Equal(t, "still writing", string(buffer[:n]))
	},
	"read after close": func(t *testing.T, s stack, client, server net.Conn) {
		require.NoError(t, client.Close())
		_, err := client.Read(buffer)
		shape := requireOpError(t, err, "read", net.ErrClosed)
		require.Equal(t, client.LocalAddr().String(), shape.Source.String())
		require.Equal(t, client.RemoteAddr().String(), shape.Addr.String())
		_, err = client.Read(nil)
		requireOpError(t, err, "read", net.ErrClosed)
	},
	"write after close": func(t *testing.T, s stack, client, server net.Conn) {
		require.NoError(t, client.Close())
		_, err := client.Write([]byte("x"))
		requireOpError(t, err, "write", net.ErrClosed)
	},
	"close after close": func(t *testing.T, s stack, client, server net.Conn) {
		require.NoError(t, client.Close())
		requireOpError(t, client.Close(), "close", net.ErrClosed)
		requireOpError(t, client.(halfCloser).CloseWrite(), "close", net.ErrClosed)
	},
	"deadline after close": func(t *testing.T, s stack, client, server net.Conn) {
		require.NoError(t, client.Close())
		requireOpError(t, client.SetDeadline(time.Now()), "set", net.ErrClosed)
	},
	"close while reading": func(t *testing.T, s stack, client, server net.Conn) {
		failed := make(chan error)
		go func() { _, err := client.Read(buffer[:1]); failed <- err }()
		require.NoError(t, client.Close())
		requireOpError(t, <-failed, "read", net.ErrClosed)
	},
	"a deadline ends a read": func(t *testing.T, s stack, client, server net.Conn) {
		require.NoError(t, client.SetReadDeadline(time.Now().Add(5*ms)))
		_, err := client.Read(buffer)
		requireOpError(t, err, "read", os.ErrDeadlineExceeded)
		require.NoError(t, client.SetReadDeadline(time.Time{}))
		write(t, server, "late")
		n, err := client.Read(buffer)
		require.NoError(t, err)
		require.Equal(t, "late", string(buffer[:n]))
	},
	"a deadline that is over comes before data": func(t *testing.T, s stack, client, server net.Conn) {
		write(t, server, "ab")
		_, err := io.ReadFull(client, buffer[:1])
		require.NoError(t, err)
		require.NoError(t, client.SetReadDeadline(time.Now().Add(-ms)))
		_, err = client.Read(buffer)
		requireOpError(t, err, "read", os.ErrDeadlineExceeded)
		_, err = client.Read(nil)
		require.NoError(t, err, "nothing was asked for")
	},
	"a deadline set by another wakes the reader": func(t *testing.T, s stack, client, server net.Conn) {
		failed := make(chan error)
		go func() { _, err := client.Read(buffer[:1]); failed <- err }()
		require.NoError(t, client.SetDeadline(time.Now()))
		requireOpError(t, <-failed, "read", os.ErrDeadlineExceeded)
		_, err := client.Write([]byte("x"))
		requireOpError(t, err, "write", os.ErrDeadlineExceeded)
	},
	"a full window ends a write at its deadline": func(t *testing.T, s stack, client, server net.Conn) {
		much := make([]byte, 64<<20)
		require.NoError(t, client.SetWriteDeadline(time.Now().Add(50*ms)))
		n, err := client.Write(much)
		requireOpError(t, err, "write", os.ErrDeadlineExceeded)
		require.Less(t, n, len(much))
	},
	"a write waits for the reader": func(t *testing.T, s stack, client, server net.Conn) {
		const size = 8 << 20
		read := make(chan int64)
		go func() { n, _ := io.Copy(io.Discard, server); read <- n }()
		n, err := client.Write(make([]byte, size))
		require.NoError(t, err)
		require.Equal(t, size, n)
		require.NoError(t, client.Close())
		require.EqualValues(t, size, <-read)
	},
	"nothing to write": func(t *testing.T, s stack, client, server net.Conn) {
		n, err := client.Write(nil)
		require.NoError(t, err)
		require.Zero(t, n)
		n, err = client.Read(nil)
		require.NoError(t, err)
		require.Zero(t, n)
	},
	"a reset": func(t *testing.T, s stack, client, server net.Conn) {
		require.NoError(t, server.(lingerer).SetLinger(0))
		require.NoError(t, server.Close())
		_, err := client.Read(buffer)
		requireOpError(t, err, "read", syscall.ECONNRESET)
		_, err = client.Read(buffer)
		require.Equal(t, io.EOF, err, "the error is told once")
		_, err = client.Write([]byte("x"))
		requireOpError(t, err, "write", syscall.EPIPE)
	},
	"what came before a reset can be read": func(t *testing.T, s stack, client, server net.Conn) {
		write(t, server, "last words")
		require.NoError(t, server.(lingerer).SetLinger(0))
		require.NoError(t, server.Close())
		_, err := io.ReadFull(client, buffer[:10])
		require.NoError(t, err)
		_, err = client.Read(buffer)
		requireOpError(t, err, "read", syscall.ECONNRESET)
	},
	"a reset wakes the reader": func(t *testing.T, s stack, client, server net.Conn) {
		failed := make(chan error)
		go func() { _, err := client.Read(buffer[:1]); failed <- err }()
		require.NoError(t, server.(lingerer).SetLinger(0))
		require.NoError(t, server.Close())
		requireOpError(t, <-failed, "read", syscall.ECONNRESET)
	},
	"close with unread data resets": func(t *testing.T, s stack, client, server net.Conn) {
		write(t, client, "nobody reads this")
		_, err := io.ReadFull(server, buffer[:1])
		require.NoError(t, err)
		require.NoError(t, server.Close())
		_, err = client.Read(buffer)
		requireOpError(t, err, "read", syscall.ECONNRESET)
	},
	"write after the peer closed": func(t *testing.T, s stack, client, server net.Conn) {
		require.NoError(t, server.Close())
		_, err := client.Read(buffer)
		require.Equal(t, io.EOF, err)
		write(t, client, "the first write is accepted, and answered by a reset")
		for err = nil; err == nil; { // until the reset has come, or the window is full and waits for it
			_, err = client.Write(buffer)
		}
		requireOpError(t, err, "write", syscall.EPIPE)
		_, err = client.Read(buffer)
		require.Equal(t, io.EOF, err)
	},
}

func TestStreamsBehaveAsTCP(t *testing.T) {
	for name, program := range streamPrograms {
		t.Run(name, func(t *testing.T) {
			onEveryStack(t, func(t *testing.T, s stack) {
				client, server := connect(t, s)
				program(t, s, client, server)
			})
		})
	}
}
