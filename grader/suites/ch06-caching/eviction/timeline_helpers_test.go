package eviction_test

import (
	"fmt"
	"strings"

	"scalelab/pkg/spacetime"
)

// row is a step of a sequence, and what came of it.
type row struct {
	call, outcome string
	holds         string // for the table

	must, mustHold string // by the model; "" where there is none
	did, held      string // by the cache

	told, mustTell    []string
	counts, mustCount string
}

// table is the sequence, one step a line.
func (tr *transcript) table() string {
	var text strings.Builder
	first, second := len("what happens"), len("outcome")
	for _, r := range tr.rows {
		first, second = max(first, len(r.call)), max(second, len(r.outcome))
	}
	fmt.Fprintf(&text, "%s, %s\n\n", tr.policy.name, tr.options())
	line := func(number, call, outcome, holds, mark string) {
		fmt.Fprintln(&text, strings.TrimRight(fmt.Sprintf("%3s  %-*s  %-*s  %s%s", number, first, call, second, outcome, holds, mark), " "))
	}
	line("", "what happens", "outcome", tr.holds(), "")
	for i, r := range tr.rows {
		mark := ""
		if i == len(tr.rows)-1 {
			mark = "   <--"
		}
		line(fmt.Sprint(i+1), r.call, r.outcome, r.holds, mark)
	}
	return text.String()
}

// holds is the heading of the table's last column.
func (tr *transcript) holds() string {
	switch {
	case tr.kind.watched():
		return "what the cache holds then, the next to go first"
	case tr.kind.ordered:
		return "what the cache must hold then, the next to go first"
	}
	return "what the cache must hold then"
}

// timeline draws the sequence: what was called, what must come of it and what came of it, with what the cache holds from then on. The
// last step is the one that goes wrong.
func (tr *transcript) timeline(title string) spacetime.Diagram {
	const calls, must, told = "calls", "must be", "OnEvict"
	is := "your " + tr.policy.name
	r := spacetime.NewRecorder(fmt.Sprintf("%s: %s, %s", title, tr.policy.name, tr.options()), calls)
	r.Lane(is)
	for i, w := range tr.rows {
		last := i == len(tr.rows)-1
		r.Cause("call", r.Step(calls, spacetime.Step{Text: w.call}))
		if w.did == "" {
			continue
		}
		s := spacetime.Step{Text: w.did, Value: w.held, Highlight: last && (!tr.kind.told || tr.failure != nil)}
		if tr.kind.counted && last && tr.failure == nil {
			s.Text += "; " + w.counts
		}
		did := r.Step(is, s)
		r.Effect("call", did, spacetime.Causes)
		if w.must != "" {
			r.Step(must, spacetime.Step{Text: w.must, Value: w.mustHold})
		}
		if tr.kind.told {
			tr.tellings(r, did, told, w, last)
		}
	}
	if tr.failure == nil {
		r.Diagram.AddFact("expected", tr.want)
		r.Diagram.AddFact("actual", tr.got)
	}
	r.Diagram.AddFact("[a b]", "what is in the cache, the next to go first")
	return r.Diagram
}

// tellings draws what OnEvict was told by a call, and what it was not.
func (tr *transcript) tellings(r *spacetime.Recorder, did int, lane string, w row, last bool) {
	left := map[string]int{}
	for _, v := range w.mustTell {
		left[v]++
	}
	for _, v := range w.told {
		left[v]--
		r.Cause(v, did)
		at := r.Step(lane, spacetime.Step{Text: "is told of " + v, Highlight: last && left[v] < 0})
		r.Effect(v, at, spacetime.Causes)
	}
	for _, v := range w.mustTell {
		if left[v] > 0 {
			r.Lose(did, lane, v)
			left[v]--
		}
	}
}
