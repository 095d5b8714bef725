// Package cacheaside answers "how long is the queue at each lift?" from Redis, and computes the answer only when Redis does not
// have it.
//
// The pattern is called cache-aside because the program, not the cache, is in charge: it looks into the cache; on a miss it
// computes the answer, stores it with a time to live, and returns it. The cache is an optimisation. Without it everything
// still works, only slower, so a broken cache must look like an empty one.
//
// This file is given: it is the same for everybody and is not handed in.
package cacheaside

import (
	"context"
	"time"
)

// LiftWait says how long skiers wait at one lift just now.
type LiftWait struct {
	Lift    string `json:"lift"`
	Minutes int    `json:"minutes"`
}

// Estimator computes the waits of all lifts of a resort: a long query over the lift rides of the last minutes. One computation
// takes a second or more and loads the database. It stops early only if its context ends.
type Estimator interface {
	LiftWaits(ctx context.Context, resort string) ([]LiftWait, error)
}

// TTL is how long a stored answer lives, counted from the moment it was stored.
const TTL = 300 * time.Second

// DefaultOpTimeout is what one Redis operation may take unless Options say otherwise.
const DefaultOpTimeout = 200 * time.Millisecond

// Key is the one Redis key that holds the answer for a resort.
func Key(resort string) string { return "liftwaittimes:" + resort }

// Options are the settings of New. The zero value is ready to use.
type Options struct {
	// OpTimeout is what one Redis operation may take before it is given up as failed; 0 means DefaultOpTimeout.
	OpTimeout time.Duration
}

// Stats counts what a Service has done since New.
type Stats struct {
	Hits   int64 // calls of LiftWaits answered with a value that was in Redis
	Misses int64 // calls of LiftWaits that needed a computation, their own or one that they joined
	Errors int64 // Redis operations that failed or timed out; "the key is not there" is not a failure
}
