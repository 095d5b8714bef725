// Command explore runs the samples and prints what was found.
//
//	explore               every sample once: what went wrong, how long it took to find and to shrink
//	explore -random N     N random schedules of every right sample
//	explore -replay N     every failure N times by its token: one fingerprint each
//	explore -hash         a hash over everything that a report contains
//	explore -draw         the story and the picture of every failure
package main

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"time"

	"scalelab/pkg/interleave"
	"scalelab/pkg/interleave/drawing"
	"scalelab/pkg/interleave/samples"
)

func main() {
	random := flag.Int("random", 0, "random schedules of the right samples")
	replay := flag.Int("replay", 0, "replays of every failure")
	hash := flag.Bool("hash", false, "print one hash")
	draw := flag.Bool("draw", false, "print stories and pictures")
	show := flag.Bool("show", false, "print stories and listings")
	flag.Parse()
	switch {
	case *random > 0:
		walk(*random)
	case *replay > 0:
		replays(*replay)
	case *draw:
		pictures()
	case *hash:
		fmt.Printf("%x\n", sha256.Sum256([]byte(everything())))
	default:
		table(*show)
	}
}

func walk(n int) {
	for _, s := range samples.All() {
		if s.Kind != "" {
			continue
		}
		start := time.Now()
		r := interleave.Find(interleave.Options{Random: n, Preemptions: -1, Seed: 11}, s.Body)
		fmt.Printf("%-32s %-40s %6.1f µs a schedule\n", s.Name, r.Summary(), float64(time.Since(start).Microseconds())/float64(r.Schedules))
	}
}

func table(show bool) {
	for _, s := range samples.All() {
		start := time.Now()
		r := interleave.Find(interleave.Options{}, s.Body)
		fmt.Printf("%-32s %-72s %8.2f ms", s.Name, r.Summary(), float64(time.Since(start).Microseconds())/1000)
		if f := r.Failure; f != nil {
			fmt.Printf("  %d events, %d switches, %d pre-emptions", len(f.Events), f.Switches, f.Preemptions)
			if show {
				fmt.Printf("\n%s\n%s%s", f.Story(), f.Listing(), f.Token)
			}
		}
		fmt.Println()
	}
}

func pictures() {
	for _, s := range samples.All() {
		if r := interleave.Find(interleave.Options{}, s.Body); r.Failure != nil {
			fmt.Printf("== %s\n%s\n\n%s\n", s.Name, r.Failure.Story(), drawing.Of(r.Failure).Text())
		}
	}
}

// everything is all that a student could see of every sample.
func everything() string {
	text := ""
	for _, s := range samples.All() {
		r := interleave.Find(interleave.Options{Random: 100, Schedules: 300}, s.Body)
		text += s.Name + "\n" + r.Summary() + "\n"
		if f := r.Failure; f != nil {
			text += f.Story() + "\n" + f.Listing() + f.Token + "\n"
		}
	}
	return text
}

func replays(n int) {
	tokens := map[int]string{}
	for i, s := range samples.All() {
		if r := interleave.Find(interleave.Options{}, s.Body); r.Failure != nil {
			tokens[i] = r.Failure.Token
		}
	}
	for i, s := range samples.All() {
		if tokens[i] == "" {
			continue
		}
		same := map[string]int{}
		for range n {
			r, err := interleave.Replay(tokens[i], interleave.Options{}, s.Body)
			if err != nil || r.Failure == nil {
				fmt.Fprintln(os.Stderr, s.Name, err, r)
				os.Exit(1)
			}
			same[r.Failure.Story()+r.Failure.Listing()]++
		}
		fmt.Printf("%-32s %d replays, %d different\n", s.Name, n, len(same))
	}
}
