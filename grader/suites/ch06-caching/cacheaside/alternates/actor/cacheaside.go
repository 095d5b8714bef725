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

// Service gives every resort that is busy an actor: one goroutine that alone decides for this resort, and lives as long as
// somebody has something to tell it. Callers get their answer when it is computed; it is stored afterwards.
type Service struct {
	rdb       *redis.Client
	est       Estimator
	opTimeout time.Duration

	mu     sync.Mutex // guards actors and every refs
	actors map[string]*actor

	hits, misses, errors atomic.Int64
}

// actor owns the fields below mail: only its goroutine touches them.
type actor struct {
	service *Service
	resort  string
	refs    int           // who may still send mail
	quit    chan struct{} // closed when refs is 0
	mail    chan func()

	round   *round // the answer in the making that new calls join
	writing bool   // a write is under way
	writes  []func() (write func() error, then func(error))
}

// round is one look-up and, on a miss, one computation.
type round struct {
	waiters []chan answer
	answer  *answer // once computed; it can be joined until it is stored
}

type answer struct {
	waits []LiftWait
	err   error
	hit   bool
}

// New returns a service that keeps the answers of est in Redis.
func New(rdb *redis.Client, est Estimator, opts Options) *Service {
	if rdb == nil || est == nil || opts.OpTimeout < 0 {
		panic("cacheaside: New: nil client, nil estimator or negative OpTimeout")
	}
	if opts.OpTimeout == 0 {
		opts.OpTimeout = DefaultOpTimeout
	}
	return &Service{rdb: rdb, est: est, opTimeout: opts.OpTimeout, actors: map[string]*actor{}}
}

// LiftWaits asks the resort's actor.
func (s *Service) LiftWaits(ctx context.Context, resort string) ([]LiftWait, error) {
	a := s.enter(resort)
	defer a.leave()
	reply := make(chan answer, 1)
	free := context.WithoutCancel(ctx)
	a.tell(func() { a.ask(free, reply) })
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case got := <-reply:
		if got.hit {
			s.hits.Add(1)
		} else {
			s.misses.Add(1)
		}
		return got.waits, got.err
	}
}

// Invalidate has the resort's actor delete the key.
func (s *Service) Invalidate(ctx context.Context, resort string) error {
	a := s.enter(resort)
	defer a.leave()
	reply := make(chan error, 1)
	a.tell(func() { a.invalidate(ctx, reply) })
	if err := <-reply; err != nil {
		return fmt.Errorf("cacheaside: invalidate %s: %w", resort, err)
	}
	return nil
}

// Stats returns the counts so far.
func (s *Service) Stats() Stats {
	return Stats{Hits: s.hits.Load(), Misses: s.misses.Load(), Errors: s.errors.Load()}
}

// enter returns the resort's actor, which lives at least until leave.
func (s *Service) enter(resort string) *actor {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.actors[resort]
	if !ok {
		a = &actor{service: s, resort: resort, quit: make(chan struct{}), mail: make(chan func())}
		s.actors[resort] = a
		go a.live()
	}
	a.refs++
	return a
}

func (a *actor) leave() {
	a.service.mu.Lock()
	defer a.service.mu.Unlock()
	if a.refs--; a.refs == 0 {
		delete(a.service.actors, a.resort)
		close(a.quit)
	}
}

func (a *actor) live() {
	for {
		select {
		case <-a.quit:
			return
		case message := <-a.mail:
			message()
		}
	}
}

// tell has the actor do something and returns when it is done: the teller may leave then. No message waits for anything.
func (a *actor) tell(message func()) {
	done := make(chan struct{})
	a.mail <- func() {
		defer close(done)
		message()
	}
	<-done
}

// spawn does work in a goroutine of its own and has the actor do what work returns.
func (a *actor) spawn(work func() (then func())) {
	a.service.mu.Lock()
	a.refs++
	a.service.mu.Unlock()
	go func() {
		defer a.leave()
		a.tell(work())
	}()
}

func (a *actor) ask(ctx context.Context, reply chan answer) {
	if a.round != nil && a.round.answer != nil {
		reply <- *a.round.answer
		return
	}
	if a.round == nil {
		rd := &round{}
		a.round = rd
		a.spawn(func() func() {
			waits, hit := a.service.lookUp(ctx, a.resort)
			return func() { a.lookedUp(ctx, rd, waits, hit) }
		})
	}
	a.round.waiters = append(a.round.waiters, reply)
}

func (a *actor) lookedUp(ctx context.Context, rd *round, waits []LiftWait, hit bool) {
	if hit {
		a.finish(rd, answer{waits: waits, hit: true})
		a.forget(rd)
		return
	}
	a.spawn(func() func() {
		waits, err := a.service.est.LiftWaits(ctx, a.resort)
		return func() { a.computed(ctx, rd, answer{waits: waits, err: err}) }
	})
}

func (a *actor) computed(ctx context.Context, rd *round, got answer) {
	a.finish(rd, got)
	if got.err != nil {
		a.forget(rd)
		return
	}
	a.write(func() (func() error, func(error)) {
		if a.round != rd { // invalidated
			return nil, nil
		}
		return func() error { return a.service.store(ctx, a.resort, got.waits) }, func(error) { a.forget(rd) }
	})
}

func (a *actor) invalidate(ctx context.Context, reply chan error) {
	a.write(func() (func() error, func(error)) {
		return func() error { return a.service.remove(ctx, a.resort) }, func(err error) {
			a.round = nil
			reply <- err
		}
	})
}

func (a *actor) finish(rd *round, got answer) {
	rd.answer = &got
	for _, reply := range rd.waiters {
		reply <- got
	}
}

func (a *actor) forget(rd *round) {
	if a.round == rd {
		a.round = nil
	}
}

// write queues a change of the key. Changes are made one after another; each is decided on when its turn comes.
func (a *actor) write(decide func() (func() error, func(error))) {
	a.writes = append(a.writes, decide)
	a.nextWrite()
}

func (a *actor) nextWrite() {
	for !a.writing && len(a.writes) > 0 {
		write, then := a.writes[0]()
		a.writes = a.writes[1:]
		if write == nil {
			continue
		}
		a.writing = true
		a.spawn(func() func() {
			err := write()
			return func() {
				a.writing = false
				then(err)
				a.nextWrite()
			}
		})
	}
}

func (s *Service) lookUp(ctx context.Context, resort string) (waits []LiftWait, ok bool) {
	err := s.operation(ctx, func(ctx context.Context) error {
		value, err := s.rdb.Get(ctx, Key(resort)).Bytes()
		if err != nil {
			return err
		}
		return json.Unmarshal(value, &waits)
	})
	return waits, err == nil
}

func (s *Service) store(ctx context.Context, resort string, waits []LiftWait) error {
	value, err := json.Marshal(waits)
	if err != nil {
		return err
	}
	return s.operation(ctx, func(ctx context.Context) error { return s.rdb.SetEx(ctx, Key(resort), value, TTL).Err() })
}

func (s *Service) remove(ctx context.Context, resort string) error {
	return s.operation(ctx, func(ctx context.Context) error { return s.rdb.Del(ctx, Key(resort)).Err() })
}

// operation gives do its time and counts its failure.
func (s *Service) operation(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.opTimeout)
	defer cancel()
	err := do(ctx)
	if err != nil && !errors.Is(err, redis.Nil) {
		s.errors.Add(1)
	}
	return err
}
