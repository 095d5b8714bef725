package faultnet_test

import (
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"scalelab/pkg/faultnet"
)

// inBothTimes runs a test in a bubble and in real time, and looks for goroutines that are left.
func inBothTimes(t *testing.T, body func(t *testing.T, m memory)) {
	faults := faultnet.Faults{Latency: faultnet.Uniform(0, 3*ms)}
	t.Run("bubble", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := newMemory(1, faults)
			body(t, m)
			m.net.Close()
			time.Sleep(time.Second) // so that net/http's server has lingered
		})
	})
	t.Run("real time", func(t *testing.T) {
		lingers := goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait") // half a second after some answers
		defer goleak.VerifyNone(t, goleak.IgnoreCurrent(), lingers)
		m := newMemory(1, faults)
		body(t, m)
		m.net.Close()
	})
}

// serve runs an HTTP server on the server's port 80 and returns a client on the other host.
func (s memory) serve(t *testing.T, handler http.Handler) (client *http.Client, stop func()) {
	t.Helper()
	l, err := s.server.Listen("tcp", ":80")
	require.NoError(t, err)
	server, done := &http.Server{Handler: handler}, make(chan error)
	go func() { done <- server.Serve(l) }()
	transport := &http.Transport{DialContext: s.client.Dial}
	return &http.Client{Transport: transport}, func() {
		transport.CloseIdleConnections()
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-done, http.ErrServerClosed)
	}
}

func TestHTTP(t *testing.T) {
	inBothTimes(t, func(t *testing.T, m memory) {
		mux := http.NewServeMux()
		mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
		mux.HandleFunc("GET /slow", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		client, stop := m.serve(t, mux)
		defer stop()

		large := strings.Repeat("0123456789", 50_000)
		for _, body := range []string{"", "small", large} {
			response, err := client.Post("http://server/echo", "text/plain", strings.NewReader(body))
			require.NoError(t, err)
			got, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			require.Equal(t, body, string(got))
		}

		var group sync.WaitGroup
		for i := range 20 {
			group.Go(func() {
				want := fmt.Sprint("request ", i)
				response, err := client.Post("http://server/echo", "text/plain", strings.NewReader(want))
				require.NoError(t, err)
				defer response.Body.Close()
				got, err := io.ReadAll(response.Body)
				require.NoError(t, err)
				require.Equal(t, want, string(got))
			})
		}
		group.Wait()

		ctx, cancel := context.WithTimeout(t.Context(), 20*ms)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, "GET", "http://server/slow", nil)
		require.NoError(t, err)
		_, err = client.Do(request)
		require.ErrorIs(t, err, context.DeadlineExceeded)

		_, err = client.Get("http://server:81/")
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		_, err = client.Get("http://nowhere/")
		var unknown *net.DNSError
		require.ErrorAs(t, err, &unknown)
	})
}

// A replica that dies and comes back: what a health check sees.
func TestHTTPServerIsKilledAndComesBack(t *testing.T) {
	inBothTimes(t, func(t *testing.T, m memory) {
		health := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "well") })
		client, stop := m.serve(t, health)
		check := func() error {
			response, err := client.Get("http://server/health")
			if err != nil {
				return err
			}
			defer response.Body.Close()
			_, err = io.ReadAll(response.Body)
			return err
		}
		require.NoError(t, check())
		client.CloseIdleConnections()
		stop()
		m.server.Kill()
		require.ErrorIs(t, check(), syscall.ECONNREFUSED)
		client, stop = m.serve(t, health)
		require.NoError(t, check())
		client.CloseIdleConnections()
		stop()
	})
}

func TestGobAndJSONStreams(t *testing.T) {
	type transfer struct {
		From, To string
		Amount   int64
	}
	type codec struct {
		encode func(w io.Writer) func(any) error
		decode func(r io.Reader) func(any) error
	}
	for name, c := range map[string]codec{
		"gob": {
			func(w io.Writer) func(any) error { return gob.NewEncoder(w).Encode },
			func(r io.Reader) func(any) error { return gob.NewDecoder(r).Decode },
		},
		"json": {
			func(w io.Writer) func(any) error { return json.NewEncoder(w).Encode },
			func(r io.Reader) func(any) error { return json.NewDecoder(r).Decode },
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBothTimes(t, func(t *testing.T, m memory) {
				client, server := m.pair(t)
				done := make(chan error, 1)
				go func() {
					decode, encode := c.decode(server), c.encode(server)
					for {
						var got transfer
						if err := decode(&got); err != nil {
							done <- errors.Join(server.Close(), ignoreEOF(err))
							return
						}
						got.Amount++
						_ = encode(got)
					}
				}()
				encode, decode := c.encode(client), c.decode(client)
				for i := range int64(50) {
					require.NoError(t, encode(transfer{"alice", "bob", i}))
					var got transfer
					require.NoError(t, decode(&got))
					require.Equal(t, transfer{"alice", "bob", i + 1}, got)
				}
				require.NoError(t, client.Close())
				require.NoError(t, <-done)
			})
		})
	}
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// A network without sockets leaves nothing behind, even with messages under way and alarms set.
func TestNothingIsLeftAfterClose(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	m := newMemory(1, faultnet.Faults{Latency: faultnet.Fixed(time.Hour)})
	client, server := m.packets(t)
	send(t, client, server.LocalAddr(), "never there")
	ctx, cancel := context.WithTimeout(t.Context(), ms)
	defer cancel()
	_, err := m.client.Dial(ctx, "tcp", "server:80")
	require.Error(t, err)
	read := make(chan error)
	go func() { _, _, err := server.ReadFrom(buffer); read <- err }()
	m.net.Close()
	require.ErrorIs(t, <-read, net.ErrClosed)
}
