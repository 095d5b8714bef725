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
// evicts, a Get of the newest entry and one of the oldest that is still there. Of the small cache, a part of each is enough: there all calls take the same.
const (
	small, large = 100, 9_000 // entries
	rounds       = 500
	calls        = large + 3*rounds
	part         = 10
	inALoop      = 5 // more steps, so that the one too many is hardly ever a lock's
)

// TestWorkDoesNotGrowWithTheCache counts steps, and measures no time. Under the scheduler every operation of a lock or an atomic variable
// is a step, and many turns (8192) of a loop between two of those are ten. In the small cache no loop over all entries comes to as many:
// what is counted there is what the calls take anyway, in this design. In the large one they evict less, and may take a fiftieth more.
// Whoever looks at all entries takes far more. Loops inside the packages of the standard library are not seen; that is a mistake in the
// student's favour.
func TestWorkDoesNotGrowWithTheCache(t *testing.T) {
	check.Run(t, func(t *check.T) {
		for _, p := range both {
			few := fillAndUse(t, p, small, 0)
			if few == nil { // another scenario is being replayed
				continue
			}
			taken := part * few.Steps
			many := fillAndUse(t, p, large, taken+taken/50+inALoop)
			if many == nil {
				continue
			}
			where := ""
			if loop := loopOf(t, p, many); loop != nil {
				where = fmt.Sprintf(" The loop that goes round so often is at %s.", loop)
				check.At(t, loop.Base(), loop.Line)
			}
			check.Show(t, check.Evidence{Kind: "work", Title: "Steps that the calls take", Text: growth(p, taken, many)})
			t.Fatalf("%s: a Get or Put takes far more work with %d entries than with %d.%s", p.name, large, small, where)
		}
	})
}

// fillAndUse makes all calls, and comes back with the execution that has taken too many steps, or nil. Without an allowed number it makes
// a part of them, and the execution that comes back is "wrong" at its very end, because only then is it told how many steps there were.
func fillAndUse(t *check.T, p policy, entries, allowed int) *interleave.Failure {
	t.Helper()
	o := interleave.Options{Random: 1, Preemptions: -1, Leftovers: true, Native: 1, Steps: allowed}
	fill, use := large, rounds
	if allowed == 0 {
		o.Steps, fill, use = 1000*calls, large/part, rounds/part
	}
	report := interleave.Find(o, func(x *interleave.Run) {
		c := p.make(eviction.Options[string, page]{Capacity: entries})
		for i := range fill + use {
			k := strconv.Itoa(i)
			c.Put(k, page{})
			if round := i - fill; round >= 0 {
				c.Get(k)
				c.Get(strconv.Itoa(fill - entries + 2*round + 1)) // the one before it has just been evicted, unlike those of earlier rounds
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
		check.Blame(t, report.Failure)
		t.Fatalf("%s", report.Failure.Story())
	}
	return report.Failure
}

// loopOf returns where the loop is that goes round so often: where the cache is when it has taken a step too many. If it is just taking a
// lock then, it is allowed a few steps more.
func loopOf(t *check.T, p policy, many *interleave.Failure) *interleave.Site {
	t.Helper()
	for more := range 3 {
		for _, b := range many.Blocked {
			if b.Op == "loop" && b.Site != nil && !b.Site.InTest() {
				return b.Site
			}
		}
		if more == 2 {
			break
		}
		if many = fillAndUse(t, p, large, many.Steps+3*more); many == nil {
			break
		}
	}
	return nil
}

func growth(p policy, few int, many *interleave.Failure) string {
	text := fmt.Sprintf("%s: %d times Put, and then %d times a Put, which evicts, and two Gets\n\n", p.name, large, rounds)
	text += fmt.Sprintf("%9s  %s\n", "entries", "steps in all")
	text += fmt.Sprintf("%9d  %d (%d times what a part of the calls takes)\n", small, few, part)
	text += fmt.Sprintf("%9d  more than %d, and not yet at the end  <--\n\n", large, many.Steps-1)
	return text + "A step is an operation of a lock, a channel or an atomic variable; ten steps are 8192 turns of a loop.\n"
}
