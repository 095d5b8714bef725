package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestDeathsAreNoticedAndForgotten(t *testing.T) {
	defer goleak.VerifyNone(t)
	// So many at once that one replica alone is not enough: least connections prefers the first of those that are idle.
	p := plan{rate: 150, length: 15 * time.Second, interval: 300 * time.Millisecond, timeout: 290 * time.Millisecond}
	b, err := p.behind(t.Context())
	require.NoError(t, err)
	require.NoError(t, b.verdict())
	require.Len(t, b.latencies, 2250)
	require.NotEmpty(t, b.sent[names[0]], "a replica that was killed had its part of the requests before")
	for _, o := range b.outages {
		back := 0
		for _, at := range b.sent[o.replica] {
			if at > o.to {
				back++
			}
		}
		require.Positive(t, back, "%s gets requests again", o.replica)
	}
	plots := t.TempDir()
	require.NoError(t, draw(plots, b))
	require.FileExists(t, filepath.Join(plots, "loadbalancer-replicas.svg"))
	require.FileExists(t, filepath.Join(plots, "loadbalancer-latency.svg"))
}
