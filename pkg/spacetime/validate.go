package spacetime

import (
	"errors"
	"fmt"
)

// Validate lists everything in the diagram that cannot be drawn. Text and SVG draw the rest and name what is missing.
func (d Diagram) Validate() error {
	var all []error
	for i := range d.Steps {
		all = append(all, d.stepProblem(i))
	}
	for i := range d.Arrows {
		all = append(all, d.arrowProblem(i))
	}
	for i := range d.Loops {
		all = append(all, d.loopProblem(i))
	}
	return errors.Join(all...)
}

func (d Diagram) stepProblem(i int) error {
	s := d.Steps[i]
	if s.Lane < 0 || s.Lane >= len(d.Lanes) {
		return fmt.Errorf("step %d: lane %d of %d", i, s.Lane, len(d.Lanes))
	}
	if s.Kind < Does || s.Kind > Crashes {
		return fmt.Errorf("step %d: kind %d is unknown", i, s.Kind)
	}
	return nil
}

func (d Diagram) arrowProblem(i int) error {
	a := d.Arrows[i]
	if a.Kind < Causes || a.Kind > Races {
		return fmt.Errorf("arrow %d: kind %d is unknown", i, a.Kind)
	}
	if err := d.endProblem(a.From); err != nil {
		return fmt.Errorf("arrow %d: from %w", i, err)
	}
	if a.Lost {
		if a.Lane < 0 || a.Lane >= len(d.Lanes) {
			return fmt.Errorf("arrow %d: lost on the way to lane %d of %d", i, a.Lane, len(d.Lanes))
		}
		return nil
	}
	if err := d.endProblem(a.To); err != nil {
		return fmt.Errorf("arrow %d: to %w", i, err)
	}
	if a.From >= a.To && a.Kind != WaitsFor && a.Kind != Races {
		return fmt.Errorf("arrow %d: effect %d is not after its cause %d", i, a.To, a.From)
	}
	return nil
}

func (d Diagram) endProblem(step int) error {
	if step < 0 || step >= len(d.Steps) {
		return fmt.Errorf("step %d of %d", step, len(d.Steps))
	}
	return d.stepProblem(step)
}

func (d Diagram) loopProblem(i int) error {
	l := d.Loops[i]
	if !d.contains(l) {
		return fmt.Errorf("loop %d: steps %d to %d of %d, %d times", i, l.First, l.Last, len(d.Steps), l.Times)
	}
	for j, other := range d.Loops[:i] {
		if d.contains(other) && l.First <= other.Last && other.First <= l.Last {
			return fmt.Errorf("loop %d: overlaps loop %d", i, j)
		}
	}
	return nil
}

func (d Diagram) contains(l Loop) bool {
	return 0 <= l.First && l.First <= l.Last && l.Last < len(d.Steps) && l.Times > 0
}
