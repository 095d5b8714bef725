package faultnet_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/faultnet"
)

// What arrives at the instant at which a test cuts the link has arrived before.
func TestArrivalsComeBeforeInterventions(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		client, server := m.packets(t)
		m.link().Set(faultnet.Faults{Latency: faultnet.Fixed(10 * ms)})
		for range 300 {
			send(t, client, server.LocalAddr(), "just in time")
			time.Sleep(10 * ms)
			m.link().Cut()
			require.Equal(t, []string{"just in time"}, received(t, server))
			m.link().Heal()
		}
	})
}

// A read that begins at the very instant of its deadline is too late, whether or not something arrives at that instant.
func TestADeadlineComesBeforeArrivals(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		client, server := m.packets(t)
		m.link().Set(faultnet.Faults{Latency: faultnet.Fixed(10 * ms)})
		for range 100 {
			send(t, client, server.LocalAddr(), "too late")
			require.NoError(t, server.SetReadDeadline(time.Now().Add(10*ms)))
			_, _, err := server.ReadFrom(buffer)
			require.Error(t, err)
			require.Equal(t, []string{"too late"}, received(t, server))
		}
	})
}

// Messages of many hosts that arrive at one instant do so in the order of their addresses, not of the goroutines that sent them.
func TestArrivalsOfAnInstantAreInTheOrderOfTheirFlows(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			n := faultnet.New(1)
			n.Default(faultnet.Faults{Latency: faultnet.Fixed(10 * ms)})
			inbox, err := n.Host("inbox").ListenPacket("udp", ":53")
			require.NoError(t, err)
			var group sync.WaitGroup
			for i := range 30 {
				outbox, err := n.Host(fmt.Sprintf("host-%02d", i)).ListenPacket("udp", ":53")
				require.NoError(t, err)
				group.Go(func() {
					time.Sleep(time.Second) // all wake at one instant
					_, _ = outbox.WriteTo(fmt.Appendf(nil, "%02d", i), inbox.LocalAddr())
				})
			}
			group.Wait()
			got := received(t, inbox)
			require.Len(t, got, 30)
			require.True(t, slices.IsSorted(got), "%v", got)
			n.Close()
		})
	}
}

// Connections share addresses when ports are used again, and have fates of their own all the same.
func TestConnectionsHaveFatesOfTheirOwn(t *testing.T) {
	n := faultnet.New(1)
	n.Default(faultnet.Faults{Latency: faultnet.Uniform(0, time.Second)})
	m := faultnet.Message{
		Type: faultnet.Data, Conn: 1, Seq: 1,
		From: faultnet.Addr{Net: "tcp", Host: "a", Port: 49152}, To: faultnet.Addr{Net: "tcp", Host: "b", Port: 80},
	}
	first := n.FateOf(m)
	require.Equal(t, first, n.FateOf(m), "looking ahead changes nothing")
	m.Conn = 1 + 16384
	require.NotEqual(t, first.Delay, n.FateOf(m).Delay)
}
