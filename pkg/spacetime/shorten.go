package spacetime

import (
	"fmt"
	"slices"
)

const (
	longScene   = 40 // above so many steps everything that is not special is treated as Minor
	longestDraw = 60 // above so many steps the middle is left out
	keptFirst   = 12 // of these the first,
	keptLast    = 34 // the last,
	keptMiddle  = 12 // and the latest of the special ones between them
	shortLoop   = 12 // a loop of so many steps is drawn in full: it is what there is to see
)

// shorten merges what is minor, and cuts the middle out of what is still too long.
func (sc *scene) shorten() {
	sc.merge(func(s Step) bool { return s.Minor })
	if len(sc.steps) > longScene {
		sc.merge(func(s Step) bool { return !s.Highlight && s.Value == "" })
	}
	if len(sc.steps) > longestDraw {
		sc.elide()
	}
}

// merge draws consecutive minor steps of a lane as one, where the first of them stood.
func (sc *scene) merge(minor func(Step) bool) {
	touched, loopOf := sc.touched(), sc.loopOf()
	var steps []sceneStep
	place := make([]int, len(sc.steps))
	open := make([]int, len(sc.lanes)) // 1 + index of the merged step that may grow; 0 for none
	inLoop := make([]int, len(sc.lanes))
	for i, s := range sc.steps {
		if s.gap != "" || touched[i] || s.Kind != Does || !minor(s.Step) || sc.inShortLoop(i) {
			if s.gap == "" {
				open[s.Lane] = 0
			}
			place[i] = len(steps)
			steps = append(steps, s)
			continue
		}
		if len(s.parts) == 0 {
			s.parts = []Step{s.Step}
		}
		if at := open[s.Lane]; at > 0 && inLoop[s.Lane] == loopOf[i] {
			place[i] = at - 1
			m := &steps[at-1]
			m.parts = append(m.parts[:len(m.parts):len(m.parts)], s.parts...)
			m.Step = join(m.parts)
			continue
		}
		place[i] = len(steps)
		steps = append(steps, s)
		open[s.Lane], inLoop[s.Lane] = len(steps), loopOf[i]
	}
	sc.replace(steps, place)
}

func (sc *scene) inShortLoop(step int) bool {
	return slices.ContainsFunc(sc.loops, func(l Loop) bool {
		return l.First <= step && step <= l.Last && l.Last-l.First < shortLoop
	})
}

// elide leaves steps out of the middle; a row across all lanes says how many.
func (sc *scene) elide() {
	keep := make([]bool, len(sc.steps))
	for i := range keep {
		keep[i] = i < keptFirst || i >= len(keep)-keptLast
	}
	for i, n := len(keep)-1, keptMiddle; i >= 0 && n > 0; i-- {
		if s := sc.steps[i]; !keep[i] && (s.Highlight || s.Kind == Crashes) {
			keep[i] = true
			n--
		}
	}
	var steps []sceneStep
	place := make([]int, len(sc.steps))
	for i := 0; i < len(keep); {
		if keep[i] {
			place[i] = len(steps)
			steps = append(steps, sc.steps[i])
			i++
			continue
		}
		left := 0
		for ; i < len(keep) && !keep[i]; i++ {
			place[i] = -1
			left += max(1, len(sc.steps[i].parts))
		}
		steps = append(steps, sceneStep{gap: fmt.Sprintf("… %s not drawn …", count(left, "step"))})
	}
	if n := sc.replace(steps, place); n > 0 {
		sc.notes = append(sc.notes, count(n, "arrow")+" to or from the steps left out are not drawn")
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
