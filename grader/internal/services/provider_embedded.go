package services

import (
	"context"
	"runtime/debug"

	"scalelab/pkg/services/embedded"
)

// lookEmbedded always finds something: the servers are part of this program.
func lookEmbedded(_ context.Context, _ *host, kind Kind) (candidate, error) {
	if kind == RabbitMQ {
		return candidate{about: "minirabbit, inside this process", make: func() source { return embeddedRabbit{} }}, nil
	}
	return candidate{about: "miniredis, inside this process", make: func() source {
		return &privateRedis{
			launch: func(ctx context.Context) (redisServer, error) { return embedded.StartRedis(ctx) },
			about: func(context.Context, string) (string, error) {
				return moduleVersion("github.com/alicebob/miniredis/v2"), nil
			},
		}
	}}, nil
}

// moduleVersion is the version of a module in this program, as "miniredis v2.40.0"; without the number where the
// program does not know it, as in tests.
func moduleVersion(path string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == path {
				return "miniredis " + m.Version
			}
		}
	}
	return "miniredis"
}
