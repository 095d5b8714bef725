package interleave

import (
	"maps"
	"slices"

	"scalelab/pkg/interleave/sched"
)

// predicate tells whether an execution shows what is looked for.
type predicate func(r *sched.Result) bool

// sameFailure holds for executions that go wrong in the same way at the same place.
func sameFailure(f *sched.Failure) predicate {
	return func(r *sched.Result) bool {
		if r.Failure == nil || r.Failure.Kind != f.Kind {
			return false
		}
		switch f.Kind {
		case Deadlock, Leak, Livelock:
			return true
		}
		return r.Failure.Site.String() == f.Site.String()
	}
}

func hasRace(r *sched.Result, key string) bool {
	return slices.ContainsFunc(r.Races, func(race sched.Race) bool { return race.Key() == key })
}

// recipe is what is needed to run an execution again.
type recipe struct {
	segments []sched.Segment
	choices  []int32
}

func recipeOf(r *sched.Result) recipe { return recipe{sched.Segments(r.Schedule), r.Choices} }

func (p recipe) picker() sched.Picker { return &sched.Guided{Segments: p.segments, Choices: p.choices} }

// cost orders executions: fewest pre-emptions, then fewest switches, then fewest steps.
func cost(r *sched.Result) int { return r.Preemptions*1_000_000 + r.Switches*1_000 + min(r.Steps, 999) }

// shrinkSteps bounds all the steps that shrinking may take.
const shrinkSteps = 120_000

// shrink makes an execution shorter as long as it goes wrong in the same way, and returns how to repeat it.
func (e *explorer) shrink(c sched.Config, r *sched.Result, same predicate) recipe {
	best, least := recipeOf(r), cost(r)
	for improved := true; improved; {
		improved = false
		for i := 0; i < len(best.segments)+len(best.choices) && e.stepped < shrinkSteps; i++ {
			for _, candidate := range best.variants(i) {
				r := e.run(c, candidate.picker())
				e.stepped += r.Steps
				if same(r) && cost(r) < least {
					best, least, improved = recipeOf(r), cost(r), true
					break
				}
			}
		}
	}
	return best
}

// variants are simpler recipes that differ at place i: without the segment, with it as long as can be, behind the next one; with
// the first possibility for a choice.
func (p recipe) variants(i int) []recipe {
	if c := i - len(p.segments); c >= 0 {
		if c >= len(p.choices) || p.choices[c] == 0 {
			return nil
		}
		choices := slices.Clone(p.choices)
		choices[c] = 0
		return []recipe{{p.segments, choices}}
	}
	const long = 1 << 20
	before, s, after := p.segments[:i], p.segments[i], p.segments[i+1:]
	list := []recipe{
		{slices.Concat(before, after), p.choices},
		{slices.Concat(before, []sched.Segment{{Task: s.Task, Steps: long}}, after), p.choices},
	}
	if len(after) > 0 {
		list = append(list, recipe{slices.Concat(before, after[:1], []sched.Segment{s}, after[1:]), p.choices})
	}
	return list
}

func sortedKeys(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
