package cacheaside

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Service differs from the reference in four ways: every call looks into Redis by itself and only computations are shared; a
// counter of invalidations, and not a place that is emptied, tells old computations from new; Invalidate waits for a store under
// way on a channel; and the answer is a gob in a Redis hash, written in MULTI.
type Service struct {
	rdb       *redis.Client
	est       Estimator
	opTimeout time.Duration

	mu      sync.Mutex // guards everything below; never held while anything is waited for
	resorts map[string]*resortState
	stats   Stats
}

type resortState struct {
	generation int           // how often the resort was invalidated
	computing  *computation  // of this generation
	storing    chan struct{} // closed when the store under way, of any generation, has ended; nil if there is none
}

type computation struct {
	generation int
	done       chan struct{}
	waits      []LiftWait
	err        error
}

const field = "answer"

// New returns a service that keeps the answers of est in Redis.
func New(rdb *redis.Client, est Estimator, opts Options) *Service {
	switch {
	case rdb == nil:
		panic("cacheaside: New: nil client")
	case est == nil:
		panic("cacheaside: New: nil estimator")
	case opts.OpTimeout < 0:
		panic("cacheaside: New: negative OpTimeout")
	case opts.OpTimeout == 0:
		opts.OpTimeout = DefaultOpTimeout
	}
	return &Service{rdb: rdb, est: est, opTimeout: opts.OpTimeout, resorts: map[string]*resortState{}}
}

// LiftWaits looks up, then joins or starts a computation.
func (s *Service) LiftWaits(ctx context.Context, resort string) ([]LiftWait, error) {
	type found struct {
		waits []LiftWait
		ok    bool
	}
	looked := make(chan found, 1)
	free := context.WithoutCancel(ctx)
	go func() {
		waits, ok := s.lookUp(free, resort)
		looked <- found{waits, ok}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case f := <-looked:
		s.count(func(stats *Stats) {
			if f.ok {
				stats.Hits++
			} else {
				stats.Misses++
			}
		})
		if f.ok {
			return f.waits, nil
		}
	}
	c := s.join(free, resort)
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.done:
		return c.waits, c.err
	}
}

// Invalidate begins a new generation, waits for a store that the old one has under way, and deletes.
func (s *Service) Invalidate(ctx context.Context, resort string) error {
	s.mu.Lock()
	r := s.at(resort)
	r.generation++
	r.computing = nil
	storing := r.storing
	s.mu.Unlock()
	if storing != nil {
		<-storing // at most OpTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, s.opTimeout)
	defer cancel()
	if err := s.rdb.Unlink(ctx, Key(resort)).Err(); err != nil {
		s.count(func(stats *Stats) { stats.Errors++ })
		return fmt.Errorf("cacheaside: invalidate %s: %w", resort, err)
	}
	return nil
}

// Stats returns the counts so far.
func (s *Service) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

func (s *Service) count(change func(*Stats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.stats)
}

// at returns what is known of the resort; s.mu is held.
func (s *Service) at(resort string) *resortState {
	r, ok := s.resorts[resort]
	if !ok {
		r = &resortState{}
		s.resorts[resort] = r
	}
	return r
}

func (s *Service) join(ctx context.Context, resort string) *computation {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.at(resort)
	if r.computing == nil {
		r.computing = &computation{generation: r.generation, done: make(chan struct{})}
		go s.compute(ctx, resort, r, r.computing)
	}
	return r.computing
}

func (s *Service) compute(ctx context.Context, resort string, r *resortState, c *computation) {
	defer close(c.done)
	defer s.forget(r, c)
	if c.waits, c.err = s.est.LiftWaits(ctx, resort); c.err != nil {
		return
	}
	if end, ok := s.beginStore(r, c); ok {
		defer end()
		s.store(ctx, resort, c.waits)
	}
}

// beginStore claims the resort's one place for a store under way, unless c is of an older generation.
func (s *Service) beginStore(r *resortState, c *computation) (end func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for r.storing != nil {
		storing := r.storing
		s.mu.Unlock()
		<-storing
		s.mu.Lock()
	}
	if c.generation != r.generation {
		return nil, false
	}
	storing := make(chan struct{})
	r.storing = storing
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		r.storing = nil
		close(storing)
	}, true
}

func (s *Service) forget(r *resortState, c *computation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.computing == c {
		r.computing = nil
	}
}

func (s *Service) lookUp(ctx context.Context, resort string) (waits []LiftWait, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, s.opTimeout)
	defer cancel()
	value, err := s.rdb.HGet(ctx, Key(resort), field).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, false
	}
	if err == nil {
		err = gob.NewDecoder(bytes.NewReader(value)).Decode(&waits)
	}
	if err != nil {
		s.count(func(stats *Stats) { stats.Errors++ })
		return nil, false
	}
	return waits, true
}

func (s *Service) store(ctx context.Context, resort string, waits []LiftWait) {
	ctx, cancel := context.WithTimeout(ctx, s.opTimeout)
	defer cancel()
	var value bytes.Buffer
	err := gob.NewEncoder(&value).Encode(waits)
	if err == nil {
		_, err = s.rdb.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
			pipe.Del(ctx, Key(resort))
			pipe.HSet(ctx, Key(resort), field, value.Bytes())
			pipe.Expire(ctx, Key(resort), TTL)
			return nil
		})
	}
	if err != nil {
		s.count(func(stats *Stats) { stats.Errors++ })
	}
}
