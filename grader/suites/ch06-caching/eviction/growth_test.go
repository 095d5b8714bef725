package eviction_test

import (
	"fmt"
	"strconv"
	"testing"

	"scalelab/labs/ch06-caching/eviction"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

// A cache is filled, and then used: in each round a Put, which evicts, and a Get of the newest entry.
const (
	small, smallRounds = 100, 200 // entries
	large, largeRounds = 9_000, 4_000
)

// TestWorkDoesNotGrowWithTheCache counts steps, and measures no time. Under the scheduler every operation of a lock or an atomic variable
// is a step, and so are many turns (8192) of a loop between two of those. In a small cache no loop comes to as many: what is counted is what
// a call of this design takes anyway. A large cache may take twice that for each call. Whoever looks at all entries takes far more. Loops
// inside the packages of the standard library are not seen; that is a mistake in the student's favour.
func TestWorkDoesNotGrowWithTheCache(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, p := range both {
			few := fillAndUse(t, p, small, smallRounds, 0)
			if few == nil { // another scenario is being replayed
				continue
			}
			allowed := 2 * few.Steps * (large + 2*largeRounds) / (small + 2*smallRounds)
			many := fillAndUse(t, p, large, largeRounds, allowed)
			if many == nil {
				continue
			}
			where := ""
			for _, e := range many.Events {
				if e.Op == "loop" && e.Site != nil {
					where = fmt.Sprintf(" The loop that goes round so often is at %s.", e.Site)
				}
			}
			check.Show(t, check.Evidence{Kind: "work", Title: "Steps that the calls take", Text: growth(p, few.Steps, many)})
			t.Fatalf("%s: a Get or Put takes far more work with %d entries than with %d.%s", p.name, large, small, where)
		}
	})
}

// fillAndUse makes all calls. Without an allowed number of steps, the execution that comes back is "wrong" at its very end, because only
// then is it told how many steps there were. Otherwise what comes back is one that has taken too many, or nil.
func fillAndUse(t *check.T, p policy, entries, rounds, allowed int) *interleave.Failure {
	t.Helper()
	o := interleave.Options{Random: 1, Preemptions: -1, Leftovers: true, Native: 1, Steps: allowed}
	if allowed == 0 {
		o.Steps = 1000 * (entries + 2*rounds)
	}
	report := interleave.Find(o, func(x *interleave.Run) {
		c := p.make(eviction.Options[string, page]{Capacity: entries})
		for i := range entries + rounds {
			k := strconv.Itoa(i)
			c.Put(k, page{})
			if i >= entries {
				c.Get(k)
			}
		}
		if allowed == 0 {
			x.Errorf("this is the end")
		}
	})
	switch {
	case report == nil:
		return nil
	case report.Unjudged != "":
		check.Unjudged(t, report.Unjudged)
	case report.Failure == nil:
		return nil
	case report.Failure.Kind != interleave.WrongResult && report.Failure.Kind != interleave.Livelock:
		blame(t, report.Failure.Kind)
		t.Fatalf("%s", report.Failure.Story())
	}
	return report.Failure
}

func growth(p policy, few int, many *interleave.Failure) string {
	text := p.name + ": fill the cache; then, again and again, a Put, which evicts, and a Get\n\n"
	text += fmt.Sprintf("%9s  %s\n", "entries", "steps, for each call")
	text += fmt.Sprintf("%9d  %.1f\n", small, float64(few)/float64(small+2*smallRounds))
	text += fmt.Sprintf("%9d  more than %.1f, and not yet at the end  <--\n\n", large, float64(many.Steps)/float64(large+2*largeRounds))
	return text + "A step is an operation of a lock, a channel or an atomic variable; so are 800 turns of a loop.\n"
}
