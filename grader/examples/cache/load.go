package main

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	vegeta "github.com/tsenart/vegeta/v12/lib"

	"scalelab/grader/examples/internal/load"
	"scalelab/grader/internal/services/process"
	"scalelab/solutions/ch06-caching/cacheaside"
)

const (
	resorts  = 2000
	skew     = 1.2 // of the Zipf distribution
	query    = 25 * time.Millisecond
	atOnce   = 6 // queries that the database carries out at the same time
	seed     = 6
	patience = 30 * time.Second
)

// phase is what was measured between two moments. Times count from the beginning of its run.
type phase struct {
	name         string
	length       time.Duration
	latencies    []time.Duration
	asked        []time.Duration
	queried      []time.Duration
	failed       int
	queries      int
	hits, misses int64
}

// database is an Estimator with a few connections.
type database struct {
	places chan struct{}

	mu      sync.Mutex
	queried []time.Time
}

func newDatabase() *database { return &database{places: make(chan struct{}, atOnce)} }

// LiftWaits is a query.
func (d *database) LiftWaits(ctx context.Context, resort string) ([]cacheaside.LiftWait, error) {
	d.mu.Lock()
	d.queried = append(d.queried, time.Now())
	d.mu.Unlock()
	select {
	case d.places <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-d.places }()
	time.Sleep(query)
	return []cacheaside.LiftWait{{Lift: "Gondola of " + resort, Minutes: len(resort)}}, nil
}

func (p plan) withoutCache(ctx context.Context) (*phase, error) {
	db := newDatabase()
	result, begin, err := p.attack(ctx, db, p.direct, nil)
	if err != nil {
		return nil, err
	}
	all := &phase{name: "without a cache", length: p.direct}
	all.take(result, db.queried, begin)
	return all, nil
}

// withCache kills Redis in the middle, between two requests: those that come meanwhile wait for it. So a hit was one before Redis died.
func (p plan) withCache(ctx context.Context, server *process.Redis) (before, after *phase, err error) {
	redis.SetLogger(&logging.VoidLogger{}) // a dead server is no news here
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr(), ContextTimeoutEnabled: true, MaxRetries: -1, PoolSize: 64})
	defer rdb.Close()
	db := newDatabase()
	service := cacheaside.New(rdb, db, cacheaside.Options{})
	alive := p.cached - p.dead
	var atDeath cacheaside.Stats
	betweenRequests := &gate{Estimator: service}
	result, begin, err := p.attack(ctx, betweenRequests, p.cached, func() error {
		betweenRequests.underWay.Lock()
		defer betweenRequests.underWay.Unlock()
		atDeath = service.Stats()
		return server.Kill(ctx)
	})
	if err != nil {
		return nil, nil, err
	}
	before, after = &phase{name: "with Redis", length: alive}, &phase{name: "Redis is dead", length: p.dead}
	asked := func(r vegeta.Result) time.Time { return r.Timestamp }
	queried := func(t time.Time) time.Time { return t }
	before.take(between(result, asked, begin, 0, alive), between(db.queried, queried, begin, 0, alive), begin)
	end := p.cached + patience
	after.take(between(result, asked, begin, alive, end), between(db.queried, queried, begin, alive, end), begin)
	atEnd := service.Stats()
	before.hits, before.misses = atDeath.Hits, atDeath.Misses
	after.hits, after.misses = atEnd.Hits-atDeath.Hits, atEnd.Misses-atDeath.Misses
	return before, after, nil
}

// gate is a service that can be stopped between two requests.
type gate struct {
	cacheaside.Estimator
	underWay sync.RWMutex
}

func (g *gate) LiftWaits(ctx context.Context, resort string) ([]cacheaside.LiftWait, error) {
	g.underWay.RLock()
	defer g.underWay.RUnlock()
	return g.Estimator.LiftWaits(ctx, resort)
}

// take counts what a phase has seen.
func (p *phase) take(results []vegeta.Result, queried []time.Time, begin time.Time) {
	for _, r := range results {
		p.latencies = append(p.latencies, r.Latency)
		p.asked = append(p.asked, r.Timestamp.Sub(begin))
		if r.Code != http.StatusOK {
			p.failed++
		}
	}
	for _, at := range queried {
		p.queried = append(p.queried, at.Sub(begin))
	}
	p.queries = len(queried)
}

// between is the part of all that came between two times after the beginning.
func between[T any](all []T, at func(T) time.Time, begin time.Time, from, to time.Duration) []T {
	var part []T
	for _, one := range all {
		if after := at(one).Sub(begin); after >= from && after < to {
			part = append(part, one)
		}
	}
	return part
}

// attack asks the service over loopback, for the popular resorts more often, and calls late when only dead is left.
func (p plan) attack(ctx context.Context, service cacheaside.Estimator, length time.Duration, late func() error) ([]vegeta.Result, time.Time, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, time.Time{}, err
	}
	server := &http.Server{Handler: handler(service), ReadHeaderTimeout: patience}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	var meanwhile func(time.Time) error
	if late != nil {
		meanwhile = func(begin time.Time) error {
			load.Until(ctx, begin, length-p.dead)
			return late()
		}
	}
	results, begin, err := load.Plan{PerSecond: p.rate, Length: length, Patience: patience}.Attack(ctx, targets("http://"+listener.Addr().String()), meanwhile)
	err = errors.Join(err, server.Close())
	if end := <-served; !errors.Is(end, http.ErrServerClosed) {
		err = errors.Join(err, end)
	}
	return results, begin, err
}

// targets are requests for resorts by Zipf's law, the same in every run.
func targets(base string) vegeta.Targeter {
	var mu sync.Mutex
	zipf := rand.NewZipf(rand.New(rand.NewPCG(seed, seed)), skew, 1, resorts-1)
	return func(t *vegeta.Target) error {
		mu.Lock()
		defer mu.Unlock()
		t.Method, t.URL = http.MethodGet, base+"/waits/"+resortName(zipf.Uint64())
		return nil
	}
}

func handler(service cacheaside.Estimator) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /waits/{resort}", func(w http.ResponseWriter, r *http.Request) {
		waits, err := service.LiftWaits(r.Context(), r.PathValue("resort"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(waits)
	})
	return mux
}

func resortName(n uint64) string { return "resort-" + strconv.FormatUint(n, 10) }
