// Command explore runs the programs of the differential suite and prints what they came to, as JSON. Built as it stands it runs them
// as ordinary Go; built with rewritten programs, under the scheduler.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"scalelab/pkg/interleave/difftest/programs"
	"scalelab/pkg/interleave/sched"
)

func main() {
	one := flag.String("program", "", "run one program once, as ordinary Go")
	runs := flag.Int("runs", 100, "how often each program is run")
	flag.Parse()
	switch {
	case *one != "":
		alone(*one)
	case sched.Controlled():
		print(controlled(*runs))
	default:
		print(native(*runs))
	}
}

func print(outcomes map[string]map[string]int) {
	if err := json.NewEncoder(os.Stdout).Encode(outcomes); err != nil {
		panic(err)
	}
}

func alone(name string) {
	for _, p := range programs.All() {
		if p.Name == name {
			fmt.Println(p.Run())
		}
	}
}

func native(runs int) map[string]map[string]int {
	all := map[string]map[string]int{}
	for _, p := range programs.All() {
		if p.Alone || p.Racy {
			continue
		}
		seen := map[string]int{}
		times := runs
		if p.Timed {
			times = 3
		}
		for range times {
			seen[p.Run()]++
		}
		all[p.Name] = seen
	}
	return all
}

func controlled(runs int) map[string]map[string]int {
	all := map[string]map[string]int{}
	for _, p := range programs.All() {
		all[p.Name] = explore(p, runs)
	}
	return all
}

// explore runs p by random walks and depth first with up to two pre-emptions.
func explore(p programs.Program, runs int) map[string]int {
	seen := map[string]int{}
	config := sched.Config{Steps: 5000, FairAfter: 500, Workers: new(sched.Workers)}
	once := func(picker sched.Picker) {
		outcome := ""
		r := sched.Run(config, picker, func() { outcome = p.Run() })
		config.YieldUnlock = config.YieldUnlock || r.TriedLock
		seen[ending(r, outcome)]++
	}
	for i := range runs {
		once(sched.RandomWalk(7, uint64(i)))
	}
	for bound := range 3 {
		d := &sched.DepthFirst{Bound: bound}
		for range 400 {
			once(d)
			if d.Strayed() {
				seen["strayed"]++
			}
			if !d.Next() {
				break
			}
		}
	}
	return seen
}

func ending(r *sched.Result, outcome string) string {
	switch f := r.Failure; {
	case f != nil && f.Kind == sched.Leak:
		return "leak"
	case len(r.Races) > 0:
		return "race"
	case f == nil:
		return outcome
	case f.Kind == sched.Deadlock, f.Kind == sched.Panic:
		return f.Message
	default:
		return string(f.Kind) + ": " + f.Message
	}
}
