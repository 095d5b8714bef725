package spacetime

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// SVG draws the diagram as a self-contained image: no scripts, no fonts from elsewhere, light and dark, sized by its viewBox.
func (d Diagram) SVG() string {
	p := d.draw()
	w := &svgWriter{picture: p, top: margin}
	w.titleLines()
	w.heads()
	w.lanesAndLoops()
	w.arrows()
	w.steps()
	w.bottomLines()
	return w.document(d)
}

// Sizes in user units of the SVG; on screen, pixels.
const (
	cellWidth  = 8 // a character of the style sheet's font is a little narrower
	rowHeight  = 24
	margin     = 12
	nodeRadius = 5
	bend       = 6 // radius of an arrow's corners
)

// unbrokenGap is keyGap in blanks that XML does not run together.
const unbrokenGap = "\u00a0\u00a0\u00a0"

// svgWriter writes a picture from the top to the bottom.
type svgWriter struct {
	picture
	body  strings.Builder
	top   int // where the next part begins
	rowY0 int // top of the first row
	wide  int // columns used below and above the lanes
}

func (w *svgWriter) printf(format string, args ...any) { fmt.Fprintf(&w.body, format+"\n", args...) }

// px and py are the middle of a cell.
func (w *svgWriter) px(x int) int { return margin + x*cellWidth + cellWidth/2 }
func (w *svgWriter) py(y int) int { return w.rowY0 + y*rowHeight + rowHeight/2 }

// text writes at the left edge of a column, with the middle of the letters at y.
func (w *svgWriter) text(column, y int, class, s string) {
	const down = 4 // from the middle of the letters to their base line
	w.wide = max(w.wide, column+columns(s))
	w.printf(`<text class="%s" x="%d" y="%d">%s</text>`, class, margin+column*cellWidth, y+down, escape(s))
}

func (w *svgWriter) titleLines() {
	for _, line := range w.title {
		w.text(0, w.top+rowHeight/2, "title", line)
		w.wide = max(w.wide, columns(line)*9/8) // the title's letters are larger
		w.top += rowHeight
	}
}

// heads writes the lanes' names.
func (w *svgWriter) heads() {
	if len(w.lanes) == 0 {
		return
	}
	w.top += rowHeight / 4
	for _, l := range w.lanes {
		w.text(l.x, w.top+rowHeight/2, "name", l.name)
		if l.value != "" {
			w.text(l.x+columns(l.name)+1, w.top+rowHeight/2, "value", "["+l.value+"]")
		}
	}
	w.rowY0 = w.top + rowHeight + rowHeight/4
	w.top = w.rowY0 + w.rows*rowHeight
}

func (w *svgWriter) lanesAndLoops() {
	for _, l := range w.lanes {
		for _, s := range l.segments {
			from, to := w.py(s.from), w.py(s.to)
			if s.top {
				from -= rowHeight / 2
			}
			if s.end {
				to += rowHeight / 2
			}
			if to > from {
				w.printf(`<path class="%s" d="M%d %dV%d"/>`, laneClasses[s.state], w.px(l.x), from, to)
			}
		}
	}
	for _, b := range w.loops {
		x, from, to := w.px(1), w.py(b.from)-rowHeight/3, w.py(b.to)+rowHeight/3
		w.printf(`<path class="loop" d="M%d %dH%dV%dH%d"/>`, x+bend, from, x, to, x+bend)
		w.text(2, (from+to)/2, "name", b.text)
	}
	for _, g := range w.gaps {
		x := w.lanes[0].x
		w.printf(`<rect class="page" x="%d" y="%d" width="%d" height="%d"/>`, margin+x*cellWidth, w.py(g.row)-rowHeight/2,
			(w.columns-x)*cellWidth, rowHeight)
		w.text(x, w.py(g.row), "where", g.text)
	}
}

var laneClasses = map[laneState]string{running: "lane", waiting: "lane waiting", busy: "lane busy"}

func (w *svgWriter) steps() {
	for _, n := range w.nodes {
		x, y := w.px(n.at.x), w.py(n.at.y)
		if n.highlight {
			w.highlight(n)
		}
		w.printf("%s", n.shape(x, y))
		for k, line := range n.label {
			w.label(n, k, line)
		}
	}
}

// highlight puts a marker's stroke behind a label.
func (w *svgWriter) highlight(n node) {
	wide := 0
	for _, line := range n.label {
		wide = max(wide, line.columns())
	}
	if wide > 0 {
		w.printf(`<rect class="marker" x="%d" y="%d" width="%d" height="%d" rx="4"/>`, margin+(n.at.x+nodeWidth)*cellWidth-4,
			w.py(n.at.y)-10, wide*cellWidth+6, (len(n.label)-1)*rowHeight+20)
	}
}

func (w *svgWriter) label(n node, row int, line labelLine) {
	column := n.at.x + nodeWidth
	for i, s := range line {
		if i > 0 {
			column += s.gap()
		}
		class := [...]string{plain: "text", where: "where", value: "value"}[s.style]
		if n.highlight && s.style == plain {
			class = "text strong"
		}
		w.text(column, w.py(n.at.y+row), class, s.text)
		column += columns(s.text)
	}
}

// shape is the step's mark: as in the text, so that the key fits both.
func (n node) shape(x, y int) string {
	const r = nodeRadius
	switch n.sort {
	case crash:
		return fmt.Sprintf(`<path class="cross" d="M%d %dL%d %dM%d %dL%d %d"/>`, x-r, y-r, x+r, y+r, x-r, y+r, x+r, y-r)
	case waits, stuck:
		class := map[nodeSort]string{waits: "open", stuck: "bad"}[n.sort]
		return fmt.Sprintf(`<rect class="%s" x="%d" y="%d" width="%d" height="%d"/>`, class, x-r, y-r, 2*r, 2*r)
	case special:
		return fmt.Sprintf(`<path class="bad" d="M%d %dL%d %dL%d %dL%d %dZ"/>`, x, y-r-2, x+r+2, y, x, y+r+2, x-r-2, y)
	}
	return fmt.Sprintf(`<circle class="dot" cx="%d" cy="%d" r="%d"/>`, x, y, r-1)
}

func (w *svgWriter) bottomLines() {
	if len(w.nodes)+len(w.gaps) == 0 {
		w.text(0, w.top+rowHeight/2, "where", "(nothing happened)")
		w.top += rowHeight
	}
	w.top += rowHeight / 2
	lines, indent := w.bottomText()
	for _, l := range lines {
		y := w.top + rowHeight*3/8
		if l.name != "" {
			w.text(0, y, "name", l.name)
		}
		w.text(indent, y, "text", strings.ReplaceAll(l.text, keyGap, unbrokenGap))
		w.top += rowHeight * 3 / 4
	}
}

// document wraps the body in the root element with its size, its description and its style.
func (w *svgWriter) document(d Diagram) string {
	width := 2*margin + max(w.columns, w.wide, 30)*cellWidth
	height := w.top + margin
	name := strings.Join(w.title, " ")
	if name == "" {
		name = "Space-time diagram"
	}
	desc := d.describe()
	sum := fnv.New32a()
	sum.Write([]byte(name + desc + w.body.String()))
	id := fmt.Sprintf("spacetime-%08x", sum.Sum32())
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" class="spacetime" viewBox="0 0 %d %d" style="max-width:%dpx"
 role="img" aria-labelledby="%s-t %s-d">
<title id="%s-t">%s</title>
<desc id="%s-d">%s</desc>
<style>%s</style>
<rect class="page" width="%d" height="%d"/>
%s</svg>
`, width, height, width, id, id, id, escape(name), id, escape(desc), styleSheet, width, height, w.body.String())
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

func escape(s string) string { return escaper.Replace(s) }

// isLane tells whether a column is that of a lane's line.
func (w *svgWriter) isLane(x int) bool {
	return slices.ContainsFunc(w.lanes, func(l drawnLane) bool { return l.x == x })
}
