package container

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"
	"github.com/testcontainers/testcontainers-go"
	tcredis "github.com/testcontainers/testcontainers-go/modules/redis"
)

// RedisPort is Redis's port inside the container.
const RedisPort = "6379/tcp"

// RunRedis starts a Redis that persists nothing and has a database for every check.
func (e *Engine) RunRedis(ctx context.Context, image string) (*Container, error) {
	return e.Run(ctx, Spec{
		Image: image,
		Ports: []string{RedisPort},
		With: []testcontainers.ContainerCustomizer{
			testcontainers.WithCmd("redis-server", "--bind", "0.0.0.0", "--protected-mode", "no",
				"--save", "", "--appendonly", "no", "--databases", "1024"),
		},
		Launch: launchRedis,
		Ready: func(ctx context.Context, addr func(string) string) error {
			client := redis.NewClient(&redis.Options{Addr: addr(RedisPort), MaxRetries: -1, DialerRetries: 1})
			return errors.Join(client.Ping(ctx).Err(), client.Close())
		},
	})
}

func launchRedis(ctx context.Context, image string, with ...testcontainers.ContainerCustomizer) (*testcontainers.DockerContainer, error) {
	c, err := tcredis.Run(ctx, image, with...)
	if c == nil {
		return nil, err
	}
	return c.Container.(*testcontainers.DockerContainer), err
}
