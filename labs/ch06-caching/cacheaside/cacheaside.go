package cacheaside

import (
	"context"

	"github.com/redis/go-redis/v9"

	"scalelab/pkg/lab"
)

// Service answers LiftWaits from Redis and computes what Redis does not have. It is safe for concurrent use.
type Service struct{}

// New returns a service that keeps the answers of est in Redis. It uses Redis only through rdb, which was made with
// ContextTimeoutEnabled and MaxRetries: -1. It panics if rdb or est is nil or if opts.OpTimeout is negative.
func New(rdb *redis.Client, est Estimator, opts Options) *Service {
	panic(lab.NotImplemented("cacheaside", "New"))
}

// LiftWaits returns the waits at the lifts of resort: from Redis if they are there, else from the estimator, whose answer it
// stores under Key(resort) with TTL.
//
// Its errors are the estimator's, and ctx.Err() as soon as ctx ends. Trouble with Redis is a miss. Concurrent misses of one
// resort share one computation, which no caller's context can end.
func (s *Service) LiftWaits(ctx context.Context, resort string) ([]LiftWait, error) {
	panic(lab.NotImplemented("cacheaside", "LiftWaits"))
}

// Invalidate removes the stored answer of resort. Once it has returned nil, calls of LiftWaits that start later get an answer
// whose computation began after Invalidate was called. It returns an error if Redis fails.
func (s *Service) Invalidate(ctx context.Context, resort string) error {
	panic(lab.NotImplemented("cacheaside", "Invalidate"))
}

// Stats returns the counts so far.
func (s *Service) Stats() Stats {
	panic(lab.NotImplemented("cacheaside", "Stats"))
}
