package spacetime

import (
	"fmt"
	"slices"
	"strings"
)

// scene is a diagram on its way to the paper: cleaned, valid, then shortened and folded.
type scene struct {
	lanes  []sceneLane
	steps  []sceneStep
	arrows []Arrow // indices into steps and lanes of the scene
	loops  []Loop
	notes  []string // what is not drawn as it was given, and why
}

type sceneLane struct {
	Lane
	folded bool // stands for several lanes
}

type sceneStep struct {
	Step
	parts []Step // the steps drawn as this one, if several
	gap   string // instead of a step: a row across all lanes that says what was left out
}

// newScene keeps what can be drawn and notes what cannot.
func newScene(d Diagram) scene {
	var sc scene
	for i, l := range d.Lanes {
		l = Lane{Name: clean(l.Name), Value: clean(l.Value)}
		if l.Name == "" {
			l.Name = fmt.Sprintf("lane %d", i)
		}
		sc.lanes = append(sc.lanes, sceneLane{Lane: l})
	}
	place := make([]int, len(d.Steps))
	for i, s := range d.Steps {
		place[i] = -1
		if sc.refuse(d.stepProblem(i)) {
			continue
		}
		place[i] = len(sc.steps)
		s.Text, s.Where, s.Value = clean(s.Text), clean(s.Where), clean(s.Value)
		sc.steps = append(sc.steps, sceneStep{Step: s})
	}
	for i, a := range d.Arrows {
		if sc.refuse(d.arrowProblem(i)) {
			continue
		}
		a.From, a.Text = place[a.From], clean(a.Text)
		if !a.Lost {
			a.To = place[a.To]
		}
		sc.arrows = append(sc.arrows, a)
	}
	for i, l := range d.Loops {
		if !sc.refuse(d.loopProblem(i)) {
			l.First, l.Last = place[l.First], place[l.Last]
			if l.First >= 0 && l.Last >= 0 {
				sc.loops = append(sc.loops, l)
			}
		}
	}
	return sc
}

func (sc *scene) refuse(problem error) bool {
	if problem == nil {
		return false
	}
	const most = 3
	if len(sc.notes) < most {
		sc.notes = append(sc.notes, "not drawn: "+problem.Error())
	} else if len(sc.notes) == most {
		sc.notes = append(sc.notes, "not drawn: more of the same; see Validate")
	}
	return true
}

// target is the lane to which an arrow goes.
func (sc *scene) target(a Arrow) int {
	if a.Lost {
		return a.Lane
	}
	return sc.steps[a.To].Lane
}

// drawn tells whether an arrow leads from one lane to another.
func (sc *scene) drawn(a Arrow) bool { return sc.steps[a.From].Lane != sc.target(a) }

// touched marks the steps at which a drawn arrow begins or ends.
func (sc *scene) touched() []bool {
	t := make([]bool, len(sc.steps))
	for _, a := range sc.arrows {
		if !sc.drawn(a) {
			continue
		}
		t[a.From] = true
		if !a.Lost {
			t[a.To] = true
		}
	}
	return t
}

// loopOf is the index of the loop to which each step belongs, or -1.
func (sc *scene) loopOf() []int {
	of := make([]int, len(sc.steps))
	for i := range of {
		of[i] = -1
	}
	for i, l := range sc.loops {
		for s := l.First; s <= l.Last; s++ {
			of[s] = i
		}
	}
	return of
}

// replace puts other steps in place of the scene's; place tells where each old step went, -1 if nowhere.
func (sc *scene) replace(steps []sceneStep, place []int) (lostArrows int) {
	var arrows []Arrow
	for _, a := range sc.arrows {
		a.From = place[a.From]
		if !a.Lost {
			a.To = place[a.To]
		}
		if a.From < 0 || a.To < 0 && !a.Lost {
			lostArrows++
			continue
		}
		arrows = append(arrows, a)
	}
	var loops []Loop
	for _, l := range sc.loops {
		if l.First, l.Last = place[l.First], place[l.Last]; l.First >= 0 && l.Last >= l.First {
			loops = append(loops, l)
		}
	}
	sc.steps, sc.arrows, sc.loops = steps, arrows, loops
	return lostArrows
}

// sortOf chooses the mark of a step.
func (sc *scene) sortOf(i int) nodeSort {
	s := sc.steps[i]
	goesOn := slices.ContainsFunc(sc.steps[i+1:], func(next sceneStep) bool { return next.gap == "" && next.Lane == s.Lane })
	switch {
	case s.Kind == Crashes:
		return crash
	case s.Highlight && s.Kind == Waits && !goesOn:
		return stuck
	case s.Highlight:
		return special
	case s.Kind == Waits:
		return waits
	}
	return ordinary
}

// join is the one step that is drawn for several.
func join(parts []Step) Step {
	s := parts[len(parts)-1] // its value and kind are what counts from here on
	if len(parts) == 1 {
		return s
	}
	const short = 28
	var texts []string
	for _, p := range parts {
		texts = append(texts, p.Text)
		s.Highlight = s.Highlight || p.Highlight
	}
	if s.Text = strings.Join(texts, ", "); columns(s.Text) > short {
		s.Text = fmt.Sprintf("… %d steps", len(parts))
	}
	s.Where = span(parts[0].Where, s.Where)
	return s
}

// span is the stretch of lines between two positions, or nothing if they lie in different files.
func span(first, last string) string {
	if first == last {
		return first
	}
	i, j := strings.LastIndexByte(first, ':'), strings.LastIndexByte(last, ':')
	if i < 0 || j < 0 || first[:i] != last[:j] {
		return ""
	}
	return first + "…" + last[j+1:]
}
