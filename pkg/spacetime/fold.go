package spacetime

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// folded keeps n lanes and draws all others as one more, the last. The lanes kept are those to which something special
// happened, then those with the most arrows and steps.
func (sc scene) folded(n int) scene {
	if n >= len(sc.lanes) {
		return sc
	}
	at, rest := sc.placeLanes(n)
	out := scene{loops: sc.loops, notes: slices.Clone(sc.notes)}
	for i, l := range sc.lanes {
		if at[i] < n {
			out.lanes = append(out.lanes, l)
		}
	}
	name := strings.Join(rest, ", ")
	if columns(name) > 20 {
		name = fmt.Sprintf("%d others", len(rest))
		out.notes = append(out.notes, name+": "+strings.Join(rest, ", "))
	}
	out.lanes = append(out.lanes, sceneLane{Lane: Lane{Name: name}, folded: true})

	for _, s := range sc.steps {
		if to := at[s.Lane]; to < n {
			s.Lane = to
		} else {
			s.Text = sc.lanes[s.Lane].Name + ": " + s.Text
			s.Lane, s.Minor = n, !s.Highlight
			if s.Kind != Waits && s.Kind != Crashes {
				s.Kind = Does // the lane goes on for the others
			}
		}
		out.steps = append(out.steps, s)
	}
	for _, a := range sc.arrows {
		a.Lane = at[sc.target(a)]
		out.arrows = append(out.arrows, a)
	}
	return out
}

// placeLanes tells where each lane goes when n are kept, and the names of the rest.
func (sc scene) placeLanes(n int) (at []int, rest []string) {
	order := make([]int, len(sc.lanes))
	for i := range order {
		order[i] = i
	}
	weight := sc.weights()
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(weight[b], weight[a]) })
	kept := order[:n]
	slices.Sort(kept)
	at = make([]int, len(sc.lanes))
	for i := range at {
		at[i] = n
		if k, found := slices.BinarySearch(kept, i); found {
			at[i] = k
		} else {
			rest = append(rest, sc.lanes[i].Name)
		}
	}
	return at, rest
}

func (sc scene) weights() []int {
	const special, told, value = 1000, 10, 5
	w := make([]int, len(sc.lanes))
	for _, s := range sc.steps {
		w[s.Lane]++
		if s.Highlight {
			w[s.Lane] += special
		}
		if s.Value != "" {
			w[s.Lane] += value
		}
	}
	for _, a := range sc.arrows {
		if sc.drawn(a) {
			w[sc.steps[a.From].Lane] += told
			w[sc.target(a)] += told
		}
	}
	return w
}
