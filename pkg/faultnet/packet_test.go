package faultnet_test

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/faultnet"
)

// numbered are n different texts.
func numbered(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%04d", i)
	}
	return all
}

// sentWith is what arrives of n datagrams, sent 1 ms apart over a link with these faults.
func sentWith(t *testing.T, m memory, faults faultnet.Faults, n int) []string {
	t.Helper()
	client, server := m.packets(t)
	m.forth().Set(faults)
	for _, text := range numbered(n) {
		send(t, client, server.LocalAddr(), text)
		time.Sleep(ms)
	}
	return received(t, server)
}

func TestAPerfectLinkDeliversEverythingInOrder(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		require.Equal(t, numbered(300), sentWith(t, m, faultnet.Faults{Latency: faultnet.Fixed(5 * ms)}, 300))
	})
}

func TestLoss(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		got := sentWith(t, m, faultnet.Faults{Loss: 0.4}, 500)
		require.InDelta(t, 300, len(got), 50)
		require.True(t, slices.IsSorted(got))
		require.Equal(t, slices.Compact(slices.Clone(got)), got)
	})
	bubble(t, func(t *testing.T, m memory) {
		require.Empty(t, sentWith(t, m, faultnet.Faults{Loss: 1}, 100))
	})
}

func TestDuplicate(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		got := sentWith(t, m, faultnet.Faults{Duplicate: 0.3}, 500)
		require.InDelta(t, 650, len(got), 50)
		slices.Sort(got)
		require.Equal(t, numbered(500), slices.Compact(got))
	})
}

func TestReorder(t *testing.T) {
	for _, faults := range []faultnet.Faults{{Reorder: 0.2}, {Reorder: 0.2, HoldBack: 20 * ms}, {Latency: faultnet.Uniform(0, 10*ms)}} {
		bubble(t, func(t *testing.T, m memory) {
			got := sentWith(t, m, faults, 500)
			require.False(t, slices.IsSorted(got))
			marked := 0
			for _, e := range m.net.Events() {
				if e.Reordered {
					marked++
				}
			}
			overtaken, highest := 0, ""
			for _, text := range got {
				if text < highest {
					overtaken++
				}
				highest = max(highest, text)
			}
			require.Equal(t, overtaken, marked)
			slices.Sort(got)
			require.Equal(t, numbered(500), got, "late, but there")
		})
	}
}

func TestCorruptFlipsOneBit(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		got, changed := sentWith(t, m, faultnet.Faults{Corrupt: 0.3}, 500), 0
		for i, want := range numbered(500) {
			flipped := 0
			for j := range want {
				flipped += bits.OnesCount8(want[j] ^ got[i][j])
			}
			require.LessOrEqual(t, flipped, 1)
			changed += flipped
		}
		require.InDelta(t, 150, changed, 40)
	})
}

func TestBandwidthBoundsDatagrams(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		client, server := m.packets(t)
		m.forth().Set(faultnet.Faults{Bandwidth: 100})
		start := time.Now()
		send(t, client, server.LocalAddr(), strings.Repeat("x", 100), strings.Repeat("x", 100))
		for i := range 2 {
			_, _, err := server.ReadFrom(make([]byte, 100))
			require.NoError(t, err)
			require.Equal(t, time.Duration(i+1)*time.Second, since(start))
		}
	})
}

func TestAPartitionLosesDatagrams(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		client, server := m.packets(t)
		m.link().Set(faultnet.Faults{Latency: faultnet.Fixed(10 * ms)})
		send(t, client, server.LocalAddr(), "on its way")
		m.net.Partition([]string{"client"}, []string{"server"})
		send(t, client, server.LocalAddr(), "during")
		require.Empty(t, received(t, server))
		m.net.Heal()
		send(t, client, server.LocalAddr(), "after")
		require.Equal(t, []string{"after"}, received(t, server))
	})
}

func TestAPartitionSeparatesGroups(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		names := []string{"a", "b", "c", "d"}
		m.net.Partition([]string{"a", "b"}, []string{"c"})
		reached := ""
		for _, to := range names {
			p, err := m.net.Host(to).ListenPacket("udp", ":53")
			require.NoError(t, err)
			for _, from := range names {
				q, err := m.net.Host(from).ListenPacket("udp", ":0")
				require.NoError(t, err)
				send(t, q, p.LocalAddr(), from)
			}
			reached += to + ":" + strings.Join(received(t, p), "") + " "
		}
		require.Equal(t, "a:abd b:abd c:cd d:abcd ", reached)
	})
}

func TestAStalledLinkHoldsDatagrams(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		client, server := m.packets(t)
		m.forth().Stall()
		send(t, client, server.LocalAddr(), "b", "a")
		require.Empty(t, received(t, server))
		m.forth().Resume()
		require.Equal(t, []string{"b", "a"}, received(t, server))
	})
}

func TestACrashedHostLosesDatagrams(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		client, server := m.packets(t)
		send(t, client, server.LocalAddr(), "unread")
		time.Sleep(ms)
		m.server.Crash()
		send(t, client, server.LocalAddr(), "lost")
		time.Sleep(ms)
		m.server.Restart()
		server, err := m.server.ListenPacket("udp", ":53")
		require.NoError(t, err)
		send(t, client, server.LocalAddr(), "found")
		require.Equal(t, []string{"found"}, received(t, server))
	})
}

func TestAFullReceiveBufferLosesDatagrams(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		client, server := m.packets(t)
		for range 5 {
			send(t, client, server.LocalAddr(), strings.Repeat("x", 60_000))
		}
		require.Len(t, received(t, server), 3, "208 KiB")
		full := 0
		for _, e := range m.net.Events() {
			if e.Kind == faultnet.Lost && e.Text == "buffer is full" {
				full++
			}
		}
		require.Equal(t, 2, full)
	})
}

func TestPlansDecideExactly(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		m.net.Lose("client", "server", 2, 4)
		m.net.Drop(func(d faultnet.Message) bool { return string(d.Data) == "0005" && d.Repeat == 0 })
		m.net.Plan(func(d faultnet.Message, f *faultnet.Fate) {
			if d.Seq == 1 {
				f.Copies = []time.Duration{2 * time.Second}
			}
		})
		require.Equal(t, []string{"0000", "0002", "0004", "0000"}, sentWith(t, m, faultnet.Faults{}, 6))
		client, err := m.client.ListenPacket("udp", ":5001")
		require.NoError(t, err)
		server, err := m.server.ListenPacket("udp", ":54")
		require.NoError(t, err)
		send(t, client, server.LocalAddr(), "0005", "x", "0005", "y")
		require.Equal(t, []string{"0005"}, received(t, server), "the first is dropped as the first of its kind, x and y by their numbers")
	})
}

func TestFateOfLooksAhead(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		faults := faultnet.Faults{Loss: 0.5}
		m.forth().Set(faults)
		var want []string
		for i, text := range numbered(100) {
			fate := m.net.FateOf(faultnet.Message{
				From: faultnet.Addr{Net: "udp", Host: "client", Port: 5000},
				To:   faultnet.Addr{Net: "udp", Host: "server", Port: 53},
				Seq:  i + 1,
			})
			if !fate.Lost {
				want = append(want, text)
			}
		}
		require.Equal(t, want, sentWith(t, m, faults, 100))
	})
}
