package cacheaside

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// Service answers LiftWaits from Redis and computes what Redis does not have. It is safe for concurrent use.
//
// A flight does the work of a call in a goroutine of its own: look up, compute, store. Callers only wait for it. So no caller's
// context ever reaches Redis or the estimator, and a caller can leave at any moment.
type Service struct {
	rdb       *redis.Client
	est       Estimator
	opTimeout time.Duration
	resorts   sync.Map // name → *resortState; entries stay: they are small, and resorts are few

	hits, misses, errors atomic.Int64
}

// resortState is what the service remembers of one resort.
type resortState struct {
	current atomic.Pointer[flight] // what new calls join; nil if nothing is under way
	writing sync.Mutex             // held during SET and DEL, so that neither overtakes the other
}

// flight is one answer in the making. Its fields are written before done is closed and only read afterwards.
type flight struct {
	done  chan struct{}
	waits []LiftWait
	err   error
	hit   bool
}

// New returns a service that keeps the answers of est in Redis.
func New(rdb *redis.Client, est Estimator, opts Options) *Service {
	if rdb == nil || est == nil {
		panic("cacheaside: New needs a Redis client and an estimator")
	}
	if opts.OpTimeout < 0 {
		panic("cacheaside: New needs an OpTimeout of 0 or more")
	}
	if opts.OpTimeout == 0 {
		opts.OpTimeout = DefaultOpTimeout
	}
	return &Service{rdb: rdb, est: est, opTimeout: opts.OpTimeout}
}

// LiftWaits returns the waits at the lifts of resort, from Redis if they are there.
func (s *Service) LiftWaits(ctx context.Context, resort string) ([]LiftWait, error) {
	f := s.join(ctx, resort)
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-f.done:
	}
	if f.hit {
		s.hits.Add(1)
	} else {
		s.misses.Add(1)
	}
	return f.waits, f.err
}

// Invalidate removes the stored answer and makes later calls compute a new one.
func (s *Service) Invalidate(ctx context.Context, resort string) error {
	r := s.state(resort)
	r.writing.Lock()
	defer r.writing.Unlock()
	ctx, cancel := context.WithTimeout(ctx, s.opTimeout)
	defer cancel()
	err := s.rdb.Del(ctx, Key(resort)).Err()
	// Only now: a flight that began while DEL was on its way may have read the old answer.
	r.current.Store(nil)
	if err != nil {
		s.errors.Add(1)
		return fmt.Errorf("cacheaside: invalidate %s: %w", resort, err)
	}
	return nil
}

// Stats returns the counts so far.
func (s *Service) Stats() Stats {
	return Stats{Hits: s.hits.Load(), Misses: s.misses.Load(), Errors: s.errors.Load()}
}

// join returns the resort's flight under way, or starts one.
func (s *Service) join(ctx context.Context, resort string) *flight {
	r := s.state(resort)
	mine := &flight{done: make(chan struct{})}
	for {
		if f := r.current.Load(); f != nil {
			return f
		}
		if r.current.CompareAndSwap(nil, mine) {
			go s.fly(context.WithoutCancel(ctx), resort, r, mine)
			return mine
		}
	}
}

// fly produces the answer of f. f can be joined until its answer is stored; a call that comes later finds it in Redis.
func (s *Service) fly(ctx context.Context, resort string, r *resortState, f *flight) {
	defer close(f.done)
	defer r.current.CompareAndSwap(f, nil) // a newer flight that has taken the place stays
	if f.waits, f.hit = s.lookUp(ctx, resort); f.hit {
		return
	}
	if f.waits, f.err = s.est.LiftWaits(ctx, resort); f.err != nil {
		return
	}
	r.writing.Lock()
	defer r.writing.Unlock()
	if r.current.Load() == f { // not invalidated meanwhile
		s.store(ctx, resort, f.waits)
	}
}

// lookUp reports whether Redis has an answer. Whatever goes wrong is a miss.
func (s *Service) lookUp(ctx context.Context, resort string) (waits []LiftWait, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, s.opTimeout)
	defer cancel()
	value, err := s.rdb.Get(ctx, Key(resort)).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, false
	}
	if err == nil {
		err = json.Unmarshal(value, &waits)
	}
	if err != nil {
		s.errors.Add(1)
		return nil, false
	}
	return waits, true
}

// store puts the answer and its TTL into Redis by one command, so that the key is never there without a TTL.
func (s *Service) store(ctx context.Context, resort string, waits []LiftWait) {
	ctx, cancel := context.WithTimeout(ctx, s.opTimeout)
	defer cancel()
	value, err := json.Marshal(waits)
	if err == nil {
		err = s.rdb.Set(ctx, Key(resort), value, TTL).Err()
	}
	if err != nil {
		s.errors.Add(1)
	}
}

func (s *Service) state(resort string) *resortState {
	r, _ := s.resorts.LoadOrStore(resort, &resortState{})
	return r.(*resortState)
}
