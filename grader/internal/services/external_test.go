package services_test

import (
	"context"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/services"
	"scalelab/grader/internal/services/owner"
	"scalelab/grader/internal/services/process"
	"scalelab/grader/internal/services/servicestest"
	check "scalelab/pkg/services"
)

// deadOwner names a process that is gone.
func deadOwner(t testing.TB) owner.Name {
	t.Helper()
	run := exec.Command("sleep", "1000")
	require.NoError(t, run.Start())
	who := owner.Of(run.Process.Pid)
	require.False(t, who.Gone())
	require.NoError(t, run.Process.Kill())
	_ = run.Wait()
	require.True(t, who.Gone())
	return who
}

// vhosts asks a management API with an administrator's credentials for one virtual host, or makes it.
func vhosts(t testing.TB, method, management, name string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, management+"/api/vhosts/"+url.PathEscape(name), strings.NewReader("{}"))
	require.NoError(t, err)
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

// leftovers are virtual hosts on the external broker before a run starts; only those of a dead owner on this machine
// may be removed.
type leftovers struct{ management, dead, far, theirs string }

func leave(t testing.TB, management string) leftovers {
	t.Helper()
	l := leftovers{
		management: management,
		dead:       "scalelab." + string(deadOwner(t)) + ".1",
		far:        "scalelab.0123456789ab-1-1.1", // of another machine, where its owner may live
		theirs:     "theirs",
	}
	for _, name := range []string{l.dead, l.far, l.theirs} {
		require.Equal(t, http.StatusCreated, vhosts(t, http.MethodPut, management, name))
	}
	return l
}

// swept proves that a started run removed what a killed one left, and removes what its own checks leave.
func (l leftovers) swept(t *testing.T, p *services.Pool) {
	require.Equal(t, http.StatusNotFound, vhosts(t, http.MethodGet, l.management, l.dead))
	require.Equal(t, http.StatusOK, vhosts(t, http.MethodGet, l.management, l.far))
	require.Equal(t, http.StatusOK, vhosts(t, http.MethodGet, l.management, l.theirs))

	v, err := p.View(t.Context(), services.Need{Kinds: onlyRabbit})
	require.NoError(t, err)
	mine, err := url.Parse(asCheck(v, services.RabbitMQ).env[check.EnvRabbitMQURL])
	require.NoError(t, err)
	name := strings.TrimPrefix(mine.Path, "/")
	require.Equal(t, http.StatusOK, vhosts(t, http.MethodGet, l.management, name))
	require.NoError(t, v.Close(t.Context()))
	require.Equal(t, http.StatusNotFound, vhosts(t, http.MethodGet, l.management, name))
}

// TestExternalDatabasesAreClaimed lets two graders use one server: no database is given out twice, and what a killed
// grader had is given out again.
func TestExternalDatabasesAreClaimed(t *testing.T) {
	servicestest.Require(t, services.Process)
	folder, err := owner.NewFolder()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, folder.Close()) })
	server, err := process.StartRedis(t.Context(), folder)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	book := redis.NewClient(&redis.Options{Addr: server.Addr(), DB: 2})
	t.Cleanup(func() { require.NoError(t, book.Close()) })
	require.NoError(t, book.Set(t.Context(), "scalelab:claim:3", string(deadOwner(t)), 0).Err())
	require.NoError(t, book.Set(t.Context(), "scalelab:claim:4", "somebody far away", 0).Err())
	t.Setenv(services.EnvExternalRedis, "redis://"+server.Addr())
	t.Setenv(services.EnvExternalDatabases, "2-6")

	given := map[string]bool{}
	var pools []*services.Pool
	for range 2 {
		p, err := services.Open(t.Context(), services.Options{Provider: services.External, Kinds: onlyRedis})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, p.Close(context.Background())) })
		pools = append(pools, p)
	}
	for i := range 3 {
		given[open(t, pools[i%2], services.Redis, false).env[check.EnvRedisDirect]] = true
	}
	require.Equal(t, map[string]bool{
		"redis://" + server.Addr() + "/3": true, "redis://" + server.Addr() + "/5": true, "redis://" + server.Addr() + "/6": true,
	}, given)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second) // it waits for one that comes back
	defer cancel()
	_, err = pools[0].View(ctx, services.Need{Kinds: onlyRedis})
	require.ErrorContains(t, err, "no database from 3 to 6 is free")
}
