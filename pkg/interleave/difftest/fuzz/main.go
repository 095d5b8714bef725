// Command fuzz compares generated programs on the machine with the model. Built as it stands it runs them as ordinary Go: all that
// happens must be in the model. Built with package machine rewritten it enumerates them under the scheduler: what happens must be
// exactly the model.
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"

	"scalelab/pkg/interleave/difftest/machine"
	"scalelab/pkg/interleave/difftest/model"
	"scalelab/pkg/interleave/sched"
)

func main() {
	from := flag.Uint64("from", 0, "number of the first program")
	n := flag.Uint64("n", 200, "how many programs")
	most := flag.Int("schedules", 20000, "executions of one program, at most")
	flag.Parse()
	complete, executions, failed := 0, 0, false
	for number := *from; number < *from+*n; number++ {
		p := machine.Generate(number)
		want := model.Outcomes(p)
		got, all, count := outcomes(p, want, *most)
		executions += count
		if all {
			complete++
		}
		for outcome := range got {
			if !want[outcome] {
				failed = true
				fmt.Printf("program %d: %q is not possible\n%v\n", number, outcome, p)
			}
		}
		if all && len(got) < len(want) {
			failed = true
			fmt.Printf("program %d: not reached: %q of %q\n%v\n", number, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)), p)
		}
	}
	fmt.Printf("%d programs, %d of them exhaustively, %d executions\n", *n, complete, executions)
	if failed {
		os.Exit(1)
	}
}

// outcomes returns what happened, and whether that must be everything.
func outcomes(p machine.Program, want map[string]bool, most int) (got map[string]bool, all bool, count int) {
	got = map[string]bool{}
	if !sched.Controlled() {
		if want[model.Deadlock] {
			return got, false, 0 // it would hang
		}
		for range 50 {
			got[machine.Run(p)] = true
		}
		return got, false, 50
	}
	d := &sched.DepthFirst{Bound: 1 << 20}
	config := sched.Config{Steps: 2000, FairAfter: 1000, YieldUnlock: true, Workers: new(sched.Workers)}
	defer config.Workers.Close()
	for count < most {
		outcome := ""
		r := sched.Run(config, d, func() { outcome = machine.Run(p) })
		count++
		switch {
		case r.Failure == nil:
			got[outcome] = true
		case r.Failure.Kind == sched.Deadlock:
			got[model.Deadlock] = true
		default:
			got[r.Failure.Message] = true
		}
		if !d.Next() {
			return got, true, count
		}
	}
	return got, false, count
}
