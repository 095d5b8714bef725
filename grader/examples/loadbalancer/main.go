// Command loadbalancer shows what three replicas behind a load balancer are good for: more requests than one can answer, and nobody who
// notices when one of them dies.
//
//	vegeta ──▶ load balancer ──▶ replica 1
//	                        ├──▶ replica 2   ✗ killed, and started again
//	                        └──▶ replica 3
//
// Balancer and replicas are the references of the labs loadbalancer and skierapi, on real sockets. Run it with
// `make example-loadbalancer`. Chapter 5, section on load balancing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"scalelab/grader/examples/internal/chart"
)

func main() {
	out := flag.String("out", "plots", "folder for the plots")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *out); err != nil {
		fmt.Fprintln(os.Stderr, "loadbalancer:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out string) error {
	p := full
	fmt.Printf("%d requests a second for %v: pages, skiers, new skiers. A replica answers %d at once, each in %v.\n", p.rate, p.length, atOnce, work)
	alone, err := p.alone(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("One replica, asked directly:  %s\n", alone)
	behind, err := p.behind(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("Three behind the balancer:    %s\n\n", behind.outcome)
	for _, o := range behind.outages {
		fmt.Println(o)
	}
	if err := draw(out, behind); err != nil {
		return err
	}
	return behind.verdict()
}

// verdict is an error if the balancer has broken its promise.
func (b *balanced) verdict() error {
	var err error
	if b.outside > 0 {
		err = fmt.Errorf("%d requests failed at times when nothing was wrong", b.outside)
	}
	for _, o := range b.outages {
		if o.late > 0 {
			err = errors.Join(err, fmt.Errorf("%d requests were sent to %s after it should have been out", o.late, o.replica))
		}
	}
	return err
}

func draw(out string, b *balanced) error {
	var marks []chart.Mark
	for _, o := range b.outages {
		marks = append(marks, chart.Mark{X: o.from.Seconds(), Text: o.replica + " dies"}, chart.Mark{X: o.to.Seconds(), Text: "and is back"})
	}
	var lines []chart.Series
	for _, name := range names {
		lines = append(lines, chart.PerSecond(name, b.sent[name], 500*time.Millisecond, b.length))
	}
	spread, err := chart.Lines(out, "loadbalancer-replicas", "Requests sent to each replica", "seconds", "per second", marks, lines...)
	if err != nil {
		return err
	}
	latency, err := chart.Histogram(out, "loadbalancer-latency", "How long a request takes behind the load balancer", b.latencies, 60)
	if err != nil {
		return err
	}
	fmt.Printf("\nPlots: %s, %s\n", spread, latency)
	return nil
}
