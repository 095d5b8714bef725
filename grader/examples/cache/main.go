// Command cache shows what a cache does to a service whose requests are not all alike: a few resorts are asked for all the time, most
// hardly ever. And what becomes of the service when the cache dies in the middle.
//
//	vegeta ── GET /waits/{resort} ──▶ service ──▶ Redis        ✗ killed
//	  (a few resorts are popular)        └──────▶ estimator   a query, a few at once
//
// The service is the reference of the lab cacheaside, the server a real Redis. Run it with `make example-cache`. Chapter 6, section on
// application caching.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"text/tabwriter"
	"time"

	"scalelab/grader/examples/internal/chart"
	"scalelab/grader/internal/services/owner"
	"scalelab/grader/internal/services/process"
)

// plan is how long the example asks, and how often.
type plan struct {
	rate   int // requests per second
	direct time.Duration
	cached time.Duration
	dead   time.Duration // how much of cached is left when Redis is killed
}

var full = plan{rate: 300, direct: 6 * time.Second, cached: 14 * time.Second, dead: 6 * time.Second}

func main() {
	out := flag.String("out", "plots", "folder for the plots")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *out); err != nil {
		fmt.Fprintln(os.Stderr, "cache:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out string) (err error) {
	folder, err := owner.NewFolder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	server, err := process.StartRedis(ctx, folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	fmt.Printf("%d requests a second for %d resorts, the popular ones more often; a query takes %v, and the database carries out %d at once.\n",
		full.rate, resorts, query, atOnce)
	without, err := full.withoutCache(ctx)
	if err != nil {
		return err
	}
	with, dead, err := full.withCache(ctx, server)
	if err != nil {
		return err
	}
	printTable(without, with, dead)
	return draw(out, without, with, dead)
}

func printTable(phases ...*phase) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tREQUESTS\tFAILED\tHITS\tQUERIES\tMEDIAN\t99 %\tLONGEST\t")
	for _, p := range phases {
		hits := "-"
		if p.hits+p.misses > 0 {
			hits = fmt.Sprintf("%.0f %%", 100*float64(p.hits)/float64(p.hits+p.misses))
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%d\t%.1fms\t%.1fms\t%.1fms\t\n", p.name, len(p.latencies), p.failed, hits, p.queries,
			chart.Milliseconds(chart.Quantile(p.latencies, 0.5)), chart.Milliseconds(chart.Quantile(p.latencies, 0.99)),
			chart.Milliseconds(chart.Quantile(p.latencies, 1)))
	}
	_ = w.Flush()
}

func draw(out string, without, with, dead *phase) error {
	killed := []chart.Mark{{X: with.length.Seconds(), Text: "Redis is killed"}}
	until := with.length + dead.length
	load, err := chart.Lines(out, "cache-load", "What reaches the database", "seconds", "per second", killed,
		chart.PerSecond("requests", slices.Concat(with.asked, dead.asked), 500*time.Millisecond, until),
		chart.PerSecond("queries", slices.Concat(with.queried, dead.queried), 500*time.Millisecond, until))
	if err != nil {
		return err
	}
	latency, err := chart.Latencies(out, "cache-latency", "How long a request takes", map[string][]time.Duration{
		without.name: without.latencies, with.name: with.latencies, dead.name: dead.latencies,
	})
	if err != nil {
		return err
	}
	fmt.Printf("\nPlots: %s, %s\n", load, latency)
	return nil
}
