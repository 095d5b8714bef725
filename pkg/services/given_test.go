package services_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/services"
	"scalelab/pkg/services/embedded"
	"scalelab/pkg/services/faultproxy"
	"scalelab/pkg/services/faults"
)

// give plays the grader: a server, a proxy in front of it, and the socket for faults, named in the environment.
func give(t *testing.T, exclusive bool) *embedded.Redis {
	t.Helper()
	server, err := embedded.StartRedis(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	proxy, err := faultproxy.Start(server.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, proxy.Close()) })
	control := faultproxy.Of(proxy, nil)
	if exclusive {
		control = faultproxy.Of(proxy, server)
	}
	socket := filepath.Join(t.TempDir(), "faults")
	listening, err := faults.Listen(socket, map[string]faults.Faults{services.KindRedis: control})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, listening.Close()) })
	t.Setenv(services.EnvRedisURL, "redis://"+proxy.Addr()+"/3")
	t.Setenv(services.EnvRedisDirect, "redis://"+server.Addr()+"/3")
	t.Setenv(services.EnvFaults, socket)
	return server
}

func TestGivenRedisIsTheGradersAndNotOurOwn(t *testing.T) {
	give(t, false)
	server := services.Redis(t)
	rdb, eyes := server.Client(), server.Observer()
	require.NoError(t, rdb.Set(t.Context(), "k", "v", 0).Err())
	require.Equal(t, "v", eyes.Get(t.Context(), "k").Val())
	require.Equal(t, 3, rdb.Options().DB)

	require.NoError(t, server.Down(t.Context()))
	require.ErrorContains(t, rdb.Ping(t.Context()).Err(), "refused")
	require.Equal(t, "v", eyes.Get(t.Context(), "k").Val())
	require.NoError(t, server.Heal(t.Context()))
	require.NoError(t, server.Cut(t.Context()))
	require.NoError(t, rdb.Ping(t.Context()).Err())
}

func TestGivenRedisThatIsSharedIsNotRestarted(t *testing.T) {
	give(t, false)
	server := services.Redis(t)
	for _, touch := range []error{server.Restart(t.Context()), server.Kill(t.Context()), server.Start(t.Context())} {
		require.ErrorIs(t, touch, services.ErrNotExclusive)
		require.ErrorContains(t, touch, "exclusive: true")
	}
}

func TestGivenRedisThatIsExclusiveIsKilledAndStarted(t *testing.T) {
	real := give(t, true)
	server := services.Redis(t)
	require.NoError(t, server.Kill(t.Context()))
	require.False(t, real.Running())
	require.NoError(t, server.Start(t.Context()))
	require.True(t, real.Running())
	require.NoError(t, server.Client().Ping(t.Context()).Err())
}

func TestFaultsOfAServerThatWasNotGiven(t *testing.T) {
	give(t, false)
	err := faults.Dial(filepath.Join(t.TempDir(), "nobody"), services.KindRedis).Cut(t.Context())
	require.ErrorContains(t, err, "cut redis: fault control")
}

func TestAServerThatTheLabDoesNotAskForIsNotStartedInside(t *testing.T) {
	give(t, false)
	ended := t.Run("check", func(t *testing.T) {
		services.RabbitMQ(t)
		t.Error("the test goes on")
	})
	require.True(t, ended, "it is skipped, which the grader reports as not judged")
}

func TestGivenRedisHasNoConfirmsToLose(t *testing.T) {
	give(t, false)
	err := faults.DialAMQP(os.Getenv(services.EnvFaults), services.KindRedis).LoseConfirm(t.Context(), 1)
	require.ErrorContains(t, err, "lose-confirm redis: fault control: this check has no such fault of redis")
}
