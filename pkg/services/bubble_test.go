package services_test

import (
	"context"
	"io"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"scalelab/pkg/services"
)

func TestBubbleRedisTTLFollowsTheBubblesClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		rdb := services.BubbleRedis(t).Client()
		require.NoError(t, rdb.Set(ctx, "k", "v", 300*time.Second).Err())

		time.Sleep(299 * time.Second)
		require.Equal(t, "v", rdb.Get(ctx, "k").Val(), "one second before its end")
		require.Equal(t, time.Second, rdb.TTL(ctx, "k").Val())

		time.Sleep(time.Second)
		require.ErrorIs(t, rdb.Get(ctx, "k").Err(), redis.Nil, "after its end")
	})
}

func TestBubbleRedisTTLIsSeenByEveryCommand(t *testing.T) {
	looks := map[string]func(context.Context, *redis.Client) bool{
		"exists": func(ctx context.Context, c *redis.Client) bool { return c.Exists(ctx, "k").Val() == 1 },
		"keys":   func(ctx context.Context, c *redis.Client) bool { return len(c.Keys(ctx, "*").Val()) == 1 },
		"scan": func(ctx context.Context, c *redis.Client) bool {
			k, _ := c.Scan(ctx, 0, "*", 10).Val()
			return len(k) == 1
		},
		"dbsize": func(ctx context.Context, c *redis.Client) bool { return c.DBSize(ctx).Val() == 1 },
		"setnx":  func(ctx context.Context, c *redis.Client) bool { return !c.SetNX(ctx, "k", "v", 0).Val() },
		"lua": func(ctx context.Context, c *redis.Client) bool {
			return c.Eval(ctx, `return redis.call("EXISTS", KEYS[1])`, []string{"k"}).Val() == int64(1)
		},
		"exec": func(ctx context.Context, c *redis.Client) bool {
			var there *redis.IntCmd
			_, _ = c.TxPipelined(ctx, func(p redis.Pipeliner) error { there = p.Exists(ctx, "k"); return nil })
			return there.Val() == 1
		},
	}
	for name, there := range looks {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rdb := services.BubbleRedis(t).Client()
				require.NoError(t, rdb.Set(t.Context(), "k", "v", time.Hour).Err())
				time.Sleep(time.Hour - time.Millisecond)
				require.True(t, there(t.Context(), rdb))
			})
			synctest.Test(t, func(t *testing.T) {
				rdb := services.BubbleRedis(t).Client()
				require.NoError(t, rdb.Set(t.Context(), "k", "v", time.Hour).Err())
				time.Sleep(time.Hour)
				require.False(t, there(t.Context(), rdb))
			})
		})
	}
}

func TestBubbleRedisStallEndsAtTheCallersDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := services.BubbleRedis(t)
		rdb := server.Client()
		require.NoError(t, rdb.Set(t.Context(), "k", "v", 0).Err())
		require.NoError(t, server.Stall(t.Context()))

		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		require.ErrorIs(t, rdb.Incr(ctx, "n").Err(), os.ErrDeadlineExceeded)
		require.Equal(t, 200*time.Millisecond, time.Since(began), "virtual time")
		require.False(t, server.Mini().Exists("n"))

		require.NoError(t, server.Heal(t.Context()))
		require.Equal(t, "v", rdb.Get(t.Context(), "k").Val())
	})
}

func TestBubbleRedisMuteStoresAndDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := services.BubbleRedis(t)
		rdb := server.Client()
		require.NoError(t, rdb.Ping(t.Context()).Err())
		require.NoError(t, server.Mute(t.Context()))
		answered := make(chan error, 1)
		go func() { answered <- rdb.Set(t.Context(), "k", "v", 0).Err() }()
		synctest.Wait()
		require.True(t, server.Mini().Exists("k"), "stored")
		require.Empty(t, answered, "but no answer")
		require.NoError(t, server.Heal(t.Context()))
		require.NoError(t, <-answered)
	})
}

func TestBubbleRedisCutAndDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := services.BubbleRedis(t)
		rdb := server.Client()
		require.NoError(t, rdb.Ping(t.Context()).Err())
		require.NoError(t, server.Cut(t.Context()))
		require.ErrorIs(t, rdb.Ping(t.Context()).Err(), io.EOF, "the pooled connection is gone")
		require.NoError(t, rdb.Ping(t.Context()).Err(), "a new one is accepted")

		require.NoError(t, server.Down(t.Context()))
		require.Error(t, rdb.Ping(t.Context()).Err())
		require.ErrorIs(t, rdb.Ping(t.Context()).Err(), syscall.ECONNREFUSED)
		require.NoError(t, server.Heal(t.Context()))
		require.NoError(t, rdb.Ping(t.Context()).Err())
	})
}

func TestBubbleRedisServesManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rdb := services.BubbleRedis(t).Client()
		var callers sync.WaitGroup
		for range 200 { // more than the pool has connections
			callers.Go(func() {
				if err := rdb.Incr(t.Context(), "n").Err(); err != nil {
					t.Errorf("incr: %v", err)
				}
			})
		}
		callers.Wait()
		require.Equal(t, "200", rdb.Get(t.Context(), "n").Val())
	})
}

func TestBubbleRedisBlockingCommandsAndSubscriptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		rdb := services.BubbleRedis(t).Client()
		began := time.Now()
		require.ErrorIs(t, rdb.BLPop(ctx, time.Minute, "list").Err(), redis.Nil)
		require.Equal(t, time.Minute, time.Since(began), "virtual time")

		sub := rdb.Subscribe(ctx, "news")
		_, err := sub.Receive(ctx)
		require.NoError(t, err)
		require.NoError(t, rdb.Publish(ctx, "news", "snow").Err())
		got, err := sub.ReceiveMessage(ctx)
		require.NoError(t, err)
		require.Equal(t, "snow", got.Payload)
		require.NoError(t, sub.Close())
	})
}

// A client with hooks of the test's own is made from Options; what is left open at the end must not hang the bubble.
func TestBubbleRedisOptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := services.BubbleRedis(t)
		mine := redis.NewClient(server.Options())
		require.NoError(t, mine.Ping(t.Context()).Err())
		require.NoError(t, server.Stall(t.Context()), "a test may end in a stall")
		require.NoError(t, mine.Close())
	})
}

// The SET of a client that gave up lands when the network is well again, as over a real one.
func TestBubbleRedisStalledCommandLandsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := services.BubbleRedis(t)
		rdb := server.Client()
		require.NoError(t, rdb.Ping(t.Context()).Err())
		require.NoError(t, server.Stall(t.Context()))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.Error(t, rdb.Set(ctx, "k", "late", 0).Err())
		require.False(t, server.Mini().Exists("k"))
		require.NoError(t, server.Heal(t.Context()))
		synctest.Wait()
		require.True(t, server.Mini().Exists("k"))
	})
}
