package sched

import "math/rand/v2"

// RandomWalk picks every task that can go on with equal probability.
func RandomWalk(seed, run uint64) Picker {
	return &randomWalk{rand.New(rand.NewPCG(seed, run))}
}

type randomWalk struct{ r *rand.Rand }

func (p *randomWalk) Task(options []int, _, _ int) int {
	if len(options) == 1 {
		return 0
	}
	return p.r.IntN(len(options))
}

func (p *randomWalk) Choose(n int) int { return p.r.IntN(n) }

// DepthFirst enumerates all executions with at most Bound pre-emptions. Use Next between executions.
type DepthFirst struct {
	Bound int

	path    []branch
	depth   int
	strayed bool
}

type branch struct{ at, of int }

// Task offers to go on with the current task first. A switch away from a task that cannot go on costs nothing.
func (d *DepthFirst) Task(options []int, current, preemptions int) int {
	switch {
	case len(options) == 1:
		return 0
	case current < 0:
		return d.take(len(options))
	}
	if preemptions >= d.Bound {
		return current
	}
	switch i := d.take(len(options)); {
	case i == 0:
		return current
	case i <= current:
		return i - 1
	default:
		return i
	}
}

// Choose enumerates choices that are no task's.
func (d *DepthFirst) Choose(n int) int { return d.take(n) }

func (d *DepthFirst) take(n int) int {
	if d.depth == len(d.path) {
		d.path = append(d.path, branch{0, n})
	}
	b := &d.path[d.depth]
	if b.of != n {
		d.strayed = true // the program did not repeat itself
		b.of, b.at = n, min(b.at, n-1)
	}
	d.depth++
	return b.at
}

// Next prepares the next execution; it returns false when all have been enumerated.
func (d *DepthFirst) Next() bool {
	d.path = d.path[:d.depth]
	d.depth = 0
	for len(d.path) > 0 {
		last := &d.path[len(d.path)-1]
		if last.at++; last.at < last.of {
			return true
		}
		d.path = d.path[:len(d.path)-1]
	}
	return false
}

// Strayed tells whether an execution did not repeat what the same picks had led to before.
func (d *DepthFirst) Strayed() bool { return d.strayed }

// Segment is a stretch of steps of one task.
type Segment struct{ Task, Steps int }

// Segments are the stretches of a schedule.
func Segments(schedule []int32) []Segment {
	var segments []Segment
	for _, t := range schedule {
		if n := len(segments); n > 0 && segments[n-1].Task == int(t) {
			segments[n-1].Steps++
			continue
		}
		segments = append(segments, Segment{int(t), 1})
	}
	return segments
}

// Guided follows segments where the program lets it: a segment's task runs for as many steps, or until it cannot go on. Afterwards
// the current task goes on as long as it can. Choices are followed in their order, then the first possibility is taken.
type Guided struct {
	Segments []Segment
	Choices  []int32

	at, used, chosen int
}

// Task implements Picker.
func (g *Guided) Task(options []int, current, _ int) int {
	for ; g.at < len(g.Segments); g.at, g.used = g.at+1, 0 {
		if g.used >= g.Segments[g.at].Steps {
			continue
		}
		for i, id := range options {
			if id == g.Segments[g.at].Task {
				g.used++
				return i
			}
		}
	}
	return max(current, 0)
}

// Choose implements Picker.
func (g *Guided) Choose(n int) int {
	if g.chosen >= len(g.Choices) {
		return 0
	}
	c := int(g.Choices[g.chosen])
	g.chosen++
	return min(c, n-1)
}
