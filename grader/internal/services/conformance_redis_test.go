package services_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/services"
	check "scalelab/pkg/services"
	"scalelab/pkg/services/faults"
)

var onlyRedis = []services.Kind{services.Redis}

var redisRules = []rule{
	{"redis is private", "a view is empty, and two views do not see each other", onlyRedis, false, redisIsPrivate},
	{"redis is emptied", "what a check leaves behind is gone when its view is closed", onlyRedis, false, redisIsEmptied},
	{"redis cut", "Cut closes connections, and a new one is accepted", onlyRedis, false, redisCut},
	{"redis stall", "in a stall nothing arrives; what was sent arrives when it heals", onlyRedis, false, redisStall},
	{"redis mute", "a muted server gets what is sent and cannot answer", onlyRedis, false, redisMute},
	{"redis down", "Down refuses connections; past the proxy all is well", onlyRedis, false, redisDown},
	{"redis many", "many checks side by side do not meet, and wait where there is not enough for all", onlyRedis, false, redisMany},
	{"redis shared", "a view that is not exclusive cannot restart its server", onlyRedis, false, redisShared},
	{"redis restart", "a restart empties the server, and is no reason not to judge", onlyRedis, true, redisRestart},
	{"redis kill", "a killed server refuses until it is started", onlyRedis, true, redisKill},
	{"redis left dead", "a server that a check killed is there for the next one", onlyRedis, true, redisLeftDead},
	{"redis alone", "an exclusive view waits for the others, and they for it", onlyRedis, true, redisAlone},
	{"redis scripts", "an exclusive view starts with an empty script cache", onlyRedis, true, redisScripts},
}

func redisClient(t *testing.T, url string) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(url)
	require.NoError(t, err)
	o.ContextTimeoutEnabled, o.MaxRetries, o.DialerRetries, o.ReadTimeout = true, -1, 1, time.Minute
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	client := redis.NewClient(o)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
}

// redisClients are the subject's and the suite's.
func redisClients(t *testing.T, v *view) (subject, eyes *redis.Client) {
	t.Helper()
	return redisClient(t, v.env[check.EnvRedisURL]), redisClient(t, v.env[check.EnvRedisDirect])
}

func redisIsPrivate(t *testing.T, p *services.Pool) {
	one, oneEyes := redisClients(t, open(t, p, services.Redis, false))
	two, _ := redisClients(t, open(t, p, services.Redis, false))
	require.Zero(t, one.DBSize(t.Context()).Val())
	require.NoError(t, one.Set(t.Context(), "k", "one", 0).Err())
	require.Equal(t, "one", oneEyes.Get(t.Context(), "k").Val(), "both addresses lead to the same database")
	require.ErrorIs(t, two.Get(t.Context(), "k").Err(), redis.Nil)
	require.NoError(t, two.FlushDB(t.Context()).Err())
	require.Equal(t, "one", one.Get(t.Context(), "k").Val())
}

func redisIsEmptied(t *testing.T, p *services.Pool) {
	v := open(t, p, services.Redis, false)
	rdb, _ := redisClients(t, v)
	require.NoError(t, rdb.Set(t.Context(), "left", "behind", 0).Err())
	direct := v.env[check.EnvRedisDirect]
	require.NoError(t, v.Close(t.Context()))
	requireRefused(t, v.env[check.EnvRedisURL])
	require.NoFileExists(t, v.env[check.EnvFaults])

	// The database may belong to the next check by now, so only the leftovers are looked for.
	after := redisClient(t, direct)
	if exists, err := after.Exists(t.Context(), "left").Result(); err == nil {
		require.Zero(t, exists, "the database was not emptied")
	} else {
		require.ErrorContains(t, err, "refused", "a server of its own is gone")
	}
}

func redisCut(t *testing.T, p *services.Pool) {
	v := open(t, p, services.Redis, false)
	rdb, _ := redisClients(t, v)
	conn := rdb.Conn()
	defer conn.Close()
	require.NoError(t, conn.Ping(t.Context()).Err())
	require.NoError(t, v.faults.Cut(t.Context()))
	require.Error(t, conn.Ping(t.Context()).Err(), "the connection is gone")
	require.NoError(t, rdb.Ping(t.Context()).Err(), "a new one is accepted at once")
}

func redisStall(t *testing.T, p *services.Pool) {
	v := open(t, p, services.Redis, false)
	rdb, eyes := redisClients(t, v)
	require.NoError(t, rdb.Ping(t.Context()).Err())
	require.NoError(t, v.faults.Stall(t.Context()))
	stalled := make(chan error, 1)
	go func() { stalled <- rdb.Incr(t.Context(), "late").Err() }()
	unanswered := rdb.Incr(brief(t), "never").Err() // the context's own error, if its end came before the first read
	require.True(t, errors.Is(unanswered, os.ErrDeadlineExceeded) || errors.Is(unanswered, context.DeadlineExceeded), unanswered)
	require.Zero(t, eyes.DBSize(t.Context()).Val(), "no byte moves")
	require.NoError(t, v.faults.Heal(t.Context()))
	require.NoError(t, <-stalled)
	require.Equal(t, "1", eyes.Get(t.Context(), "late").Val(), "what was held arrives")
}

func redisMute(t *testing.T, p *services.Pool) {
	v := open(t, p, services.Redis, false)
	rdb, eyes := redisClients(t, v)
	require.NoError(t, rdb.Ping(t.Context()).Err())
	require.NoError(t, v.faults.Mute(t.Context()))
	muted := make(chan error, 1)
	go func() { muted <- rdb.Set(t.Context(), "stored", "yes", 0).Err() }()
	require.Eventually(t, func() bool { return eyes.Exists(t.Context(), "stored").Val() == 1 }, 20*time.Second, time.Millisecond)
	require.Empty(t, muted, "stored, but no answer")
	require.NoError(t, v.faults.Heal(t.Context()))
	require.NoError(t, <-muted)
}

func redisDown(t *testing.T, p *services.Pool) {
	v := open(t, p, services.Redis, false)
	rdb, eyes := redisClients(t, v)
	require.NoError(t, rdb.Ping(t.Context()).Err())
	require.NoError(t, v.faults.Down(t.Context()))
	require.ErrorContains(t, rdb.Ping(t.Context()).Err(), "refused")
	require.NoError(t, eyes.Ping(t.Context()).Err())
	require.NoError(t, v.Health(t.Context()), "the server is well, only the way is closed")
	require.NoError(t, v.faults.Heal(t.Context()))
	require.NoError(t, rdb.Ping(t.Context()).Err())
}

func redisMany(t *testing.T, p *services.Pool) {
	many(t, p, services.Redis, func(ctx context.Context, url string) error {
		o, err := redis.ParseURL(url)
		if err != nil {
			return err
		}
		o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
		rdb := redis.NewClient(o)
		n, err := rdb.Incr(ctx, "n").Result()
		if err == nil && n != 1 {
			err = fmt.Errorf("somebody else was here: n = %d", n)
		}
		return errors.Join(err, rdb.Close())
	})
}

func redisShared(t *testing.T, p *services.Pool) {
	v := open(t, p, services.Redis, false)
	require.ErrorIs(t, v.faults.Restart(t.Context()), faults.ErrNotExclusive)
	require.ErrorIs(t, v.faults.Kill(t.Context()), faults.ErrNotExclusive)
	require.ErrorIs(t, v.faults.Start(t.Context()), faults.ErrNotExclusive)
}

func redisRestart(t *testing.T, p *services.Pool) {
	v := open(t, p, services.Redis, true)
	rdb, eyes := redisClients(t, v)
	require.NoError(t, rdb.Set(t.Context(), "k", "v", 0).Err())
	require.NoError(t, v.faults.Restart(t.Context()))
	require.Zero(t, rdb.Exists(t.Context(), "k").Val(), "nothing is persisted")
	require.NoError(t, eyes.Ping(t.Context()).Err(), "both addresses are as before")
	require.NoError(t, v.Health(t.Context()), "the check did it itself")
}

func redisKill(t *testing.T, p *services.Pool) {
	v := open(t, p, services.Redis, true)
	rdb, eyes := redisClients(t, v)
	require.NoError(t, rdb.Ping(t.Context()).Err())
	require.NoError(t, v.faults.Kill(t.Context()))
	requireRefused(t, v.env[check.EnvRedisURL])
	requireRefused(t, v.env[check.EnvRedisDirect])
	require.NoError(t, v.Health(t.Context()), "the check did it itself")
	require.NoError(t, v.faults.Start(t.Context()))
	require.NoError(t, rdb.Ping(t.Context()).Err())
	require.NoError(t, eyes.Ping(t.Context()).Err())
	require.NoError(t, v.Health(t.Context()))
}

func redisLeftDead(t *testing.T, p *services.Pool) {
	v := open(t, p, services.Redis, true)
	require.NoError(t, v.faults.Kill(t.Context()))
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, v.Close(interrupted))
	rdb, _ := redisClients(t, open(t, p, services.Redis, false))
	require.NoError(t, rdb.Ping(t.Context()).Err())
}

func redisAlone(t *testing.T, p *services.Pool) { alone(t, p, services.Redis) }

func redisScripts(t *testing.T, p *services.Pool) {
	before := open(t, p, services.Redis, true)
	rdb, _ := redisClients(t, before)
	sha, err := rdb.ScriptLoad(t.Context(), "return 1").Result()
	require.NoError(t, err)
	require.NoError(t, before.Close(t.Context()))
	after, _ := redisClients(t, open(t, p, services.Redis, true))
	require.ErrorContains(t, after.EvalSha(t.Context(), sha, nil).Err(), "NOSCRIPT")
}
