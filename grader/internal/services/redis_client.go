package services

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// answerBound is how long a healthy server may take for a trifle on a machine that is very busy.
const answerBound = 20 * time.Second

// withRedis opens a client for one database, hands it to do and closes it.
func withRedis(ctx context.Context, o redis.Options, do func(context.Context, *redis.Client) error) error {
	ctx, cancel := context.WithTimeout(ctx, answerBound)
	defer cancel()
	o.MaxRetries, o.DialerRetries, o.ContextTimeoutEnabled = -1, 1, true
	o.ReadTimeout, o.WriteTimeout = answerBound, answerBound
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	o.Dialer = func(_ context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		if err == nil {
			context.AfterFunc(ctx, func() { conn.Close() }) // go-redis does not end a read when its context is cancelled
		}
		return conn, err
	}
	client := redis.NewClient(&o)
	err := errors.Join(do(ctx, client), client.Close())
	late := errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
	if limit, _ := ctx.Deadline(); late && !time.Now().Before(limit) {
		<-ctx.Done() // the socket's clock was a little ahead: let callers see why
	}
	return err
}

func pingRedis(ctx context.Context, addr string) error {
	return withRedis(ctx, redis.Options{Addr: addr}, func(ctx context.Context, c *redis.Client) error {
		return c.Ping(ctx).Err()
	})
}

// serverInfo is one field of INFO server.
func serverInfo(ctx context.Context, o redis.Options, field string) (string, error) {
	var value string
	err := withRedis(ctx, o, func(ctx context.Context, c *redis.Client) error {
		info, err := c.Info(ctx, "server").Result()
		if err != nil {
			return err
		}
		for line := range strings.Lines(info) {
			if v, ok := strings.CutPrefix(line, field+":"); ok {
				value = strings.TrimSpace(v)
				return nil
			}
		}
		return fmt.Errorf("INFO has no %s", field)
	})
	return value, err
}

// redisURL is redis://user:password@addr/database.
func redisURL(addr string, user *url.Userinfo, database int) string {
	u := url.URL{Scheme: "redis", User: user, Host: addr, Path: "/" + strconv.Itoa(database)}
	return u.String()
}
