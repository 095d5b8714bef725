package spacetime

import (
	"fmt"
	"strings"
)

// pixel is a point of the SVG.
type pixel struct{ x, y int }

// arrows draws all lines over a halo, so that they seem to pass over the lanes, then their ends and texts.
func (w *svgWriter) arrows() {
	ways := make([][]pixel, len(w.paths))
	for i, p := range w.paths {
		ways[i] = w.way(p)
		w.printf(`<path class="halo" d="%s"/>`, rounded(ways[i]))
	}
	for i, p := range w.paths {
		way, class := ways[i], arrowClasses[p.kind]
		if p.lost {
			class = "lost"
		}
		w.printf(`<path class="arrow %s" d="%s"/>`, class, rounded(way))
		if p.kind == Duplicates && !p.lost {
			w.printf(`<path class="core" d="%s"/>`, rounded(way))
		}
		w.end(p, way, class)
		if p.text != "" {
			w.textOnArrow(p, class)
		}
	}
}

var arrowClasses = map[ArrowKind]string{Causes: "cause", Retries: "retry", Duplicates: "duplicate", WaitsFor: "wait", Races: "race"}

// way is a path in pixels: from the edge of its first cell, or from a lane's line, to the edge of its last cell.
func (w *svgWriter) way(p path) []pixel {
	n := len(p.points)
	var way []pixel
	for i, c := range p.points {
		at := pixel{w.px(c.x), w.py(c.y)}
		switch {
		case i == 0 && !w.isLane(c.x):
			at.x -= sign(p.points[1].x-c.x) * cellWidth / 2
		case i == n-1 && !p.lost:
			at.x += p.inward() * (cellWidth/2 - 2)
		}
		way = append(way, at)
	}
	return way
}

// inward is the direction in which a path arrives: 1 to the right.
func (p path) inward() int {
	n := len(p.points)
	if p.points[n-1].x < p.points[n-2].x {
		return -1
	}
	if p.points[n-1].x > p.points[n-2].x || n == 2 {
		return 1
	}
	return sign(p.points[n-1].x - p.points[0].x)
}

// rounded is the path data of a way, with round corners.
func rounded(way []pixel) string {
	var b strings.Builder
	fmt.Fprintf(&b, "M%d %d", way[0].x, way[0].y)
	for i := 1; i < len(way); i++ {
		at := way[i]
		if i+1 == len(way) {
			fmt.Fprintf(&b, "L%d %d", at.x, at.y)
			break
		}
		r := min(bend, distance(way[i-1], at)/2, distance(at, way[i+1])/2)
		before, after := towards(at, way[i-1], r), towards(at, way[i+1], r)
		fmt.Fprintf(&b, "L%d %dQ%d %d %d %d", before.x, before.y, at.x, at.y, after.x, after.y)
	}
	return b.String()
}

func distance(a, b pixel) int { return max(a.x-b.x, b.x-a.x) + max(a.y-b.y, b.y-a.y) }

func towards(a, b pixel, n int) pixel {
	return pixel{a.x + sign(b.x-a.x)*n, a.y + sign(b.y-a.y)*n}
}

// end draws the head of an arrow or the cross of a lost message.
func (w *svgWriter) end(p path, way []pixel, class string) {
	tip := way[len(way)-1]
	switch {
	case p.lost:
		const r = 5
		w.printf(`<path class="cross" d="M%d %dL%d %dM%d %dL%d %d"/>`, tip.x-r, tip.y-r, tip.x+r, tip.y+r, tip.x-r, tip.y+r,
			tip.x+r, tip.y-r)
	case p.headed():
		back := tip.x - p.inward()*9
		w.printf(`<path class="head %s-head" d="M%d %dL%d %dL%d %dZ"/>`, class, tip.x+p.inward()*2, tip.y, back, tip.y-5, back,
			tip.y+5)
	}
}

func (w *svgWriter) textOnArrow(p path, class string) {
	at := p.textAt
	w.printf(`<rect class="page" x="%d" y="%d" width="%d" height="16"/>`, margin+at.x*cellWidth, w.py(at.y)-8,
		(columns(p.text)+2)*cellWidth)
	w.text(at.x+1, w.py(at.y), "text "+class+"-text", p.text)
}
