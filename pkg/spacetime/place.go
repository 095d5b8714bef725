package spacetime

import "slices"

// placeLanes finds the column of each lane's line.
func (l *layout) placeLanes() {
	l.x = make([]int, len(l.sc.lanes))
	at := l.margin
	for i := range l.x {
		at += l.gutter[i]
		l.x[i] = at
		at += nodeWidth + l.width[i]
	}
}

// wrapLabels breaks the labels at the width of their lane.
func (l *layout) wrapLabels() {
	l.labels = make([][]labelLine, len(l.sc.steps))
	for i, s := range l.sc.steps {
		if s.gap == "" {
			l.labels[i] = wrapLabel(s.line(l.files), l.width[s.Lane], &l.legend)
		}
	}
}

// placeRows gives each port a row of its step and each group as many rows as its labels and ports need.
func (l *layout) placeRows() {
	l.y = make([]int, len(l.sc.steps))
	for first := 0; first < len(l.group); {
		end := first + 1
		for end < len(l.group) && l.group[end] == l.group[first] {
			end++
		}
		var members []int
		for i := first; i < end; i++ {
			l.y[i] = l.rows
			members = append(members, i)
		}
		l.rows += l.placeGroup(members)
		first = end
	}
}

// placeGroup returns the height of a group. Ports whose arrows would run over other steps of the group come below all of them.
func (l *layout) placeGroup(members []int) int {
	byLane := slices.SortedFunc(slices.Values(members), func(a, b int) int { return l.sc.steps[a].Lane - l.sc.steps[b].Lane })
	height := 1
	var facing []*port // on the right side of the member to the left
	var below []*port
	for _, i := range byLane {
		left, over := l.split(i, false, members)
		below = append(below, over...)
		right, over := l.split(i, true, members)
		below = append(below, over...)
		placeLeft(left, facing)
		l.placeRight(i, right)
		facing = right
		height = max(height, len(l.labels[i]))
		for _, p := range slices.Concat(left, right) {
			height = max(height, p.row+1)
		}
	}
	for _, p := range below {
		p.row = height
		height++
	}
	return height
}

// split tells the ports of a side that stay beside the step from those that have to go below the group.
func (l *layout) split(step int, rightSide bool, members []int) (beside, below []*port) {
	side := l.ports[step].left
	if rightSide {
		side = l.ports[step].right
	}
	for k := range side {
		if p := &side[k]; l.passes(step, *p, rightSide, members) {
			below = append(below, p)
		} else {
			beside = append(beside, p)
		}
	}
	return beside, below
}

func (l *layout) placeRight(step int, side []*port) {
	row := 0
	for _, p := range side {
		p.row = l.rowFor(step, p, row)
		row = p.row + 1
	}
}

// placeLeft gives a port the row of the port it faces if one arrow joins them, and else a row that neither side uses.
func placeLeft(side, facing []*port) {
	used := map[int]bool{}
	for _, f := range facing {
		used[f.row] = true
	}
	var alone []*port
	for _, p := range side {
		i := slices.IndexFunc(facing, func(f *port) bool { return f.joined(p) })
		if i < 0 {
			alone = append(alone, p)
		} else {
			p.row = facing[i].row
		}
	}
	row := 0
	for _, p := range alone {
		for used[row] {
			row++
		}
		p.row = row
		row++
	}
}

func (p *port) joined(q *port) bool {
	return slices.ContainsFunc(p.arrows, func(a int) bool { return slices.Contains(q.arrows, a) })
}

// rowFor is the first row from row on in which the port's text has room. A straight arrow has no choice.
func (l *layout) rowFor(step int, p *port, row int) int {
	if p.text == "" || slices.ContainsFunc(p.arrows, func(a int) bool { return l.straight[a] }) {
		return row
	}
	for row < len(l.labels[step]) && !l.fits(step, row, p.text) {
		row++
	}
	return row
}

// crowded lists the straight arrows whose text has no room on their row.
func (l *layout) crowded() []int {
	var all []int
	for i, a := range l.sc.arrows {
		if !l.straight[i] || a.Text == "" {
			continue
		}
		if step := l.leftEnd(a); !l.fits(step, 0, a.Text) {
			all = append(all, i)
		}
	}
	return all
}

// leftEnd is the step at the left end of an arrow, where its text is written.
func (l *layout) leftEnd(a Arrow) int {
	if l.sc.steps[a.From].Lane < l.sc.steps[a.To].Lane {
		return a.From
	}
	return a.To
}

func (l *layout) fits(step, row int, text string) bool {
	return textEnd(l.labelWidth(step, row), text) <= l.width[l.sc.steps[step].Lane]
}

// labelWidth is the width of a label on a row of its step, 0 where there is none.
func (l *layout) labelWidth(step, row int) int {
	if row >= len(l.labels[step]) {
		return 0
	}
	return l.labels[step][row].columns()
}

// labelEnd is the column right of the lane's line, node or label on a row of a step.
func (l *layout) labelEnd(step, row int) int {
	x := l.x[l.sc.steps[step].Lane]
	if w := l.labelWidth(step, row); w > 0 {
		return x + nodeWidth + w + 1
	}
	return x + 1
}
