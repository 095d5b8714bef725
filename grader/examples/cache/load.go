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

// withCache kills Redis in the middle.
func (p plan) withCache(ctx context.Context, server *process.Redis) (before, after *phase, err error) {
	redis.SetLogger(&logging.VoidLogger{}) // a dead server is no news here
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr(), ContextTimeoutEnabled: true, MaxRetries: -1, PoolSize: 64})
	defer rdb.Close()
	db := newDatabase()
	service := cacheaside.New(rdb, db, cacheaside.Options{})
	alive := p.cached - p.dead
	var atDeath cacheaside.Stats
	result, begin, err := p.attack(ctx, service, p.cached, func() error {
		atDeath = service.Stats()
		return server.Kill(ctx)
	})
	if err != nil {
		return nil, nil, err
	}
	before, after = &phase{name: "with Redis", length: alive}, &phase{name: "Redis is dead", length: p.dead}
	before.take(cut(result, begin, 0, alive), within(db.queried, begin, 0, alive), begin)
	after.take(cut(result, begin, alive, p.cached+patience), within(db.queried, begin, alive, p.cached+patience), begin)
	end := service.Stats()
	before.hits, before.misses = atDeath.Hits, atDeath.Misses
	after.hits, after.misses = end.Hits-atDeath.Hits, end.Misses-atDeath.Misses
	return before, after, nil
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

func cut(results []vegeta.Result, begin time.Time, from, to time.Duration) []vegeta.Result {
	var part []vegeta.Result
	for _, r := range results {
		if at := r.Timestamp.Sub(begin); at >= from && at < to {
			part = append(part, r)
		}
	}
	return part
}

func within(times []time.Time, begin time.Time, from, to time.Duration) []time.Time {
	var part []time.Time
	for _, t := range times {
		if at := t.Sub(begin); at >= from && at < to {
			part = append(part, t)
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

	attacker := vegeta.NewAttacker(vegeta.Timeout(patience), vegeta.MaxWorkers(512))
	stop := context.AfterFunc(ctx, func() { attacker.Stop() })
	defer stop()
	begin, killed := time.Now(), make(chan error, 1)
	if late != nil {
		timer := time.AfterFunc(length-p.dead, func() { killed <- late() })
		defer timer.Stop()
	} else {
		killed <- nil
	}
	var results []vegeta.Result
	rate := vegeta.Rate{Freq: p.rate, Per: time.Second}
	for r := range attacker.Attack(targets("http://"+listener.Addr().String()), rate, length, "lift waits") {
		results = append(results, *r)
	}
	if ctx.Err() != nil {
		return nil, begin, ctx.Err()
	}
	if err := errors.Join(<-killed, server.Close()); err != nil {
		return nil, begin, err
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return nil, begin, err
	}
	return results, begin, nil
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
