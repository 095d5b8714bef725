package memconn_test

import (
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/services/internal/memconn"
)

// connect returns a line with one connection on it, and both its ends.
func connect(t *testing.T) (line *memconn.Line, client, server net.Conn) {
	t.Helper()
	line = memconn.NewLine(func(conn net.Conn) { server = conn })
	client, err := line.Dial(t.Context())
	require.NoError(t, err)
	return line, client, server
}

func write(t *testing.T, to net.Conn, text string) {
	t.Helper()
	n, err := io.WriteString(to, text)
	require.NoError(t, err)
	require.Equal(t, len(text), n)
}

func read(t *testing.T, from net.Conn, text string) {
	t.Helper()
	got := make([]byte, len(text))
	_, err := io.ReadFull(from, got)
	require.NoError(t, err)
	require.Equal(t, text, string(got))
}

// Two ends that write at the same time would wait for ever on a net.Pipe.
func TestWritesDoNotWait(t *testing.T) {
	_, client, server := connect(t)
	write(t, client, "question")
	write(t, server, "answer")
	read(t, client, "answer")
	read(t, server, "question")
}

func TestCloseLetsTheOtherEndReadTheRest(t *testing.T) {
	_, client, server := connect(t)
	write(t, client, "last words")
	require.NoError(t, client.Close())
	read(t, server, "last words")
	_, err := server.Read(make([]byte, 1))
	require.Equal(t, io.EOF, err)
	_, err = client.Read(make([]byte, 1))
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = client.Write([]byte("x"))
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = server.Write([]byte("x"))
	require.ErrorIs(t, err, io.ErrClosedPipe)
}

func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, client, server := connect(t)
		began := time.Now()
		require.NoError(t, client.SetReadDeadline(began.Add(time.Minute)))
		_, err := client.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		var timeout net.Error
		require.ErrorAs(t, err, &timeout)
		require.True(t, timeout.Timeout())
		require.Equal(t, time.Minute, time.Since(began), "virtual time")

		require.NoError(t, client.SetDeadline(time.Now().Add(-1)))
		_, err = client.Write([]byte("x"))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.NoError(t, client.SetDeadline(time.Time{}))
		write(t, server, "again")
		read(t, client, "again")
	})
}

// A reader that waits is durably blocked: a bubble sees the deadlock instead of hanging.
func TestAWaitingReaderIsDurablyBlocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, client, server := connect(t)
		got := make(chan error, 1)
		go func() {
			_, err := server.Read(make([]byte, 1))
			got <- err
		}()
		synctest.Wait()
		require.Empty(t, got)
		require.NoError(t, client.Close())
		require.Equal(t, io.EOF, <-got)
	})
}

// A request whose client gave up arrives when the network is well again.
func TestStallHoldsWhatAClosedClientSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line, client, server := connect(t)
		require.NoError(t, line.Stall(t.Context()))
		write(t, client, "late")
		require.NoError(t, client.Close())
		got := make(chan string, 1)
		go func() {
			all, _ := io.ReadAll(server)
			got <- string(all)
		}()
		synctest.Wait()
		require.Empty(t, got)
		require.NoError(t, line.Heal(t.Context()))
		require.Equal(t, "late", <-got)
	})
}

func TestCutLosesWhatIsUnderWay(t *testing.T) {
	line, client, server := connect(t)
	write(t, client, "lost")
	require.NoError(t, line.Cut(t.Context()))
	write(t, client, "vanishes, as in a socket that has not heard yet")
	for _, end := range []net.Conn{client, server} {
		_, err := end.Read(make([]byte, 1))
		require.Equal(t, io.EOF, err)
	}
}
