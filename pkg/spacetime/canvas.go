package spacetime

import "strings"

// weight of a line, in the order in which one hides another.
type weight uint8

const (
	none weight = iota
	light
	heavy
	double
)

// arms are the lines that leave the middle of a cell.
type arms struct {
	up, down, left, right weight
	dashed                bool
	lane                  laneState // if the vertical is a lane
}

// canvas is a page of cells. Lines merge where they meet; text hides lines.
type canvas struct {
	width int
	lines [][]arms
	text  [][]string // one rune with its combining marks per cell; after a wide rune a cell with "\x00"
}

func newCanvas(width, height int) *canvas {
	c := &canvas{width: width}
	for range height {
		c.lines = append(c.lines, make([]arms, width))
		c.text = append(c.text, make([]string, width))
	}
	return c
}

func (c *canvas) inside(at cell) bool {
	return at.x >= 0 && at.x < c.width && at.y >= 0 && at.y < len(c.lines)
}

// line draws from one cell to another in the same row or column.
func (c *canvas) line(a, b cell, w weight, dashed bool) {
	step := cell{sign(b.x - a.x), sign(b.y - a.y)}
	for at := a; at != b; at = (cell{at.x + step.x, at.y + step.y}) {
		c.join(at, step, w, dashed)
		c.join(cell{at.x + step.x, at.y + step.y}, cell{-step.x, -step.y}, w, dashed)
	}
}

func (c *canvas) join(at, towards cell, w weight, dashed bool) {
	if !c.inside(at) {
		return
	}
	a := &c.lines[at.y][at.x]
	a.dashed = dashed
	arm := &a.up
	switch towards {
	case cell{0, 1}:
		arm = &a.down
	case cell{-1, 0}:
		arm = &a.left
	case cell{1, 0}:
		arm = &a.right
	}
	*arm = max(*arm, w)
}

// write puts a text on the page and cuts it at the page's edge.
func (c *canvas) write(at cell, s string) {
	for _, r := range s {
		w := runeWidth(r)
		switch {
		case w == 0:
			if prev := (cell{at.x - 1, at.y}); c.inside(prev) {
				c.text[prev.y][prev.x] += string(r)
			}
			continue
		case !c.inside(at) || !c.inside(cell{at.x + w - 1, at.y}):
			return
		}
		c.text[at.y][at.x] = string(r)
		if w == 2 {
			c.text[at.y][at.x+1] = wideTail
		}
		at.x += w
	}
}

const wideTail = "\x00"

// String is the page, without blanks at the ends of lines.
func (c *canvas) String() string {
	var b strings.Builder
	for y := range c.lines {
		var line strings.Builder
		for x := range c.lines[y] {
			switch t := c.text[y][x]; {
			case t == wideTail:
			case strings.HasPrefix(t, wideTail): // combining marks of a wide rune
				line.WriteString(t[len(wideTail):])
			case t != "":
				line.WriteString(t)
			default:
				line.WriteString(glyph(c.lines[y][x]))
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}
