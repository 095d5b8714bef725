package services_test

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"scalelab/pkg/services"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// short bounds an operation that a fault keeps from ending.
func short(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

func TestEmbeddedRedisIsPrivateAndEmpty(t *testing.T) {
	one, two := services.Redis(t).Client(), services.Redis(t).Client()
	require.NoError(t, one.Set(t.Context(), "k", "v", 0).Err())
	require.Equal(t, int64(1), one.DBSize(t.Context()).Val())
	require.Zero(t, two.DBSize(t.Context()).Val())
}

func TestEmbeddedRedisFaults(t *testing.T) {
	ctx := t.Context()
	server := services.Redis(t)
	rdb, eyes := server.Client(), server.Observer()
	require.NoError(t, rdb.Set(ctx, "k", "v", 0).Err())

	require.NoError(t, server.Stall(ctx))
	require.ErrorIs(t, rdb.Incr(short(t), "stalled").Err(), os.ErrDeadlineExceeded)
	require.Zero(t, eyes.Exists(ctx, "stalled").Val(), "no byte moves in either direction")
	require.NoError(t, server.Cut(ctx))
	require.NoError(t, server.Heal(ctx))
	require.NoError(t, rdb.Ping(ctx).Err())

	require.NoError(t, server.Mute(ctx))
	require.ErrorIs(t, rdb.Incr(short(t), "muted").Err(), os.ErrDeadlineExceeded)
	require.Eventually(t, func() bool { return eyes.Exists(ctx, "muted").Val() == 1 }, 20*time.Second, time.Millisecond)
	require.NoError(t, server.Heal(ctx))

	require.NoError(t, server.Down(ctx))
	require.ErrorContains(t, rdb.Ping(ctx).Err(), "refused")
	require.Equal(t, "v", eyes.Get(ctx, "k").Val(), "past the proxy all is well")
	require.NoError(t, server.Heal(ctx))
	require.NoError(t, rdb.Ping(ctx).Err())
}

func TestClientWithMakesOneAttempt(t *testing.T) {
	server := services.Redis(t)
	attempts := 0
	rdb := server.ClientWith(func(o *redis.Options) {
		o.Dialer = func(context.Context, string, string) (net.Conn, error) {
			attempts++
			return nil, errors.New("no way")
		}
	})
	require.ErrorContains(t, rdb.Ping(t.Context()).Err(), "no way")
	require.Equal(t, 1, attempts, "a command is one attempt")
}

func TestEmbeddedRedisKillAndStart(t *testing.T) {
	ctx := t.Context()
	server := services.Redis(t)
	rdb := server.Client()
	require.NoError(t, rdb.Set(ctx, "k", "v", 0).Err())
	require.NoError(t, server.Kill(ctx))
	require.ErrorContains(t, rdb.Ping(ctx).Err(), "refused")
	require.NoError(t, server.Start(ctx))
	require.Zero(t, rdb.Exists(ctx, "k").Val(), "nothing is persisted")
}
