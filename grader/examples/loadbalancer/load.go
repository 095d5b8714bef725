package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"scalelab/grader/examples/internal/chart"
	"scalelab/grader/examples/internal/load"
	"scalelab/solutions/ch05-services/skierapi"
)

const (
	rise     = 2
	fall     = 3
	patience = 10 * time.Second
)

// plan is how long the example asks, and how often; two replicas are killed on the way, one after the other.
type plan struct {
	rate     int // requests per second
	length   time.Duration
	interval time.Duration // of probes
	timeout  time.Duration
}

var full = plan{rate: 400, length: 30 * time.Second, interval: 500 * time.Millisecond, timeout: 400 * time.Millisecond}

// outages are when replicas are dead: a fifth of the time, and another one a fifth later.
func (p plan) outages() []*outage {
	part := p.length / 5
	return []*outage{{replica: names[0], from: part, to: 2 * part}, {replica: names[1], from: 3 * part, to: 4 * part}}
}

// window is how long after a death requests may still fail: until Fall probes have failed.
func (p plan) window() time.Duration { return fall*p.interval + p.timeout }

// outage is the death of one replica, and what it has cost.
type outage struct {
	replica  string
	from, to time.Duration
	failed   int // requests that failed because of it
	early    int // sent to the dead replica before it was out
	late     int // sent to it afterwards, until it was there again
}

func (o *outage) String() string {
	return fmt.Sprintf("%s was dead from second %.0f to %.0f: %d requests were sent to it before it was out, %d afterwards; %d failed.",
		o.replica, o.from.Seconds(), o.to.Seconds(), o.early, o.late, o.failed)
}

// outcome is what came of a load.
type outcome struct {
	length    time.Duration
	latencies []time.Duration
	failedAt  []time.Duration // when requests were sent that failed
}

func (o outcome) String() string {
	good := len(o.latencies) - len(o.failedAt)
	return fmt.Sprintf("%d requests, %d failed, goodput %.0f a second; median %.1f ms, 99 %% within %.1f ms.", len(o.latencies), len(o.failedAt),
		float64(good)/o.length.Seconds(), chart.Milliseconds(chart.Quantile(o.latencies, 0.5)), chart.Milliseconds(chart.Quantile(o.latencies, 0.99)))
}

// alone asks one replica, without a load balancer.
func (p plan) alone(ctx context.Context) (outcome, error) {
	r, err := newReplica(store())
	if err != nil {
		return outcome{}, err
	}
	o, _, err := p.attack(ctx, r.slot.Addr(), nil)
	return o, errors.Join(err, r.end())
}

// balanced is what was seen at the load balancer.
type balanced struct {
	outcome
	outages []*outage
	outside int // requests that failed at other times
	sent    map[string][]time.Duration
}

// behind asks the load balancer while replicas die and come back.
func (p plan) behind(ctx context.Context) (b *balanced, err error) {
	common := store()
	var replicas []*replica
	for range names {
		r, err := newReplica(common)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, r.end()) }()
		replicas = append(replicas, r)
	}
	addr, trace, end, err := balancer(p, replicas)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, end()) }()

	outages := p.outages()
	o, begin, err := p.attack(ctx, addr, func(begin time.Time) error { return p.killInTurn(ctx, begin, outages, replicas) })
	if err != nil {
		return nil, err
	}
	b = &balanced{outcome: o, outages: outages, sent: map[string][]time.Duration{}}
	for i, r := range replicas {
		for _, at := range trace.to(r.slot.Addr()) {
			b.sent[names[i]] = append(b.sent[names[i]], at.Sub(begin))
		}
	}
	b.count(p.window())
	return b, nil
}

// killInTurn lets the outages happen.
func (p plan) killInTurn(ctx context.Context, begin time.Time, outages []*outage, replicas []*replica) error {
	var err error
	for i, o := range outages {
		load.Until(ctx, begin, o.from)
		o.from = time.Since(begin)
		err = errors.Join(err, replicas[i].kill())
		load.Until(ctx, begin, o.to)
		o.to = time.Since(begin)
		err = errors.Join(err, replicas[i].start())
	}
	return err
}

// count says which requests failed because of an outage, and which were sent to a dead replica.
func (b *balanced) count(window time.Duration) {
	for _, at := range b.failedAt {
		known := false
		for _, o := range b.outages {
			// What was under way when the replica died was sent before.
			if at > o.from-patience && at < o.from+window {
				o.failed++
				known = true
				break
			}
		}
		if !known {
			b.outside++
		}
	}
	for _, o := range b.outages {
		for _, at := range b.sent[o.replica] {
			switch {
			case at > o.from && at <= o.from+window:
				o.early++
			case at > o.from+window && at < o.to:
				o.late++
			}
		}
	}
}

func store() skierapi.Store {
	return skierapi.NewMemory(skierapi.Resort{ID: "arlberg", Name: "Arlberg"}, skierapi.Resort{ID: "zermatt", Name: "Zermatt"})
}

// attack sends the mixed load, with something that happens meanwhile.
func (p plan) attack(ctx context.Context, addr string, meanwhile func(begin time.Time) error) (outcome, time.Time, error) {
	results, begin, err := load.Plan{PerSecond: p.rate, Length: p.length, Patience: patience}.Attack(ctx, targets("http://"+addr), meanwhile)
	o := outcome{length: p.length}
	for _, r := range results {
		o.latencies = append(o.latencies, r.Latency)
		if r.Code < 200 || r.Code > 299 {
			o.failedAt = append(o.failedAt, r.Timestamp.Sub(begin))
		}
	}
	return o, begin, err
}

// targets are three requests in turn: a page, the resorts, and a new skier.
func targets(base string) vegeta.Targeter {
	var n atomic.Uint64
	return func(t *vegeta.Target) error {
		i := n.Add(1)
		t.Method, t.Header, t.Body = http.MethodGet, http.Header{}, nil
		switch i % 3 {
		case 0:
			t.URL = base + "/skiers?limit=5"
		case 1:
			t.URL = base + "/resorts"
		default:
			t.Method, t.URL = http.MethodPost, base+"/skiers"
			t.Header.Set("Content-Type", "application/json")
			name := fmt.Sprint("skier-", i)
			t.Body = fmt.Appendf(nil, `{"username":%q,"email":"%s@example.org"}`, name, name)
		}
		return nil
	}
}
