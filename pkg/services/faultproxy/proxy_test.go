package faultproxy_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"scalelab/pkg/services/faultproxy"
	"scalelab/pkg/services/faults"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo answers every line with the same line, and counts the lines that reached it.
type echo struct {
	listener net.Listener
	mu       sync.Mutex
	lines    []string
	conns    sync.WaitGroup
}

func startEcho(t *testing.T) *echo {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	e := &echo{listener: listener}
	e.conns.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			e.conns.Go(func() { e.serve(conn) })
		}
	})
	t.Cleanup(func() {
		require.NoError(t, listener.Close())
		e.conns.Wait()
	})
	return e
}

func (e *echo) serve(conn net.Conn) {
	defer conn.Close()
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		e.mu.Lock()
		e.lines = append(e.lines, lines.Text())
		e.mu.Unlock()
		if _, err := io.WriteString(conn, lines.Text()+"\n"); err != nil {
			return
		}
	}
}

func (e *echo) heard(line string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range e.lines {
		if l == line {
			return true
		}
	}
	return false
}

func startProxy(t *testing.T, e *echo) *faultproxy.Proxy {
	t.Helper()
	p, err := faultproxy.Start(e.listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

func dial(t *testing.T, p *faultproxy.Proxy) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", p.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return conn
}

func say(t *testing.T, conn net.Conn, line string) {
	t.Helper()
	_, err := io.WriteString(conn, line+"\n")
	require.NoError(t, err)
}

func hear(t *testing.T, conn net.Conn, line string) {
	t.Helper()
	got := make([]byte, len(line)+1)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(20*time.Second)))
	_, err := io.ReadFull(conn, got)
	require.NoError(t, err)
	require.Equal(t, line+"\n", string(got))
}

func hearNothing(t *testing.T, conn net.Conn) {
	t.Helper()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(30*time.Millisecond)))
	_, err := conn.Read(make([]byte, 1))
	var timeout net.Error
	require.ErrorAs(t, err, &timeout)
	require.True(t, timeout.Timeout(), "%v", err)
}

// ends proves that the other end closed.
func ends(t *testing.T, conn net.Conn) {
	t.Helper()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(20*time.Second)))
	_, err := io.Copy(io.Discard, conn)
	if err == nil { // io.EOF
		return
	}
	require.ErrorContains(t, err, "reset")
}

func TestStallHoldsBothWaysAndLosesNothing(t *testing.T) {
	e := startEcho(t)
	p := startProxy(t, e)
	conn := dial(t, p)
	say(t, conn, "before")
	hear(t, conn, "before")
	require.NoError(t, p.Stall(t.Context()))
	say(t, conn, "held")
	hearNothing(t, conn)
	require.False(t, e.heard("held"))
	late := dial(t, p) // accepted, and held too
	say(t, late, "late")
	hearNothing(t, late)
	require.NoError(t, p.Heal(t.Context()))
	hear(t, conn, "held")
	hear(t, late, "late")
}

func TestMuteHoldsAnswersOnly(t *testing.T) {
	e := startEcho(t)
	p := startProxy(t, e)
	conn := dial(t, p)
	require.NoError(t, p.Mute(t.Context()))
	say(t, conn, "unanswered")
	require.Eventually(t, func() bool { return e.heard("unanswered") }, 20*time.Second, time.Millisecond)
	hearNothing(t, conn)
	require.NoError(t, p.Heal(t.Context()))
	hear(t, conn, "unanswered")
}

func TestCutEndsConnectionsAndGoesOnListening(t *testing.T) {
	p := startProxy(t, startEcho(t))
	old := dial(t, p)
	say(t, old, "old")
	hear(t, old, "old")

	stop := make(chan struct{})
	var dialling sync.WaitGroup
	dialling.Go(func() { // a client that reconnects at once is never refused
		for {
			select {
			case <-stop:
				return
			default:
			}
			conn, err := net.Dial("tcp", p.Addr())
			if err != nil {
				t.Errorf("dial while cutting: %v", err)
				return
			}
			conn.Close()
		}
	})
	for range 20 {
		require.NoError(t, p.Cut(t.Context()))
	}
	close(stop)
	dialling.Wait()
	ends(t, old)
	next := dial(t, p)
	say(t, next, "next")
	hear(t, next, "next")
}

func TestCutLosesWhatAStallHeld(t *testing.T) {
	e := startEcho(t)
	p := startProxy(t, e)
	conn := dial(t, p)
	say(t, conn, "before")
	hear(t, conn, "before")
	require.NoError(t, p.Stall(t.Context()))
	say(t, conn, "lost")
	require.NoError(t, p.Cut(t.Context()))
	ends(t, conn)
	require.NoError(t, p.Heal(t.Context()))
	after := dial(t, p)
	say(t, after, "after")
	hear(t, after, "after")
	require.False(t, e.heard("lost"))
}

func TestCutEndsAConnectionWhoseClientDoesNotRead(t *testing.T) {
	e := startEcho(t)
	p := startProxy(t, e)
	conn := dial(t, p)
	line := strings.Repeat("x", 60_000) + "\n"
	require.NoError(t, conn.SetWriteDeadline(time.Now().Add(500*time.Millisecond)))
	for { // until the echo cannot get rid of its answers and no longer reads
		if _, err := io.WriteString(conn, line); err != nil {
			break
		}
	}
	require.NoError(t, p.Cut(t.Context()))
	ends(t, conn)
	next := dial(t, p)
	say(t, next, "next")
	hear(t, next, "next")
}

func TestDownRefusesUntilHealed(t *testing.T) {
	p := startProxy(t, startEcho(t))
	conn := dial(t, p)
	say(t, conn, "before")
	hear(t, conn, "before")
	for range 3 {
		require.NoError(t, p.Down(t.Context()))
		ends(t, conn)
		_, err := net.Dial("tcp", p.Addr())
		require.ErrorContains(t, err, "refused")
		require.NoError(t, p.Heal(t.Context()))
		conn = dial(t, p)
		say(t, conn, "after")
		hear(t, conn, "after")
	}
}

func TestRetargetKeepsTheAddress(t *testing.T) {
	one, two := startEcho(t), startEcho(t)
	p := startProxy(t, one)
	conn := dial(t, p)
	say(t, conn, "one")
	hear(t, conn, "one")
	require.NoError(t, p.Retarget(t.Context(), two.listener.Addr().String()))
	ends(t, conn)
	conn = dial(t, p)
	say(t, conn, "two")
	hear(t, conn, "two")
	require.True(t, two.heard("two"))
}

func TestCloseWhileStalledLeavesNothing(t *testing.T) {
	p, err := faultproxy.Start(startEcho(t).listener.Addr().String())
	require.NoError(t, err)
	for range 10 {
		say(t, dial(t, p), "hello")
	}
	require.NoError(t, p.Stall(t.Context()))
	for range 10 {
		say(t, dial(t, p), "hello")
	}
	require.NoError(t, p.Close())
	require.NoError(t, p.Close(), "twice is once")
}

// crashing is a server that another process would be: it comes and goes.
type crashing struct{ fail error }

func (c crashing) Restart(context.Context) error { return c.fail }
func (c crashing) Kill(context.Context) error    { return c.fail }
func (c crashing) Start(context.Context) error   { return c.fail }

func TestADeadServerRefusesAlsoWhenTheWayIsHealed(t *testing.T) {
	p := startProxy(t, startEcho(t))
	f := faultproxy.Of(p, crashing{})
	require.NoError(t, f.Kill(t.Context()))
	require.NoError(t, f.Heal(t.Context()))
	_, err := net.Dial("tcp", p.Addr())
	require.ErrorContains(t, err, "refused")
	require.NoError(t, f.Down(t.Context()))
	require.NoError(t, f.Start(t.Context()))
	_, err = net.Dial("tcp", p.Addr())
	require.ErrorContains(t, err, "refused", "it is still down")
	require.NoError(t, f.Heal(t.Context()))
	dial(t, p)

	broken := errors.New("broken")
	require.ErrorIs(t, faultproxy.Of(p, crashing{broken}).Restart(t.Context()), broken)
	require.ErrorIs(t, faultproxy.Of(p, nil).Kill(t.Context()), faults.ErrNotExclusive)
}
