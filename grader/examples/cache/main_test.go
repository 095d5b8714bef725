package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/services"
	"scalelab/grader/internal/services/owner"
	"scalelab/grader/internal/services/process"
	"scalelab/grader/internal/services/servicestest"
)

func TestNoRequestFailsWhenTheCacheDies(t *testing.T) {
	servicestest.Require(t, "process", services.Redis)
	folder, err := owner.NewFolder()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, folder.Close()) })
	server, err := process.StartRedis(t.Context(), folder)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })

	p := plan{rate: 100, direct: time.Second, cached: 6 * time.Second, dead: 2 * time.Second}
	without, err := p.withoutCache(t.Context())
	require.NoError(t, err)
	require.Equal(t, len(without.latencies), without.queries, "without a cache every request is a query")

	with, dead, err := p.withCache(t.Context(), server)
	require.NoError(t, err)
	require.Equal(t, 600, len(with.latencies)+len(dead.latencies), "every request is counted once")
	require.Zero(t, without.failed+with.failed+dead.failed, "requests that failed")
	require.Greater(t, with.hits, with.misses, "the popular resorts are in the cache")
	require.Less(t, with.queries, len(with.latencies)/2)
	require.Zero(t, dead.hits, "a dead cache is an empty one")
	require.Positive(t, dead.queries)

	folderOfPlots := t.TempDir()
	require.NoError(t, draw(folderOfPlots, without, with, dead))
	require.FileExists(t, filepath.Join(folderOfPlots, "cache-load.svg"))
	require.FileExists(t, filepath.Join(folderOfPlots, "cache-latency.svg"))
}
