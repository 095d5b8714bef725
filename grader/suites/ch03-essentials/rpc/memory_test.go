package rpc_test

import (
	"context"
	"net"
	"runtime"
	"sync"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch03-essentials/rpc"
	"scalelab/pkg/check"
)

// cancelledCallsAreForgotten makes many calls to which no reply comes, each of which is cancelled, and counts the objects that the
// garbage collector cannot take away.
func cancelledCallsAreForgotten(t *check.T) {
	t.Helper()
	conn := &silence{closed: make(chan struct{})}
	client, err := rpc.Dial(t.Context(), func(context.Context) (net.Conn, error) { return conn, nil })
	require.NoError(t, err, "Dial, if the dialer returns a connection")
	defer func() {
		client.Close()
		synctest.Wait()
	}()
	cancelled := func(calls int) uint64 {
		for range calls {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Millisecond, cancel)
			require.ErrorIs(t, client.Call(ctx, "ask", "anything", nil), context.Canceled, "a call that was cancelled")
		}
		synctest.Wait()
		return liveObjects()
	}
	const calls = 1000
	before := cancelled(calls)
	after := cancelled(calls)
	require.True(t, after < before+calls/2, "a call that has returned leaves nothing behind, also if its reply never comes; the client still keeps something of each of %d cancelled calls", calls)
}

func liveObjects() uint64 {
	var stats runtime.MemStats
	for range 2 {
		runtime.GC()
	}
	runtime.ReadMemStats(&stats)
	return stats.HeapObjects
}

// silence is a connection that takes everything and brings nothing.
type silence struct {
	once   sync.Once
	closed chan struct{}
}

func (c *silence) Write(p []byte) (int, error) { return len(p), nil }

func (c *silence) Read([]byte) (int, error) {
	<-c.closed
	return 0, net.ErrClosed
}

func (c *silence) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

func (c *silence) LocalAddr() net.Addr              { return nil }
func (c *silence) RemoteAddr() net.Addr             { return nil }
func (c *silence) SetDeadline(time.Time) error      { return nil }
func (c *silence) SetReadDeadline(time.Time) error  { return nil }
func (c *silence) SetWriteDeadline(time.Time) error { return nil }
