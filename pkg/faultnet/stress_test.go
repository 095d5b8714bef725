package faultnet_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/faultnet"
)

// randomBytes are reproducible.
func randomBytes(seed uint64, n int) []byte {
	dice := rand.New(rand.NewPCG(seed, 0))
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(dice.Uint32())
	}
	return data
}

// pump writes data in pieces of random sizes and closes for writing.
func pump(c net.Conn, data []byte, seed uint64) error {
	dice := rand.New(rand.NewPCG(seed, 1))
	for len(data) > 0 {
		k := min(len(data), 1+dice.IntN(40_000))
		if _, err := c.Write(data[:k]); err != nil {
			return err
		}
		data = data[k:]
	}
	return c.(halfCloser).CloseWrite()
}

// drain reads to the end in pieces of random sizes.
func drain(c net.Conn, seed uint64) ([]byte, error) {
	dice := rand.New(rand.NewPCG(seed, 2))
	var all []byte
	for {
		piece := make([]byte, 1+dice.IntN(9000))
		k, err := c.Read(piece)
		all = append(all, piece[:k]...)
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
	}
}

// exchange sends random bytes both ways over several connections at once, and demands that they arrive as they were sent.
func exchange(t *testing.T, m memory, connections int, size func(i int) int) {
	t.Helper()
	var group sync.WaitGroup
	for i := range connections {
		client, server := m.pair(t)
		there, back := randomBytes(uint64(2*i), size(i)), randomBytes(uint64(2*i+1), size(i)/2)
		for j, c := range []net.Conn{client, server} {
			out, in := there, back
			if j == 1 {
				out, in = in, out
			}
			group.Go(func() {
				if err := pump(c, out, uint64(i)); err != nil {
					t.Errorf("connection %d, write: %v", i, err)
				}
			})
			group.Go(func() {
				got, err := drain(c, uint64(i))
				if err != nil || !bytes.Equal(in, got) {
					t.Errorf("connection %d: want %d bytes, got %d, equal: %t, %v", i, len(in), len(got), bytes.Equal(in, got), err)
				}
			})
		}
	}
	group.Wait()
}

func TestStreamsDeliverExactBytes(t *testing.T) {
	for name, faults := range map[string]faultnet.Faults{
		"perfect":         {},
		"slow":            {Latency: faultnet.Uniform(0, 2*ms)},
		"long tail":       {Latency: faultnet.Mostly(faultnet.Fixed(ms), faultnet.Exponential(5*ms, 10*ms), 0.1)},
		"narrow":          {Bandwidth: 8 << 20},
		"narrow and slow": {Bandwidth: 8 << 20, Latency: faultnet.Uniform(0, ms)},
	} {
		for _, window := range []int{1, 1000, 64 << 10} {
			size := func(i int) int { return min(window*100, 10_000*(i+1)) }
			t.Run(fmt.Sprintf("%s, window %d", name, window), func(t *testing.T) {
				exchange(t, newMemory(1, faults, faultnet.Window(window)), 4, size)
			})
			t.Run(fmt.Sprintf("%s, window %d, bubble", name, window), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					exchange(t, newMemory(1, faults, faultnet.Window(window)), 4, size)
				})
			})
		}
	}
}

// Lossy, stalled and partitioned streams are late, and complete.
func TestStreamsSurviveWhatHeals(t *testing.T) {
	for seed := range uint64(10) {
		synctest.Test(t, func(t *testing.T) {
			m := newMemory(seed, faultnet.Faults{Latency: faultnet.Exponential(ms, 20*ms), Loss: 0.1, Bandwidth: 1 << 20})
			done := make(chan struct{})
			go func() {
				dice := rand.New(rand.NewPCG(seed, 3))
				for {
					select {
					case <-done:
						return
					case <-time.After(time.Duration(1+dice.IntN(50)) * ms):
					}
					wait := time.Duration(dice.IntN(300)) * ms
					switch dice.IntN(4) {
					case 0:
						m.link().Stall()
						time.AfterFunc(wait, m.link().Resume)
					case 1:
						m.forth().Cut()
						time.AfterFunc(wait, m.forth().Heal)
					case 2:
						m.net.Partition([]string{"client"}, []string{"server"})
						time.AfterFunc(wait, m.net.Heal)
					}
				}
			}()
			exchange(t, m, 3, func(i int) int { return 50_000 })
			close(done)
		})
	}
}

// Whatever happens to links and hosts, nobody waits for ever once they are well, and nothing breaks.
func TestChaosEnds(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) { chaos(t, seed) })
	}
}

func chaos(t *testing.T, seed uint64) {
	n := faultnet.New(seed, faultnet.Window(2000))
	n.Default(faultnet.Faults{
		Latency: faultnet.Uniform(0, 10*ms), Loss: 0.2, Duplicate: 0.2, Reorder: 0.2, Corrupt: 0.2, Refuse: 0.1, CutAfter: 5000,
	})
	names := []string{"a", "b", "c"}
	until := time.Now().Add(2 * time.Second)
	var group sync.WaitGroup
	for i, name := range names {
		h, other := n.Host(name), names[(i+1)%len(names)]
		n.Host(other)
		group.Go(func() {
			for time.Now().Before(until) {
				if l, err := h.Listen("tcp", ":80"); err == nil {
					for c, err := l.Accept(); err == nil; c, err = l.Accept() {
						group.Go(func() { _, _ = io.Copy(c, c); _ = c.Close() })
					}
				}
				time.Sleep(10 * ms)
			}
		})
		for range 3 {
			group.Go(func() {
				for time.Now().Before(until) {
					if c, err := h.Dial(t.Context(), "tcp", other+":80"); err == nil {
						_ = c.SetDeadline(time.Now().Add(time.Second))
						_, _ = c.Write(make([]byte, 3000))
						_, _ = io.CopyN(io.Discard, c, 3000)
						_ = c.Close()
					}
					time.Sleep(ms)
				}
			})
		}
	}
	dice := rand.New(rand.NewPCG(seed, 0))
	for time.Now().Before(until) {
		h, link := n.Host(names[dice.IntN(3)]), n.Way(names[dice.IntN(3)], names[dice.IntN(3)])
		[]func(){
			h.Crash, h.Restart, h.Kill, link.Cut, link.Heal, link.Stall, link.Resume, link.Reset, n.Heal,
			func() { n.Partition(names[:1], names[1:]) },
		}[dice.IntN(10)]()
		time.Sleep(time.Duration(dice.IntN(50)) * ms)
	}
	n.Close()
	group.Wait()
	require.NotEmpty(t, n.Events())
	require.NoError(t, n.Diagram(faultnet.View{Connections: true}).Validate())
}

func BenchmarkThroughput(b *testing.B) {
	for _, size := range []int{100, 4 << 10, 64 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			n := faultnet.New(1)
			l, err := n.Host("server").Listen("tcp", ":80")
			require.NoError(b, err)
			client, err := n.Host("client").Dial(b.Context(), "tcp", "server:80")
			require.NoError(b, err)
			server, err := l.Accept()
			require.NoError(b, err)
			go func() { _, _ = io.Copy(io.Discard, server) }()
			data := make([]byte, size)
			b.SetBytes(int64(size))
			for b.Loop() {
				_, _ = client.Write(data)
			}
			n.Close()
		})
	}
}
