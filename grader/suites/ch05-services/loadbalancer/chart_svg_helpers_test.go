package loadbalancer_test

import (
	"fmt"
	"slices"
	"strings"
)

// No meaning is carried by colour alone: bands are labelled or hatched, and every sign has a shape of its own.
const chartStyle = `
.chart text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre;fill:#1f2328}
.chart .mid{text-anchor:middle}
.chart .sign{font-size:15px;font-weight:bold;text-anchor:middle}
.chart .page{fill:#ffffff}
.chart .healthy{fill:#cdeccb;stroke:#2f7d32}
.chart .out{fill:#ffffff;stroke:#818b98;stroke-dasharray:3 3}
.chart .draining{fill:#f4e3a8;stroke:#9a6700;stroke-dasharray:1 3}
.chart .small{font-size:10px;fill:#59636e}
.chart .dot{fill:#1f2328}
.chart .bad{fill:#cf222e}
.chart .missing{fill:none;stroke:#cf222e;stroke-width:2}
.chart .here{stroke:#cf222e;stroke-dasharray:2 4}
@media screen and (prefers-color-scheme:dark){
.chart text{fill:#f0f6fc}
.chart .page,.chart .out{fill:#0d1117}
.chart .healthy{fill:#1b4721}
.chart .draining{fill:#4d3800}
.chart .small{fill:#a5adb8}
.chart .dot{fill:#f0f6fc}
.chart .bad{fill:#ff7b72}
.chart .missing,.chart .here{stroke:#ff7b72}
}
`

const (
	chartLeft   = 70 // where the columns begin
	chartTop    = 44
	chartColumn = 24
	chartRow    = 46
)

// svg draws a chart: a band for each backend, which says what it is by the rules, and on it the requests and probes.
func (c chart) svg() string {
	var b strings.Builder
	explained := key(c.letters())
	keyTop := chartTop + chartRow*len(c.rows) + 16
	width, height := max(420, chartLeft+chartColumn*len(c.moments)+60), keyTop+20*len(explained)+8
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="chart" width="%d" height="%d" viewBox="0 0 %d %d" role="img" `, width, height, width, height)
	fmt.Fprintf(&b, `aria-label="Requests and probes of each backend"><style>%s</style><rect class="page" width="%d" height="%d"/>`, chartStyle, width, height)
	c.drawTimes(&b, keyTop-16)
	for r, row := range c.rows {
		y := chartTop + chartRow*r
		fmt.Fprintf(&b, `<text x="14" y="%d">%s</text>`, y+29, label(row))
		c.drawBands(&b, r, y)
		for i, cell := range c.cells[r] {
			drawSign(&b, cell, chartLeft+chartColumn*i+chartColumn/2, y+25)
		}
	}
	for i, line := range explained {
		y := keyTop + 20*i + 14
		sign, says, _ := strings.Cut(line, " ")
		if state := map[string]string{"──": "healthy", "╌╌": "out", "··": "draining"}[sign]; state != "" {
			fmt.Fprintf(&b, `<rect class="%s" x="14" y="%d" width="22" height="12"/>`, state, y-10)
		} else {
			drawSign(&b, sign, 25, y-4)
		}
		fmt.Fprintf(&b, `<text x="46" y="%d">%s</text>`, y, strings.TrimSpace(says))
	}
	b.WriteString(`</svg>`)
	return b.String()
}

// drawTimes writes the moments that there is room for, those at which something is wrong first, and draws a line at these.
func (c chart) drawTimes(b *strings.Builder, bottom int) {
	right := map[int]int{} // of each label, by its left end
	write := func(x int, text string) {
		half := 4*len(text) + 3
		for from, to := range right {
			if x-half < to && from < x+half {
				return
			}
		}
		right[x-half] = x + half
		fmt.Fprintf(b, `<text class="mid" x="%d" y="26">%s</text>`, x, text)
	}
	for _, wrong := range []bool{true, false} {
		for i, at := range c.moments {
			if x := chartLeft + chartColumn*i + chartColumn/2; c.wrong(i) == wrong {
				write(x, at.String())
				if wrong {
					fmt.Fprintf(b, `<path class="here" d="M%d %dV%d"/>`, x, chartTop-8, bottom)
				}
			}
		}
	}
}

// wrong is whether something is wrong at this moment.
func (c chart) wrong(i int) bool {
	return slices.ContainsFunc(c.cells, func(row []string) bool { return row[i] == misplaced || row[i] == missing })
}

// drawBands draws what a backend is by the rules, from one change to the next.
func (c chart) drawBands(b *strings.Builder, r, y int) {
	states := c.states[r]
	for from := 0; from < len(states); {
		to := from
		for to < len(states) && states[to] == states[from] {
			to++
		}
		if state := states[from]; fills[state] != "" {
			x, width := chartLeft+chartColumn*from, chartColumn*(to-from)
			fmt.Fprintf(b, `<rect class="%s" x="%d" y="%d" width="%d" height="22"/>`, state, x, y+14, width)
			if width >= 7*len(state) {
				fmt.Fprintf(b, `<text class="small" x="%d" y="%d">%s</text>`, x+1, y+10, state)
			}
		}
		from = to
	}
}

// drawSign draws a sign round a point.
func drawSign(b *strings.Builder, sign string, x, y int) {
	switch sign {
	case "":
	case misplaced:
		fmt.Fprintf(b, `<path class="bad" d="M%d %dl8 8l-8 8l-8 -8z"/>`, x, y-8)
	case missing:
		fmt.Fprintf(b, `<circle class="missing" cx="%d" cy="%d" r="6"/>`, x, y)
	case sentThere:
		fmt.Fprintf(b, `<circle class="dot" cx="%d" cy="%d" r="5"/>`, x, y)
	default:
		fmt.Fprintf(b, `<text class="sign" x="%d" y="%d">%s</text>`, x, y+5, sign)
	}
}
