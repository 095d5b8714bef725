package services

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"scalelab/grader/internal/services/owner"
)

const (
	claimKey = "scalelab:claim:" // + database number
	claimTTL = time.Hour         // the longest a killed run keeps a database from others
	claimGap = 100 * time.Millisecond
)

// claims gives out databases of a server that other graders may use at the same time. Who has which database is
// written down in the first database of the range.
type claims struct {
	book        redis.Options
	first, last int
}

func newClaims(h *redisHost, first, last int) *claims {
	of := &sharedRedis{host: h}
	return &claims{book: of.options(first), first: first, last: last}
}

// take claims a database, waiting until one is free.
func (c *claims) take(ctx context.Context) (int, error) {
	tick := time.NewTicker(claimGap)
	defer tick.Stop()
	for {
		database, err := c.try(ctx)
		if database != 0 || err != nil && ctx.Err() == nil {
			return database, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return 0, fmt.Errorf("redis: no database from %d to %d is free: %w", c.first+1, c.last, ctx.Err())
		}
	}
}

// inherit replaces a claim, if it still is what it was.
var inherit = redis.NewScript(`
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[1], ARGV[2], "PX", ARGV[3])
return 1`)

// try claims the first database that is free, or whose owner is gone; 0 if there is none.
func (c *claims) try(ctx context.Context) (int, error) {
	claimed := 0
	err := withRedis(ctx, c.book, func(ctx context.Context, rdb *redis.Client) error {
		for database := c.first + 1; database <= c.last && claimed == 0; database++ {
			ours, err := c.claim(ctx, rdb, c.key(database))
			if err != nil {
				return err
			}
			if ours {
				claimed = database
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("redis: claim a database: %w", err)
	}
	return claimed, nil
}

func (c *claims) claim(ctx context.Context, rdb *redis.Client, key string) (bool, error) {
	self := string(owner.Self())
	ours, err := rdb.SetNX(ctx, key, self, claimTTL).Result()
	if ours || err != nil {
		return ours, err
	}
	other, err := rdb.Get(ctx, key).Result()
	if err == redis.Nil || err == nil && !owner.Name(other).Gone() {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return inherit.Run(ctx, rdb, []string{key}, other, self, claimTTL.Milliseconds()).Bool()
}

func (c *claims) giveBack(ctx context.Context, database int) error {
	return withRedis(ctx, c.book, func(ctx context.Context, rdb *redis.Client) error {
		return rdb.Del(ctx, c.key(database)).Err()
	})
}

func (c *claims) key(database int) string { return fmt.Sprintf("%s%d", claimKey, database) }
