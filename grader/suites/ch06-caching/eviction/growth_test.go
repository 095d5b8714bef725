package eviction_test

import (
	"fmt"
	"strconv"
	"testing"

	"scalelab/labs/ch06-caching/eviction"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

// The same calls are made of a small cache and of a large one: first as many Puts as fill the large one, and then rounds of a Put, which
// evicts, and a Get of the newest entry.
const (
	small, large = 100, 9_000 // entries
	rounds       = 1_500
	calls        = large + 2*rounds
)

// TestWorkDoesNotGrowWithTheCache counts steps, and measures no time. Under the scheduler every operation of a lock or an atomic variable
// is a step, and many turns (8192) of a loop between two of those are ten. In the small cache no loop over all entries comes to as many:
// what is counted there is what the calls take anyway, in this design. In the large one they evict less, and may take a twentieth more.
// Whoever looks at all entries takes far more. Loops inside the packages of the standard library are not seen; that is a mistake in the
// student's favour.
func TestWorkDoesNotGrowWithTheCache(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, p := range both {
			few := fillAndUse(t, p, small, 0)
			if few == nil { // another scenario is being replayed
				continue
			}
			many := fillAndUse(t, p, large, few.Steps+few.Steps/20)
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
func fillAndUse(t *check.T, p policy, entries, allowed int) *interleave.Failure {
	t.Helper()
	o := interleave.Options{Random: 1, Preemptions: -1, Leftovers: true, Native: 1, Steps: allowed}
	if allowed == 0 {
		o.Steps = 1000 * calls
	}
	report := interleave.Find(o, func(x *interleave.Run) {
		c := p.make(eviction.Options[string, page]{Capacity: entries})
		for i := range large + rounds {
			k := strconv.Itoa(i)
			c.Put(k, page{})
			if i >= large {
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
	text := fmt.Sprintf("%s: %d times Put, and then %d times a Put, which evicts, and a Get\n\n", p.name, large, rounds)
	text += fmt.Sprintf("%9s  %s\n", "entries", "steps in all")
	text += fmt.Sprintf("%9d  %d\n", small, few)
	text += fmt.Sprintf("%9d  more than %d, and not yet at the end  <--\n\n", large, many.Steps-1)
	return text + "A step is an operation of a lock, a channel or an atomic variable; ten steps are 8192 turns of a loop.\n"
}
