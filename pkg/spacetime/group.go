package spacetime

import "slices"

// groupSteps puts a step on the row of the step before it if an arrow leads straight from the one to the other. Groups are
// drawn one below the other. The arrows that are straight for this reason are marked.
func (l *layout) groupSteps(apart map[int]bool) {
	l.group = make([]int, len(l.sc.steps))
	l.straight = make([]bool, len(l.sc.arrows))
	loopOf := l.sc.loopOf()
	for i := 1; i < len(l.group); i++ {
		l.group[i] = l.group[i-1] + 1
		if loopOf[i] != loopOf[i-1] {
			continue
		}
		if arrow := l.straightArrow(i); arrow >= 0 && !apart[arrow] {
			l.group[i] = l.group[i-1]
			l.straight[arrow] = true
		}
	}
}

// straightArrow is an arrow from the step before i to step i that comes first on the sides on which they face each other, and
// whose ports lead nowhere beyond them; -1 if there is none.
func (l *layout) straightArrow(i int) int {
	before, this := l.sc.steps[i-1], l.sc.steps[i]
	if before.gap != "" || this.gap != "" || before.Lane == this.Lane {
		return -1
	}
	out, in := l.ports[i-1].right, l.ports[i].left
	if this.Lane < before.Lane {
		out, in = l.ports[i-1].left, l.ports[i].right
	}
	if len(out) == 0 || len(in) == 0 || !out[0].out || in[0].out {
		return -1
	}
	if len(out[0].arrows) > 1 && len(in[0].arrows) > 1 {
		return -1 // others that leave the one would seem to come from those that reach the other
	}
	between := max(before.Lane, this.Lane)
	for _, p := range []port{out[0], in[0]} {
		if l.reach(p) > between {
			return -1
		}
	}
	for _, a := range out[0].arrows {
		if slices.Contains(in[0].arrows, a) {
			return a
		}
	}
	return -1
}

// reach is the rightmost lane that an arrow of the port touches.
func (l *layout) reach(p port) int {
	most := 0
	for _, i := range p.arrows {
		a := l.sc.arrows[i]
		most = max(most, l.sc.steps[a.From].Lane, l.sc.target(a))
	}
	return most
}

// passes tells whether an arrow of the port runs over another step of the same group, and so has to run below it. Members are
// the steps of the group.
func (l *layout) passes(step int, p port, rightSide bool, members []int) bool {
	lane := l.sc.steps[step].Lane
	from, to := lane+1, l.reach(p)-1 // an arrow bends in the gutter left of the lane it reaches
	if !rightSide {
		if !p.lost {
			return false // it bends in the gutter of its own lane
		}
		from, to = l.sc.arrows[p.arrows[0]].Lane, lane-1
	}
	return slices.ContainsFunc(members, func(m int) bool {
		return l.sc.steps[m].Lane >= from && l.sc.steps[m].Lane <= to
	})
}
