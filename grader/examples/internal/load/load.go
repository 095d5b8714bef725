// Package load asks a service over HTTP at a steady rate, for as long as an example needs.
package load

import (
	"context"
	"errors"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// Plan is how long to ask, how often, and how long to wait for one answer.
type Plan struct {
	PerSecond int
	Length    time.Duration
	Patience  time.Duration
}

// Attack sends requests and returns what came of each, and when it began. Something may happen meanwhile; nil for nothing.
func (p Plan) Attack(ctx context.Context, targets vegeta.Targeter, meanwhile func(begin time.Time) error) ([]vegeta.Result, time.Time, error) {
	attacker := vegeta.NewAttacker(vegeta.Timeout(p.Patience), vegeta.MaxWorkers(2048), vegeta.Connections(256))
	stop := context.AfterFunc(ctx, func() { attacker.Stop() })
	defer stop()
	begin, happened := time.Now(), make(chan error, 1)
	go func() {
		if meanwhile == nil {
			happened <- nil
			return
		}
		happened <- meanwhile(begin)
	}()
	var results []vegeta.Result
	for r := range attacker.Attack(targets, p.pacer(), 0, "example") {
		results = append(results, *r)
	}
	return results, begin, errors.Join(<-happened, ctx.Err())
}

// pacer ends when it has asked as often as the plan says. By the clock, a busy machine would leave some out.
func (p Plan) pacer() vegeta.Pacer {
	steady := vegeta.Rate{Freq: p.PerSecond, Per: time.Second}
	return counted{steady, uint64(float64(p.PerSecond) * p.Length.Seconds())}
}

// counted is a pacer that ends after a number of requests.
type counted struct {
	vegeta.Pacer
	total uint64
}

func (c counted) Pace(elapsed time.Duration, hits uint64) (wait time.Duration, stop bool) {
	if hits >= c.total {
		return 0, true
	}
	return c.Pacer.Pace(elapsed, hits)
}

// Until sleeps until so long after the beginning, or until ctx ends.
func Until(ctx context.Context, begin time.Time, after time.Duration) {
	select {
	case <-time.After(time.Until(begin.Add(after))):
	case <-ctx.Done():
	}
}
