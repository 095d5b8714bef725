package eviction_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"scalelab/labs/ch06-caching/eviction"
	"scalelab/pkg/check"
	"scalelab/pkg/interleave"
)

// transcript is what happened in one sequence.
type transcript struct {
	kind   kind
	policy policy
	limits limits

	model   *model // of a check that believes the cache, its clock only
	watcher watcher
	cache   cache
	told    []string       // values that OnEvict was told about
	puts    map[string]int // how often a key was put
	rows    []row

	wrong     string // what was wrong in the last step, "" if nothing was
	want, got string // the same in short
	failure   *interleave.Failure
}

// play goes through a sequence until something is wrong. It does so under the scheduler, so that a cache which walks over a Go map
// does the same in every grading, and one that locks itself out is seen at once.
func (tr *transcript) play(t *check.T, all []step) {
	report := interleave.Find(interleave.Options{Random: 1, Preemptions: -1, Leftovers: true, Native: 1}, func(*interleave.Run) {
		tr.begin()
		for _, s := range all {
			if tr.take(s); tr.wrong != "" || tr.watcher.lost {
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
	tr.watcher = watcher{limits: tr.limits, held: map[string]held{}}
	tr.told, tr.rows, tr.puts = nil, nil, map[string]int{}
	dawn := time.Date(2026, time.January, 10, 9, 0, 0, 0, time.UTC)
	o := eviction.Options[string, page]{
		Capacity: tr.limits.capacity,
		OnEvict:  func(_ string, v page) { tr.told = append(tr.told, v.text) },
	}
	o.MaxCost, o.TTL = tr.limits.maxCost, time.Duration(tr.limits.ttl)*time.Minute
	if o.MaxCost > 0 || tr.kind.needless == "Cost" {
		o.Cost = func(_ string, v page) int64 { return v.cost }
	}
	if o.TTL > 0 || tr.kind.needless == "Now" {
		o.Now = func() time.Time { return dawn.Add(time.Duration(tr.model.clock) * time.Minute) }
	}
	tr.cache = tr.policy.make(o)
}

// options are those of the cache, in words.
func (tr *transcript) options() string {
	switch tr.kind.needless {
	case "Cost":
		return tr.limits.String() + ", a Cost and no MaxCost"
	case "Now":
		return tr.limits.String() + ", a Now and no TTL"
	}
	return tr.limits.String()
}

// take makes a step and looks at what has come of it.
func (tr *transcript) take(s step) {
	m := tr.model
	if s.what == "wait" {
		m.clock += s.wait
		tr.rows = append(tr.rows, row{call: fmt.Sprintf("%d min go by: %s", s.wait, clockTime(m.clock))})
		tr.last().holds = tr.contents()
		return
	}
	if s.what == "Put" && !tr.kind.updates && m.at(s.key) >= 0 {
		return
	}
	c := call{op: s.what, k: s.key}
	cost := ""
	if s.what == "Put" {
		tr.puts[s.key]++
		c.v = fmt.Sprintf("%s%d", s.key, tr.puts[s.key])
		if tr.limits.maxCost > 0 || tr.kind.needless == "Cost" {
			cost = fmt.Sprintf(", cost %d", s.cost)
		}
	}
	tr.rows = append(tr.rows, row{call: c.String() + cost})
	if tr.kind.watched() {
		tr.watch(c, s.cost)
	} else {
		tr.compareWithModel(c, s.cost)
	}
}

// What a call did as long as the scheduler has not come back from it, or from the look inside that follows.
const (
	noReturn = "does not return"
	noKeys   = "returns, but Keys after it does not"
)

func (tr *transcript) last() *row { return &tr.rows[len(tr.rows)-1] }

// contents are the entries as the table shows them.
func (tr *transcript) contents() string {
	if tr.kind.watched() {
		return tr.watcher.contents(tr.cache.Keys())
	}
	return tr.model.contents(tr.kind.ordered)
}

// compareWithModel makes a call, of the cache and of the model, and compares the results and what is inside then.
func (tr *transcript) compareWithModel(c call, cost int64) {
	m, r := tr.model, tr.last()
	before := tr.cache.Keys()
	if !tr.kind.ordered {
		m.seen = before
	}
	want, got, met := "", "", m.stats.Expirations
	if c.op == "Put" {
		m.put(c.k, page{c.v, cost})
	} else {
		want = found(m.get(c.k))
	}
	r.must, r.mustHold = whatHappened(c, want, before, m.keys()), list(m.keys(), " ")
	if m.stats.Expirations > met {
		others := slices.DeleteFunc(slices.Clone(before), func(k string) bool { return k == c.k })
		r.must = c.k + " has expired, " + whatHappened(c, want, others, m.keys())
	}
	if r.holds, r.did = tr.contents(), noReturn; tr.kind.ordered && m.frequency {
		r.mustHold = r.holds
	}
	if c.op == "Put" {
		tr.cache.Put(c.k, page{c.v, cost})
	} else {
		got = found(tr.cache.Get(c.k))
		r.outcome = got
		tr.compare("its result", c.String()+" = ", want, got)
	}
	r.did = noKeys
	after := tr.cache.Keys()
	r.did, r.held = whatHappened(c, got, before, after), list(after, " ")
	wanted, what := m.keys(), "what Keys returns then"
	if !tr.kind.ordered {
		slices.SortStableFunc(wanted, func(a, b string) int { return cmp.Compare(slices.Index(after, a), slices.Index(after, b)) })
		r.mustHold = list(wanted, " ")
		what = "what Keys returns then, in whatever order,"
		slices.Sort(wanted)
		after = slices.Sorted(slices.Values(after))
	}
	tr.compare(what, "Keys() = ", list(wanted, " "), list(after, " "))
}

// compare keeps the first difference, for the message in words and for the picture in short.
func (tr *transcript) compare(what, short, want, got string) {
	if tr.wrong == "" && want != got {
		tr.wrong = fmt.Sprintf("%s must be  %s\nbut is  %s", what, want, got)
		tr.want, tr.got = short+want, short+got
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

// whatHappened tells a call by its result and by which keys were there before and after it.
func whatHappened(c call, result string, before, after []string) string {
	var all []string
	gone := slices.DeleteFunc(slices.Clone(before), func(k string) bool { return slices.Contains(after, k) })
	verb := " goes"
	if len(gone) > 1 {
		verb = " go"
	}
	if len(gone) > 0 {
		all = append(all, strings.Join(gone, ", ")+verb)
	}
	switch {
	case c.op == "Get" && result == "not there":
		all = append(all, "miss")
	case c.op == "Get":
		all = append(all, "hit: "+result)
	case !slices.Contains(after, c.k):
		all = append(all, c.v+" is not stored")
	case slices.Contains(before, c.k):
		all = append(all, c.k+" stays, as "+c.v)
	default:
		all = append(all, c.k+" comes")
	}
	return strings.Join(all, ", ")
}

// tell fails the check and shows what happened.
func (tr *transcript) tell(t *check.T, title string) {
	t.Helper()
	calls, did := "New"+tr.policy.name, noReturn
	if len(tr.rows) > 0 {
		calls, did = tr.last().call, tr.last().did
	}
	check.Show(t, check.Evidence{Kind: "sequence", Title: title, Text: tr.table(), SVG: tr.timeline(title).SVG()})
	if tr.failure != nil {
		check.Blame(t, tr.failure)
		t.Fatalf("an %s with %s: %s, the last line of the table, %s. %s", tr.policy.name, tr.options(), calls, did, tr.wrong)
	}
	t.Fatalf("an %s with %s, after the last line of the table, %s:\n%s", tr.policy.name, tr.options(), calls, tr.wrong)
}
