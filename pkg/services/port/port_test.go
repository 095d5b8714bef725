package port_test

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/services/port"
)

func TestAServerMayComeAndGoOnItsPort(t *testing.T) {
	slot, err := port.Reserve()
	require.NoError(t, err)
	for range 3 {
		_, err := net.Dial("tcp", slot.Addr())
		require.ErrorContains(t, err, "refused", "nobody listens")
		listener, err := net.Listen("tcp", slot.Addr())
		require.NoError(t, err)
		conn, err := net.Dial("tcp", slot.Addr())
		require.NoError(t, err)
		require.NoError(t, conn.Close())
		require.NoError(t, listener.Close())
	}
	require.NoError(t, slot.Close())
}

func TestNobodyElseGetsTheNumber(t *testing.T) {
	slot, err := port.Reserve()
	require.NoError(t, err)
	defer slot.Close()
	for range 2000 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NotEqual(t, slot.Number(), listener.Addr().(*net.TCPAddr).Port)
		require.NoError(t, listener.Close())
	}
}
