package services

import (
	"context"

	"github.com/redis/go-redis/v9"

	"scalelab/grader/internal/services/process"
)

// lookProcess finds the servers' programs.
func lookProcess(_ context.Context, h *host, kind Kind) (candidate, error) {
	if kind == RabbitMQ {
		programs, err := process.FindRabbitMQ()
		if err != nil {
			return candidate{}, err
		}
		return candidate{about: programs.Server + ", one node for all checks", make: func() source {
			return &sharedRabbit{bring: h.bringRabbitProcess}
		}}, nil
	}
	program, err := process.FindRedis()
	if err != nil {
		return candidate{}, err
	}
	return candidate{about: program + ", a server for each check", make: func() source {
		return &privateRedis{
			launch: func(ctx context.Context) (redisServer, error) { return process.StartRedis(ctx, h.folder) },
			about: func(ctx context.Context, addr string) (string, error) {
				return serverInfo(ctx, redis.Options{Addr: addr}, "redis_version")
			},
		}
	}}, nil
}

func (h *host) bringRabbitProcess(ctx context.Context) (*rabbitHost, error) {
	node, err := process.StartRabbitMQ(ctx, h.folder)
	if err != nil {
		return nil, err
	}
	return &rabbitHost{
		addr:       node.Addr(),
		admin:      node.URL(),
		management: node.ManagementURL(),
		server:     node,
		end:        func(context.Context) error { return node.Close() },
	}, nil
}
