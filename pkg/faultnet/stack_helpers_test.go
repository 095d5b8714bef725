package faultnet_test

import (
	"context"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/faultnet"
)

const ms = time.Millisecond

// stack is what a program needs of a network. The same programs run on loopback and on faultnet.
type stack interface {
	Listen(t *testing.T) net.Listener
	ListenPacket(t *testing.T) net.PacketConn
	Dial(ctx context.Context, network, address string) (net.Conn, error)
	FreeAddress(t *testing.T, network string) net.Addr // nobody listens there
}

type loopback struct{}

func (loopback) Listen(t *testing.T) net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func (loopback) ListenPacket(t *testing.T) net.PacketConn {
	p, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func (loopback) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, address)
}

// FreeAddress holds the port, so that no other program can take it, and does not listen.
func (s loopback) FreeAddress(t *testing.T, network string) net.Addr {
	if network == "udp" { // a dialled socket hears no strangers
		c, err := s.Dial(t.Context(), "udp", s.ListenPacket(t).LocalAddr().String())
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close() })
		return c.LocalAddr()
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Close(fd) })
	require.NoError(t, syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	bound, err := syscall.Getsockname(fd)
	require.NoError(t, err)
	return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: bound.(*syscall.SockaddrInet4).Port}
}

// memory is two hosts of a network: one listens, the other dials.
type memory struct {
	net            *faultnet.Network
	server, client *faultnet.Host
}

func newMemory(seed uint64, faults faultnet.Faults, options ...faultnet.Option) memory {
	n := faultnet.New(seed, options...)
	n.Default(faults)
	return memory{n, n.Host("server"), n.Host("client")}
}

func (s memory) Listen(t *testing.T) net.Listener {
	l, err := s.server.Listen("tcp", ":0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func (s memory) ListenPacket(t *testing.T) net.PacketConn {
	p, err := s.server.ListenPacket("udp", ":0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func (s memory) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return s.client.Dial(ctx, network, address)
}

func (s memory) FreeAddress(_ *testing.T, network string) net.Addr {
	return faultnet.Addr{Net: network, Host: "server", Port: 1}
}

// onEveryStack runs a program on loopback, on a perfect faultnet, on a slow one, and in a bubble.
func onEveryStack(t *testing.T, program func(t *testing.T, s stack)) {
	t.Run("loopback", func(t *testing.T) { program(t, loopback{}) })
	t.Run("faultnet", func(t *testing.T) { program(t, newMemory(1, faultnet.Faults{})) })
	t.Run("slow faultnet", func(t *testing.T) {
		program(t, newMemory(1, faultnet.Faults{Latency: faultnet.Uniform(0, 2*ms)}))
	})
	t.Run("bubble", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { program(t, newMemory(1, faultnet.Faults{})) })
	})
	t.Run("slow bubble", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			program(t, newMemory(1, faultnet.Faults{Latency: faultnet.Uniform(5*ms, 20*ms)}))
		})
	})
}

// connect returns the two ends of a connection.
func connect(t *testing.T, s stack) (client, server net.Conn) {
	t.Helper()
	l := s.Listen(t)
	client, err := s.Dial(t.Context(), "tcp", l.Addr().String())
	require.NoError(t, err)
	server, err = l.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close(); _ = server.Close() })
	return client, server
}

// write sends a text.
func write(t *testing.T, c net.Conn, text string) {
	t.Helper()
	n, err := c.Write([]byte(text))
	require.NoError(t, err)
	require.Equal(t, len(text), n)
}
