package faultnet_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/faultnet"
)

// transcript is a log as text.
func transcript(n *faultnet.Network) string {
	var out strings.Builder
	for _, e := range n.Events() {
		fmt.Fprintln(&out, e)
	}
	return out.String()
}

// ringOfHosts is a run in which many goroutines send, dial, note and answer at the same instants, while links and hosts fail.
func ringOfHosts(t *testing.T, seed uint64) string {
	t.Helper()
	var got string
	synctest.Test(t, func(t *testing.T) {
		n := faultnet.New(seed)
		n.Default(faultnet.Faults{
			Latency: faultnet.Uniform(ms, 20*ms), Loss: 0.2, Duplicate: 0.1, Reorder: 0.1, Corrupt: 0.1, Bandwidth: 1 << 20,
		})
		names := []string{"a", "b", "c", "d", "e"}
		for _, name := range names {
			n.Host(name)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var group sync.WaitGroup
		for i, name := range names {
			h, next := n.Host(name), names[(i+1)%len(names)]
			echoStreams(t, h, &group)
			echoPackets(t, h, &group)
			group.Go(func() { talkStream(ctx, h, next) })
			group.Go(func() { talkPackets(t, h, next) })
		}
		time.Sleep(200*ms + time.Microsecond)
		n.Partition([]string{"a", "b"}, []string{"c"})
		time.Sleep(100 * ms)
		n.Heal()
		n.Host("d").Crash()
		time.Sleep(100 * ms)
		n.Host("d").Restart()
		n.Host("e").Kill()
		time.Sleep(2 * time.Second)
		n.Close()
		group.Wait()
		got = transcript(n) + n.Diagram(faultnet.View{Times: true}).Text()
	})
	return got
}

func echoStreams(t *testing.T, h *faultnet.Host, group *sync.WaitGroup) {
	t.Helper()
	l, err := h.Listen("tcp", ":80")
	require.NoError(t, err)
	group.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			group.Go(func() { _, _ = io.Copy(c, c); _ = c.Close() })
		}
	})
}

func echoPackets(t *testing.T, h *faultnet.Host, group *sync.WaitGroup) {
	t.Helper()
	p, err := h.ListenPacket("udp", ":7")
	require.NoError(t, err)
	group.Go(func() {
		data := make([]byte, 100)
		for {
			k, from, err := p.ReadFrom(data)
			if err != nil {
				return
			}
			h.Note("echo " + string(data[:k]))
			_, _ = p.WriteTo(data[:k], from)
		}
	})
}

func talkStream(ctx context.Context, h *faultnet.Host, next string) {
	c, err := h.Dial(ctx, "tcp", next+":80")
	if err != nil {
		h.Note(err.Error())
		return
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Second))
	for i := range 10 {
		fmt.Fprintf(c, "%s %d", h.Name(), i)
		if _, err := c.Read(make([]byte, 100)); err != nil {
			h.Note(err.Error())
			return
		}
		time.Sleep(10 * ms)
	}
}

func talkPackets(t *testing.T, h *faultnet.Host, next string) {
	p, err := h.ListenPacket("udp", ":0")
	require.NoError(t, err)
	defer p.Close()
	for i := range 12 {
		_, _ = p.WriteTo(fmt.Appendf(nil, "%s %d", h.Name(), i), faultnet.Addr{Host: next, Port: 7})
		_ = p.SetReadDeadline(time.Now().Add(15 * ms))
		if _, _, err := p.ReadFrom(make([]byte, 100)); err != nil {
			h.Note(fmt.Sprint("no answer to ", i))
		}
	}
}

// crowd is a run in which many goroutines send through one socket at the same instant.
func crowd(t *testing.T, seed uint64) string {
	t.Helper()
	var got string
	synctest.Test(t, func(t *testing.T) {
		n := faultnet.New(seed, faultnet.ByPayload())
		n.Default(faultnet.Faults{Latency: faultnet.Uniform(ms, 20*ms), Loss: 0.3, Duplicate: 0.2, Reorder: 0.2, Corrupt: 0.2})
		m := memory{n, n.Host("server"), n.Host("client")}
		client, server := m.packets(t)
		var group sync.WaitGroup
		for i := range 20 {
			group.Go(func() {
				for try := range 3 {
					m.client.Note(fmt.Sprintf("goroutine %d, try %d", i, try))
					send(t, client, server.LocalAddr(), fmt.Sprint("message ", i))
					time.Sleep(10 * ms)
				}
			})
		}
		got = fmt.Sprintf("%q\n", received(t, server))
		group.Wait()
		got += transcript(n) + n.Diagram(faultnet.View{}).Text()
		n.Close()
	})
	return got
}

// instant is a run on links without latency: a request, its answer and what follows are all at one instant.
func instant(t *testing.T, seed uint64) string {
	t.Helper()
	var got string
	synctest.Test(t, func(t *testing.T) {
		n := faultnet.New(seed)
		var group sync.WaitGroup
		echoStreams(t, n.Host("server"), &group)
		var clients sync.WaitGroup
		for i := range 10 {
			h := n.Host(fmt.Sprint("client", i))
			clients.Go(func() { talkStream(t.Context(), h, "server") })
		}
		clients.Wait()
		n.Close()
		group.Wait()
		got = transcript(n)
	})
	return got
}

func TestTheSameSeedGivesTheSameRun(t *testing.T) {
	for name, run := range map[string]func(*testing.T, uint64) string{"ring": ringOfHosts, "crowd": crowd, "instant": instant} {
		t.Run(name, func(t *testing.T) {
			want := run(t, 7)
			require.Greater(t, strings.Count(want, "\n"), 100)
			for _, procs := range []int{1, 2, 4} {
				before := runtime.GOMAXPROCS(procs)
				for range runs {
					require.Equal(t, want, run(t, 7), "GOMAXPROCS %d", procs)
				}
				runtime.GOMAXPROCS(before)
			}
			if name != "instant" {
				require.NotEqual(t, want, run(t, 8), "another seed, another run")
			}
		})
	}
}

const runs = 12

// A message's fate does not depend on what else is sent: with another flow beside it, the first goes as before.
func TestFlowsDoNotDisturbEachOther(t *testing.T) {
	arrivals := func(others int) (all []string) {
		bubble(t, func(t *testing.T, m memory) {
			m.forth().Set(faultnet.Faults{Latency: faultnet.Uniform(ms, 50*ms), Loss: 0.3, Duplicate: 0.3})
			client, server := m.packets(t)
			for i := range others {
				p, err := m.client.ListenPacket("udp", fmt.Sprint(":", 6000+i))
				require.NoError(t, err)
				for range 50 {
					send(t, p, server.LocalAddr(), "noise")
				}
			}
			var data [100]byte
			send(t, client, server.LocalAddr(), numbered(50)...)
			start := time.Now()
			require.NoError(t, server.SetReadDeadline(start.Add(time.Second)))
			for {
				k, from, err := server.ReadFrom(data[:])
				if err != nil {
					break
				}
				if from.String() == client.LocalAddr().String() {
					all = append(all, time.Since(start).String()+" "+string(data[:k]))
				}
			}
		})
		return all
	}
	alone := arrivals(0)
	require.NotEmpty(t, alone)
	require.Equal(t, alone, arrivals(5))
}
