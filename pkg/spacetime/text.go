package spacetime

import "strings"

// Text draws the diagram for a terminal: at most 100 columns, readable without colour.
func (d Diagram) Text() string {
	p := d.draw()
	var b strings.Builder
	for _, line := range p.title {
		b.WriteString(line + "\n")
	}
	if len(p.lanes) > 0 {
		c := newCanvas(pageWidth, 1+p.rows)
		p.drawLanes(c)
		p.drawPaths(c)
		p.drawSteps(c)
		if len(p.title) > 0 {
			b.WriteString("\n")
		}
		b.WriteString(c.String())
	}
	if len(p.nodes)+len(p.gaps) == 0 {
		b.WriteString("(nothing happened)\n")
	}
	if len(p.bottom) > 0 {
		b.WriteString("\n")
	}
	lines, indent := p.bottomText()
	for _, l := range lines {
		gap := strings.Repeat(" ", indent-columns(l.name))
		b.WriteString(strings.TrimRight(l.name+gap+l.text, " ") + "\n")
	}
	return b.String()
}

// header is the row of the lanes' names; the picture's own rows follow.
const header = 1

func (p picture) drawLanes(c *canvas) {
	for _, l := range p.lanes {
		name := l.name
		if l.value != "" {
			name += " [" + l.value + "]"
		}
		c.write(cell{l.x, 0}, name)
		for _, s := range l.segments {
			for y := s.from; y <= s.to; y++ {
				at := cell{l.x, y + header}
				c.join(at, cell{0, -1}, light, false)
				c.join(at, cell{0, 1}, light, false)
				c.lines[at.y][at.x].lane = s.state
			}
		}
	}
	for _, b := range p.loops {
		from, to := cell{1, b.from + header}, cell{1, b.to + header}
		c.join(from, cell{1, 0}, light, false)
		c.join(to, cell{1, 0}, light, false)
		c.line(from, to, light, false)
		c.write(cell{2, (b.from+b.to)/2 + header}, b.text)
	}
}

func (p picture) drawPaths(c *canvas) {
	for _, q := range p.paths {
		w, dashed := light, false
		switch q.kind {
		case Duplicates:
			w = double
		case WaitsFor, Races:
			w = heavy
		case Retries:
			dashed = true
		}
		for i := 1; i < len(q.points); i++ {
			c.line(below(q.points[i-1]), below(q.points[i]), w, dashed)
		}
	}
	for _, q := range p.paths {
		last, before := q.points[len(q.points)-1], q.points[len(q.points)-2]
		switch {
		case q.lost:
			c.write(below(last), "✗")
		case q.headed() && before.x <= last.x:
			c.write(below(last), "►")
		case q.headed():
			c.write(below(last), "◄")
		}
		if q.text != "" {
			c.write(below(q.textAt), " "+q.text+" ")
		}
	}
}

func below(at cell) cell { return cell{at.x, at.y + header} }

func (p picture) drawSteps(c *canvas) {
	for _, n := range p.nodes {
		c.write(below(n.at), marks[n.sort])
		for k, line := range n.label {
			c.write(cell{n.at.x + nodeWidth, n.at.y + k + header}, line.String())
		}
	}
	for _, g := range p.gaps {
		for _, l := range p.lanes {
			c.write(cell{l.x, g.row + header}, "┊")
		}
		c.write(cell{p.lanes[0].x + nodeWidth, g.row + header}, g.text)
	}
}

// marks are the characters on the lane.
var marks = map[nodeSort]string{ordinary: "●", special: "◆", waits: "□", stuck: "■", crash: "╳"}
