package services

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"scalelab/grader/internal/services/rabbit"
)

// The environment that declares servers which run already. None of it reaches a check.
const (
	EnvExternalRedis      = "SCALELAB_EXTERNAL_REDIS"               // redis://[user:password@]host:port
	EnvExternalDatabases  = "SCALELAB_EXTERNAL_REDIS_DATABASES"     // first-last: the databases that are ours to empty
	EnvExternalRabbitMQ   = "SCALELAB_EXTERNAL_RABBITMQ"            // amqp://administrator:password@host:port/vhost
	EnvExternalManagement = "SCALELAB_EXTERNAL_RABBITMQ_MANAGEMENT" // http://administrator:password@host:port
)

func lookExternal(_ context.Context, h *host, kind Kind) (candidate, error) {
	if kind == RabbitMQ {
		return lookExternalRabbit(h)
	}
	address := os.Getenv(EnvExternalRedis)
	if address == "" {
		return candidate{}, errors.New(EnvExternalRedis + " is not set")
	}
	target, err := url.Parse(address)
	if err != nil || target.Scheme != "redis" || target.Port() == "" {
		return candidate{}, errors.New(EnvExternalRedis + ": want redis://[user:password@]host:port")
	}
	first, last, err := databaseRange(os.Getenv(EnvExternalDatabases))
	if err != nil {
		return candidate{}, err
	}
	bring := func(ctx context.Context) (*redisHost, error) {
		if err := reachRedis(ctx, address); err != nil {
			return nil, err
		}
		host := &redisHost{addr: target.Host, user: target.User, end: func(context.Context) error { return nil }}
		host.numbers = newClaims(host, first, last)
		return host, nil
	}
	about := fmt.Sprintf("%s, databases %d to %d", target.Host, first, last)
	return candidate{about: about, make: func() source { return &sharedRedis{bring: bring} }}, nil
}

// databaseRange reads "first-last". The first database keeps the claims on the others.
func databaseRange(declared string) (first, last int, err error) {
	from, to, _ := strings.Cut(declared, "-")
	first, errFirst := strconv.Atoi(from)
	last, errLast := strconv.Atoi(to)
	if errFirst != nil || errLast != nil || first < 0 || last <= first {
		return 0, 0, fmt.Errorf("%s: want first-last, as 1-15: the databases that may be emptied, two at least (have %q)",
			EnvExternalDatabases, declared)
	}
	return first, last, nil
}

func lookExternalRabbit(h *host) (candidate, error) {
	admin, management := os.Getenv(EnvExternalRabbitMQ), os.Getenv(EnvExternalManagement)
	if admin == "" {
		return candidate{}, errors.New(EnvExternalRabbitMQ + " is not set")
	}
	target, err := url.Parse(admin)
	if err != nil || target.Scheme != "amqp" || target.Port() == "" || target.User == nil {
		return candidate{}, errors.New(EnvExternalRabbitMQ + ": want amqp://administrator:password@host:port/vhost")
	}
	api, err := rabbit.NewAPI(management)
	if err != nil {
		return candidate{}, fmt.Errorf("%s: %w", EnvExternalManagement, err)
	}
	bring := func(ctx context.Context) (*rabbitHost, error) {
		defer api.Close()
		if err := reachRabbit(ctx, admin, api); err != nil {
			return nil, err
		}
		if n, err := api.Sweep(ctx); err != nil {
			return nil, err
		} else if n > 0 {
			h.log(fmt.Sprintf("services: removed virtual hosts of killed runs: %d", n))
		}
		return &rabbitHost{addr: target.Host, admin: admin, management: management,
			end: func(context.Context) error { return nil }}, nil
	}
	return candidate{about: target.Host, make: func() source { return &sharedRabbit{bring: bring} }}, nil
}

// firstAnswer bounds the first questions to a server that somebody else runs: the address may be one that swallows them.
const firstAnswer = 30 * time.Second

func reachRedis(ctx context.Context, address string) error {
	options, err := redis.ParseURL(address)
	if err == nil {
		err = withRedis(ctx, *options, func(ctx context.Context, c *redis.Client) error { return c.Ping(ctx).Err() })
	}
	if err != nil {
		return fmt.Errorf("%s: %w", EnvExternalRedis, err)
	}
	return nil
}

// reachRabbit asks both addresses, and says which of them is wrong.
func reachRabbit(ctx context.Context, admin string, api *rabbit.API) error {
	ctx, cancel := context.WithTimeout(ctx, firstAnswer)
	defer cancel()
	if err := rabbit.Answers(ctx, admin); err != nil {
		return fmt.Errorf("%s: %w", EnvExternalRabbitMQ, err)
	}
	if _, err := api.Version(ctx); err != nil {
		return fmt.Errorf("%s: %w", EnvExternalManagement, err)
	}
	return nil
}
