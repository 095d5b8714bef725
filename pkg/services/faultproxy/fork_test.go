package faultproxy_test

import (
	"os/exec"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/services/faultproxy"
)

func TestListensAgainWhileProcessesAreStarted(t *testing.T) {
	proxy, err := faultproxy.Start("127.0.0.1:1")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, proxy.Close()) })
	stop := make(chan struct{})
	var starting sync.WaitGroup
	for range 4 {
		starting.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					_ = exec.Command("true").Run()
				}
			}
		})
	}
	defer starting.Wait()
	defer close(stop)
	for range 300 {
		require.NoError(t, proxy.Down(t.Context()))
		require.NoError(t, proxy.Heal(t.Context()))
	}
}
