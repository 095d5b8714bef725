package spacetime

import "slices"

// port is where arrows leave or reach a step, on one side of its lane. Arrows that mean the same share a port.
type port struct {
	out    bool
	kind   ArrowKind
	lost   bool
	text   string // only where it is written: right of a lane, or beside a cross
	arrows []int
	row    int // below the first row of the step
}

// stepPorts are the ports of a step. No two on one side share a row.
type stepPorts struct{ left, right []port }

// newPorts collects the ports of every step.
func newPorts(sc *scene) []stepPorts {
	all := make([]stepPorts, len(sc.steps))
	for i, a := range sc.arrows {
		if !sc.drawn(a) {
			continue
		}
		from := &all[a.From]
		out := port{out: true, kind: a.Kind, lost: a.Lost, text: a.Text}
		in := port{kind: a.Kind, text: a.Text}
		rightward := sc.target(a) > sc.steps[a.From].Lane
		switch {
		case rightward && a.Lost:
			from.right = attach(from.right, out, i)
		case rightward:
			from.right = attach(from.right, out, i)
			in.text = ""
			all[a.To].left = attach(all[a.To].left, in, i)
		case a.Lost:
			from.left = attach(from.left, out, i)
		default:
			out.text = ""
			from.left = attach(from.left, out, i)
			all[a.To].right = attach(all[a.To].right, in, i)
		}
	}
	for i := range all {
		slices.SortStableFunc(all[i].left, func(a, b port) int { return a.rank(false) - b.rank(false) })
		slices.SortStableFunc(all[i].right, func(a, b port) int { return a.rank(true) - b.rank(true) })
	}
	return all
}

// rank puts what reaches a step above what leaves it. Of those who wait for each other the arrow to the right comes first.
func (p port) rank(rightSide bool) int {
	if p.out == (rightSide && p.kind == WaitsFor) {
		return 0
	}
	return 1
}

func attach(side []port, p port, arrow int) []port {
	for k := range side {
		if q := &side[k]; q.out == p.out && q.kind == p.kind && q.lost == p.lost && q.text == p.text && !p.lost {
			q.arrows = append(q.arrows, arrow)
			return side
		}
	}
	p.arrows = []int{arrow}
	return append(side, p)
}

// portOf finds the port of an arrow.
func portOf(side []port, arrow int, out bool) *port {
	for k := range side {
		if side[k].out == out && slices.Contains(side[k].arrows, arrow) {
			return &side[k]
		}
	}
	return nil
}
