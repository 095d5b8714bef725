package spacetime

// cell is a place on the page: column and row.
type cell struct{ x, y int }

// path is an arrow on the page: horizontal, or horizontal, vertical, horizontal.
type path struct {
	points []cell
	kind   ArrowKind
	lost   bool
	text   string // written from textAt on, over the line
	textAt cell
}

// headed tells whether the path ends in an arrow's head.
func (p path) headed() bool { return !p.lost && p.kind != Races }

// routes finds the way of every arrow.
func (l *layout) routes() []path {
	var all []path
	for i, a := range l.sc.arrows {
		switch {
		case !l.sc.drawn(a):
		case a.Lost:
			all = append(all, l.routeLost(i))
		default:
			all = append(all, l.route(i))
		}
	}
	return all
}

func (l *layout) route(i int) path {
	a := l.sc.arrows[i]
	p := path{kind: a.Kind}
	rightward := l.sc.target(a) > l.sc.steps[a.From].Lane
	var start, end cell
	if rightward {
		out := portOf(l.ports[a.From].right, i, true)
		start = l.rightOf(a.From, out.row, out.out)
		end = l.leftOf(a.To, portOf(l.ports[a.To].left, i, false))
		p.text, p.textAt = l.textRightOf(a.From, out, i)
	} else {
		in := portOf(l.ports[a.To].right, i, false)
		start = l.leftOf(a.From, portOf(l.ports[a.From].left, i, true))
		end = l.rightOf(a.To, in.row, false)
		p.text, p.textAt = l.textRightOf(a.To, in, i)
	}
	p.points = []cell{start, end}
	if l.track[i] >= 0 {
		g := l.gutterOf(i)
		x := l.x[g] - 1 - headRoom(1) - l.track[i]
		p.points = []cell{start, {x, start.y}, {x, end.y}, end}
	}
	return p
}

// rightOf is where an arrow touches a step's right side. One that leaves below the label comes out of the lane's line.
func (l *layout) rightOf(step, row int, out bool) cell {
	x := l.labelEnd(step, row)
	if row > 0 && out && l.labelWidth(step, row) == 0 {
		x--
	}
	return cell{x, l.y[step] + row}
}

func (l *layout) leftOf(step int, p *port) cell {
	x := l.x[l.sc.steps[step].Lane] - 1
	if p.row > 0 && p.out {
		x++
	}
	return cell{x, l.y[step] + p.row}
}

// textRightOf places the text of a port behind the label; several arrows of one port need it once.
func (l *layout) textRightOf(step int, p *port, arrow int) (string, cell) {
	if p.text == "" || p.arrows[0] != arrow {
		return "", cell{}
	}
	x := l.labelEnd(step, p.row) + 1
	lane := l.sc.steps[step].Lane
	room := l.x[lane] + nodeWidth + l.width[lane] + 1 - x - 2
	return l.legend.cut(p.text, room), cell{x, l.y[step] + p.row}
}

func (l *layout) routeLost(i int) path {
	a := l.sc.arrows[i]
	p := path{kind: a.Kind, lost: true}
	if a.Lane > l.sc.steps[a.From].Lane {
		out := portOf(l.ports[a.From].right, i, true)
		start := l.rightOf(a.From, out.row, true)
		p.points = []cell{start, {l.x[a.Lane] - 2, start.y}}
		p.text, p.textAt = l.textRightOf(a.From, out, i)
		return p
	}
	out := portOf(l.ports[a.From].left, i, true)
	start := l.leftOf(a.From, out)
	p.points = []cell{start, {l.x[a.Lane] + 2, start.y}}
	left := l.sc.steps[a.From].Lane - 1
	free := l.x[left] + nodeWidth + 2 // after the cross and a bit of line
	if a.Text != "" {
		p.text, p.textAt = l.legend.cut(a.Text, l.width[left]-3), cell{free, start.y}
	}
	return p
}
