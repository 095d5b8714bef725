package cacheaside

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// Service answers LiftWaits from Redis and computes what Redis does not have. It is safe for concurrent use.
//
// Every call looks into Redis itself. Those that find nothing meet in flights: at most one computation per resort that new
// calls may join. Invalidate takes the computation out of flights ("detaches" it), so that nobody joins it any more, and its
// answer is not stored.
type Service struct {
	rdb       *redis.Client
	est       Estimator
	opTimeout time.Duration

	hits, misses, errors atomic.Int64

	mu      sync.Mutex                 // guards what follows, and flight.detached; never held while waiting for anything
	flights map[string]*flight         // by resort: the computation that calls may join
	storing map[string][]chan struct{} // by resort: SETs under way; each channel is closed when its SET has ended
}

// flight is one computation, from its start until its answer has been stored.
type flight struct {
	known    chan struct{} // closed when waits and err are set
	waits    []LiftWait
	err      error
	detached bool // by Invalidate: the answer is too old to be stored
}

// New returns a service that keeps the answers of est in Redis. It uses Redis only through rdb, which was made with
// ContextTimeoutEnabled and MaxRetries: -1. It panics if rdb or est is nil or if opts.OpTimeout is negative.
func New(rdb *redis.Client, est Estimator, opts Options) *Service {
	switch {
	case rdb == nil:
		panic("cacheaside: New without a Redis client")
	case est == nil:
		panic("cacheaside: New without an estimator")
	case opts.OpTimeout < 0:
		panic(fmt.Sprintf("cacheaside: New with a negative OpTimeout: %v", opts.OpTimeout))
	}
	timeout := opts.OpTimeout
	if timeout == 0 {
		timeout = DefaultOpTimeout
	}
	return &Service{
		rdb:       rdb,
		est:       est,
		opTimeout: timeout,
		flights:   map[string]*flight{},
		storing:   map[string][]chan struct{}{},
	}
}

// LiftWaits returns the waits at the lifts of resort: from Redis if they are there, else from the estimator, whose answer it
// stores under Key(resort) with TTL.
//
// Its errors are the estimator's, and ctx.Err() as soon as ctx ends. Trouble with Redis is a miss. Concurrent misses of one
// resort share one computation, which no caller's context can end.
func (s *Service) LiftWaits(ctx context.Context, resort string) ([]LiftWait, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}

	waits, found, err := s.lookUp(ctx, resort)
	if err != nil {
		return nil, err // the caller has left
	}
	if found {
		s.hits.Add(1)
		return waits, nil
	}

	s.misses.Add(1)
	f := s.join(ctx, resort)
	select {
	case <-f.known:
		return slices.Clone(f.waits), f.err // a copy, for the others share f.waits
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Invalidate removes the stored answer of resort. Once it has returned nil, calls of LiftWaits that start later get an answer
// whose computation began after Invalidate was called. It returns an error if Redis fails.
func (s *Service) Invalidate(ctx context.Context, resort string) error {
	// From here on nobody joins the old computation, and if it is not storing yet it never will.
	s.mu.Lock()
	if f := s.flights[resort]; f != nil {
		f.detached = true
		delete(s.flights, resort)
	}
	underway := slices.Clone(s.storing[resort])
	s.mu.Unlock()

	// A SET that is already on its way could reach Redis after our DEL, on another connection. Let it end first.
	for _, ended := range underway {
		select {
		case <-ended:
		case <-ctx.Done():
			return ctx.Err()
		}
	}

	_, err := inBackground(ctx, func() (int64, error) {
		opCtx, cancel := s.opContext(ctx)
		defer cancel()
		n, err := s.rdb.Del(opCtx, Key(resort)).Result()
		s.count(err)
		return n, err
	})
	if err != nil {
		return fmt.Errorf("cacheaside: invalidate %q: %w", resort, err)
	}
	return nil
}

// Stats returns the counts so far.
func (s *Service) Stats() Stats {
	return Stats{Hits: s.hits.Load(), Misses: s.misses.Load(), Errors: s.errors.Load()}
}

// lookUp asks Redis for the answer. Whatever goes wrong with Redis is "not found"; the only error is that of ctx.
func (s *Service) lookUp(ctx context.Context, resort string) (waits []LiftWait, found bool, err error) {
	value, err := inBackground(ctx, func() ([]byte, error) {
		opCtx, cancel := s.opContext(ctx)
		defer cancel()
		value, err := s.rdb.Get(opCtx, Key(resort)).Bytes()
		s.count(err)
		if err != nil {
			return nil, nil // not there, not reachable, or not a string: all the same for us
		}
		return value, nil
	})
	if err != nil {
		return nil, false, err
	}
	waits, found = decode(value)
	return waits, found, nil
}

// join returns the computation for resort that is under way, or starts one.
func (s *Service) join(ctx context.Context, resort string) *flight {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.flights[resort]
	if f == nil {
		f = &flight{known: make(chan struct{})}
		s.flights[resort] = f
		// The computation belongs to nobody: it keeps the values of ctx, but neither its deadline nor its cancellation.
		go s.run(context.WithoutCancel(ctx), resort, f)
	}
	return f
}

// run computes, tells everybody who joined, and stores.
func (s *Service) run(ctx context.Context, resort string, f *flight) {
	f.waits, f.err = s.est.LiftWaits(ctx, resort)
	if f.err != nil {
		// Off the map first: whoever calls after having seen the error must compute again.
		f.waits = nil
		s.remove(resort, f)
		close(f.known)
		return
	}
	close(f.known)
	s.store(ctx, resort, f)
	s.remove(resort, f)
}

// store puts the answer of f into Redis, unless f has been detached.
func (s *Service) store(ctx context.Context, resort string, f *flight) {
	value, err := encode(f.waits)
	if err != nil {
		return // cannot happen with strings and ints
	}

	ended := make(chan struct{})
	s.mu.Lock()
	if f.detached {
		s.mu.Unlock()
		return
	}
	s.storing[resort] = append(s.storing[resort], ended)
	s.mu.Unlock()

	opCtx, cancel := s.opContext(ctx)
	defer cancel()
	// One command, SET key value EX 300: there is no moment without a TTL. It replaces a value of any type.
	s.count(s.rdb.Set(opCtx, Key(resort), value, TTL).Err())

	s.mu.Lock()
	rest := slices.DeleteFunc(s.storing[resort], func(c chan struct{}) bool { return c == ended })
	if len(rest) == 0 {
		delete(s.storing, resort)
	} else {
		s.storing[resort] = rest
	}
	s.mu.Unlock()
	close(ended)
}

// remove takes f off the map, if it is still there.
func (s *Service) remove(resort string, f *flight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flights[resort] == f {
		delete(s.flights, resort)
	}
}

// opContext is the context of one Redis operation. It does not end with the caller's, for an operation that its caller has
// abandoned is not one that failed.
func (s *Service) opContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), s.opTimeout)
}

// count counts a Redis operation that failed. redis.Nil says that the key is not there.
func (s *Service) count(err error) {
	if err != nil && !errors.Is(err, redis.Nil) {
		s.errors.Add(1)
	}
}

// inBackground runs op in a goroutine of its own and returns what op returns, or the error of ctx if that ends earlier. go-redis
// does not notice when a context is cancelled while it waits for an answer, so the caller must be able to leave without it. The
// goroutine ends with op, that is, after OpTimeout at the latest.
func inBackground[R any](ctx context.Context, op func() (R, error)) (R, error) {
	type outcome struct {
		value R
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := op()
		done <- outcome{value, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		var zero R
		return zero, ctx.Err()
	}
}

// magic begins every value that we store. Without it, a foreign "[]" or "null" would look like an empty answer.
var magic = []byte("cacheaside/1 ")

func encode(waits []LiftWait) ([]byte, error) {
	body, err := json.Marshal(waits)
	if err != nil {
		return nil, err
	}
	return slices.Concat(magic, body), nil
}

// decode returns false for everything that encode has not written.
func decode(value []byte) ([]LiftWait, bool) {
	body, ours := bytes.CutPrefix(value, magic)
	if !ours {
		return nil, false
	}
	var waits []LiftWait
	if err := json.Unmarshal(body, &waits); err != nil {
		return nil, false
	}
	return waits, true
}
