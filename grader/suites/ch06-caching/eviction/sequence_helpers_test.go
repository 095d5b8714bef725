package eviction_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"scalelab/labs/ch06-caching/eviction"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

// step is one thing that happens to a cache: a call, or some minutes that go by.
type step struct {
	what string // "Put", "Get" or "wait"
	key  string
	cost int64 // of what is put
	wait int   // minutes
}

// kind is what a check is about: which sequences it tries, and what it looks at besides the results of Get.
type kind struct {
	limits  *rapid.Generator[limits]
	steps   *rapid.Generator[step]
	updates bool // Put may meet its key; otherwise such steps are left out
	ordered bool // Keys must have the right order, and not only the right keys
	told    bool // look at OnEvict and at Stats, too
}

// steps returns a generator of single steps. What comes first in a list is tried first when a sequence is made shorter.
func steps(keys int, costs int64, minutes int, whats ...string) *rapid.Generator[step] {
	return rapid.Custom(func(t *rapid.T) step {
		s := step{what: rapid.SampledFrom(whats).Draw(t, "what")}
		switch s.what {
		case "wait":
			s.wait = rapid.IntRange(1, minutes).Draw(t, "minutes")
			return s
		case "Put":
			s.cost = rapid.Int64Range(0, costs).Draw(t, "cost")
		}
		s.key = string(rune('a' + rapid.IntRange(0, keys-1).Draw(t, "key")))
		return s
	})
}

func anyLimits(capacities int, costs int64, ttls int) *rapid.Generator[limits] {
	return rapid.Custom(func(t *rapid.T) limits {
		return limits{
			capacity: rapid.IntRange(1, capacities).Draw(t, "capacity"),
			maxCost:  rapid.Int64Range(min(1, costs), costs).Draw(t, "max cost"),
			ttl:      rapid.IntRange(min(1, ttls), ttls).Draw(t, "ttl"),
		}
	})
}

// sequences tries sequences of calls on caches of a policy, and fails with the shortest that it finds to go wrong.
func sequences(t *check.T, p policy, k kind) {
	t.Helper()
	for name, value := range map[string]string{"seed": "1", "checks": "150", "nofailfile": "true", "shrinktime": "24h"} {
		if err := flag.Set("rapid."+name, value); err != nil {
			t.Fatalf("set rapid.%s: %v", name, err)
		}
	}
	var worst *transcript
	rapid.Check(&quiet{name: t.Name()}, func(r *rapid.T) {
		tr := &transcript{kind: k, policy: p, limits: k.limits.Draw(r, "limits")}
		var all []step
		for range 4 { // rapid's lists are mostly short
			all = append(all, rapid.SliceOfN(k.steps, 0, 10).Draw(r, "steps")...)
		}
		if tr.play(t, all); tr.wrong != "" {
			worst = tr
			r.FailNow()
		}
	})
	if worst != nil {
		worst.tell(t)
	}
}

// quiet is the test that rapid thinks it is in. It says nothing: the transcript of the shortest sequence says it better. It is no
// *testing.T, so that rapid finds no deadline by which to stop early.
type quiet struct {
	name   string
	failed bool
}

func (q *quiet) Helper()               {}
func (q *quiet) Name() string          { return q.name }
func (q *quiet) Logf(string, ...any)   {}
func (q *quiet) Log(...any)            {}
func (q *quiet) Skipf(string, ...any)  {}
func (q *quiet) Skip(...any)           {}
func (q *quiet) SkipNow()              {}
func (q *quiet) Errorf(string, ...any) { q.failed = true }
func (q *quiet) Error(...any)          { q.failed = true }
func (q *quiet) Fatalf(string, ...any) { q.failed = true }
func (q *quiet) Fatal(...any)          { q.failed = true }
func (q *quiet) FailNow()              { q.failed = true }
func (q *quiet) Fail()                 { q.failed = true }
func (q *quiet) Failed() bool          { return q.failed }

// transcript is what happened in one sequence.
type transcript struct {
	kind   kind
	policy policy
	limits limits

	model *model
	cache cache
	told  []string       // values that OnEvict was told about
	puts  map[string]int // how often a key was put
	rows  [][3]string

	wrong   string // what was wrong in the last step, "" if nothing was
	failure *interleave.Failure
}

// play goes through a sequence until something is wrong. It does so under the scheduler, so that a cache which walks over a Go map
// does the same in every grading, and one that locks itself out is seen at once.
func (tr *transcript) play(t *check.T, all []step) {
	report := interleave.Find(interleave.Options{Random: 1, Preemptions: -1, Leftovers: true, Native: 1}, func(*interleave.Run) {
		tr.begin()
		for _, s := range all {
			if tr.take(s); tr.wrong != "" {
				return
			}
		}
	})
	switch {
	case report == nil: // another scenario is being replayed
	case report.Unjudged != "":
		check.Unjudged(t, report.Unjudged)
	case report.Failure != nil:
		tr.failure = report.Failure
		tr.wrong = report.Failure.Story()
	}
}

func (tr *transcript) begin() {
	tr.model = &model{policy: tr.policy, limits: tr.limits}
	tr.told, tr.rows, tr.puts = nil, nil, map[string]int{}
	dawn := time.Date(2026, time.January, 10, 9, 0, 0, 0, time.UTC)
	o := eviction.Options[string, page]{
		Capacity: tr.limits.capacity,
		OnEvict:  func(_ string, v page) { tr.told = append(tr.told, v.text) },
	}
	if tr.limits.maxCost > 0 {
		o.MaxCost, o.Cost = tr.limits.maxCost, func(_ string, v page) int64 { return v.cost }
	}
	if tr.limits.ttl > 0 {
		o.TTL = time.Duration(tr.limits.ttl) * time.Minute
		o.Now = func() time.Time { return dawn.Add(time.Duration(tr.model.clock) * time.Minute) }
	}
	tr.cache = tr.policy.make(o)
}

// take makes a step, with the cache and with the model, and compares.
func (tr *transcript) take(s step) {
	m := tr.model
	if !tr.kind.ordered {
		m.seen = tr.cache.Keys()
	}
	switch {
	case s.what == "wait":
		m.clock += s.wait
		tr.row(fmt.Sprintf("%d min go by: %s", s.wait, clockTime(m.clock)), "")
		return
	case s.what == "Get":
		want, wanted := m.get(s.key)
		tr.row(fmt.Sprintf("Get(%s)", s.key), "")
		got, ok := tr.cache.Get(s.key)
		tr.result(found(got, ok))
		tr.compare("its result", found(want, wanted), found(got, ok))
	case m.at(s.key) >= 0 && !tr.kind.updates:
		return
	default:
		tr.puts[s.key]++
		v := page{fmt.Sprintf("%s%d", s.key, tr.puts[s.key]), s.cost}
		m.put(s.key, v)
		call := fmt.Sprintf("Put(%s, %s)", s.key, v.text)
		if tr.limits.maxCost > 0 {
			call = fmt.Sprintf("Put(%s, %s), cost %d", s.key, v.text, s.cost)
		}
		tr.row(call, "")
		tr.cache.Put(s.key, v)
	}
	tr.lookInside()
}

// lookInside compares what cannot be seen from the result.
func (tr *transcript) lookInside() {
	m, want, got := tr.model, tr.model.keys(), tr.cache.Keys()
	what := "what Keys returns then"
	if !tr.kind.ordered {
		what = "what Keys returns then, in whatever order,"
		slices.Sort(want)
		slices.Sort(got)
	}
	tr.compare(what, list(want, " "), list(got, " "))
	if tr.kind.told {
		tr.compare("what OnEvict was told in all", list(m.told, " "), list(tr.told, " "))
		tr.compare("Stats", fmt.Sprintf("%+v", m.stats), fmt.Sprintf("%+v", tr.cache.Stats()))
	}
}

func (tr *transcript) compare(what, want, got string) {
	if tr.wrong == "" && want != got {
		tr.wrong = fmt.Sprintf("%s must be  %s\nbut is  %s", what, want, got)
	}
}

func found(v page, ok bool) string {
	switch {
	case ok:
		return v.text
	case v != page{}:
		return "false, but with the value " + v.text
	}
	return "not there"
}

// row begins a row of the table; what the cache must hold then is known already.
func (tr *transcript) row(call, result string) {
	tr.rows = append(tr.rows, [3]string{call, result, tr.model.contents(tr.kind.ordered)})
}

func (tr *transcript) result(r string) { tr.rows[len(tr.rows)-1][1] = r }

// tell fails the check and shows the table.
func (tr *transcript) tell(t *check.T) {
	t.Helper()
	calls := "New" + tr.policy.name
	if n := len(tr.rows); n > 0 {
		calls = tr.rows[n-1][0]
	}
	check.Show(t, check.Evidence{Kind: "sequence", Title: "The shortest sequence found that goes wrong", Text: tr.table()})
	if tr.failure != nil {
		blame(t, tr.failure.Kind)
		t.Fatalf("an %s with %s: %s, the last line of the table, does not return. %s", tr.policy.name, tr.limits, calls, tr.wrong)
	}
	t.Fatalf("an %s with %s, after the last line of the table, %s:\n%s", tr.policy.name, tr.limits, calls, tr.wrong)
}

// blame tells the cause of a failure that the scheduler has found.
func blame(t *check.T, k interleave.Kind) {
	t.Helper()
	switch k {
	case interleave.DataRace:
		check.Cause(t, check.DataRace)
	case interleave.Deadlock:
		check.Cause(t, check.Deadlock)
	case interleave.Livelock:
		check.Cause(t, check.Livelock)
	case interleave.Panic:
		check.Cause(t, check.Panicked)
	case interleave.ResourceLimit:
		check.Cause(t, check.ResourceLimit)
	}
}

// table is the sequence, one step a line.
func (tr *transcript) table() string {
	var text strings.Builder
	first, second := len("what happens"), len("outcome")
	for _, r := range tr.rows {
		first, second = max(first, len(r[0])), max(second, len(r[1]))
	}
	fmt.Fprintf(&text, "%s, %s\n\n", tr.policy.name, tr.limits)
	line := func(number string, r [3]string, mark string) {
		fmt.Fprintln(&text, strings.TrimRight(fmt.Sprintf("%3s  %-*s  %-*s  %s%s", number, first, r[0], second, r[1], r[2], mark), " "))
	}
	holds := "what the cache must hold then"
	if tr.kind.ordered {
		holds += ", the next to go first"
	}
	line("", [3]string{"what happens", "outcome", holds}, "")
	for i, r := range tr.rows {
		mark := ""
		if i == len(tr.rows)-1 {
			mark = "   <--"
		}
		line(fmt.Sprint(i+1), r, mark)
	}
	return text.String()
}
