package faultnet_test

import (
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/faultnet"
)

// bubble runs a test in virtual time on a network with a server and a client.
func bubble(t *testing.T, body func(t *testing.T, m memory), options ...faultnet.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(1, faultnet.Faults{}, options...)
		body(t, m)
		m.net.Close()
	})
}

// pair are the two ends of a connection from the client to the server.
func (s memory) pair(t *testing.T) (client, server net.Conn) {
	t.Helper()
	client, server = connect(t, s)
	return client, server
}

// link is the one between client and server.
func (s memory) link() *faultnet.Link { return s.net.Link("client", "server") }

func (s memory) forth() *faultnet.Link { return s.net.Way("client", "server") }

func (s memory) back() *faultnet.Link { return s.net.Way("server", "client") }

// packets opens a socket on each side.
func (s memory) packets(t *testing.T) (client, server net.PacketConn) {
	t.Helper()
	client, err := s.client.ListenPacket("udp", ":5000")
	require.NoError(t, err)
	server, err = s.server.ListenPacket("udp", ":53")
	require.NoError(t, err)
	return client, server
}

// requireText reads exactly the text, and returns how long that took.
func requireText(t *testing.T, c net.Conn, text string) time.Duration {
	t.Helper()
	start, got := time.Now(), make([]byte, len(text))
	for n := 0; n < len(got); {
		k, err := c.Read(got[n:])
		require.NoError(t, err)
		n += k
	}
	require.Equal(t, text, string(got))
	return since(start)
}

// requireSilence demands that nothing can be read for a while.
func requireSilence(t *testing.T, c net.Conn) {
	t.Helper()
	require.NoError(t, c.SetReadDeadline(time.Now().Add(time.Minute)))
	_, err := c.Read(make([]byte, 1))
	var timeout net.Error
	require.ErrorAs(t, err, &timeout)
	require.True(t, timeout.Timeout(), "got %v", err)
	require.NoError(t, c.SetReadDeadline(time.Time{}))
}

// send sends a datagram for each text.
func send(t *testing.T, from net.PacketConn, to net.Addr, texts ...string) {
	t.Helper()
	for _, text := range texts {
		_, err := from.WriteTo([]byte(text), to)
		require.NoError(t, err)
	}
}

// received is all that arrives until nothing has come for a minute.
func received(t *testing.T, p net.PacketConn) []string {
	t.Helper()
	var all []string
	for {
		require.NoError(t, p.SetReadDeadline(time.Now().Add(time.Minute)))
		data := make([]byte, 1<<16)
		n, _, err := p.ReadFrom(data)
		if err != nil {
			return all
		}
		all = append(all, string(data[:n]))
	}
}

// since leaves out the nanoseconds that messages take on a link without latency.
func since(start time.Time) time.Duration { return time.Since(start).Round(time.Microsecond) }

// requireEOF demands the end of the stream.
func requireEOF(t *testing.T, c net.Conn) {
	t.Helper()
	_, err := c.Read(make([]byte, 1))
	require.Equal(t, io.EOF, err)
}
