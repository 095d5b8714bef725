package loadbalancer_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"scalelab/pkg/check"
)

// The signs of a chart, those that hide others last.
const (
	underWay  = "?"
	succeeded = "+"
	failed    = "x"
	sentThere = "●"
	missing   = "○"
	misplaced = "◆"

	signs = underWay + succeeded + failed + sentThere + missing + misplaced
)

// nobody is where a request goes that is sent to no backend.
const nobody = "none"

// sign is something that happened to a backend, for the chart.
type sign struct {
	at   time.Duration
	row  string
	what string
}

// sign notes something for the chart.
func (y *story) sign(at time.Duration, row, what string) {
	y.lock.Lock()
	defer y.lock.Unlock()
	y.signs = append(y.signs, sign{at, row, what})
}

// sentTo fails unless the request was sent to this backend, and to no other.
func (w *world) sentTo(q *request, want, rule string) {
	w.t.Helper()
	got := w.sender.receivers(q.path)
	if got != want {
		w.misplaced(q, want)
	}
	w.same("balancer", "sent to: "+want, "sent to: "+got, rule)
}

// misplaced marks a request that went to the wrong backend or to nobody, and where it should have gone.
func (w *world) misplaced(q *request, want string) {
	if !slices.Contains(w.names, want) {
		want = nobody
	}
	got := strings.Split(w.sender.receivers(q.path), ", ")
	if !slices.Contains(got, want) {
		w.sign(q.asked, want, missing)
	}
	w.sign(q.asked, got[len(got)-1], misplaced)
	w.charted = true
}

// probesAre fails unless these are the moments at which a backend was probed.
func (w *world) probesAre(lane, name string, want []time.Duration, rule string) {
	w.t.Helper()
	got := w.sender.probes(name, 0)
	for _, at := range want {
		if !slices.Contains(got, at) {
			w.sign(at, name, missing)
			w.charted = true
		}
	}
	for _, at := range got {
		if !slices.Contains(want, at) {
			w.sign(at, name, misplaced)
			w.charted = true
		}
	}
	w.same(lane, "probes of "+name+": "+moments(want), "probes of "+name+": "+moments(got), rule)
}

// chart shows which backend got requests and probes when, and what it was by the rules at that time. Each column is a moment at
// which something happened.
type chart struct {
	moments []time.Duration
	rows    []string
	cells   [][]string // by row and column: a sign or ""
	states  [][]string // by row and column
}

// resolution is how exact the moments of a chart are.
const resolution = 100 * time.Millisecond

func (y *story) chart() chart {
	y.lock.Lock()
	defer y.lock.Unlock()
	c := chart{rows: slices.Clone(y.names)}
	if slices.ContainsFunc(y.signs, func(s sign) bool { return s.row == nobody }) {
		c.rows = append(c.rows, nobody)
	}
	for _, s := range y.signs {
		c.moments = append(c.moments, s.at.Truncate(resolution))
	}
	for _, e := range y.entries {
		if e.value != "" {
			c.moments = append(c.moments, e.at.Truncate(resolution))
		}
	}
	slices.Sort(c.moments)
	c.moments = slices.Compact(c.moments)
	for _, row := range c.rows {
		c.cells = append(c.cells, y.cells(row, c.moments))
		c.states = append(c.states, y.statesOf(row, c.moments))
	}
	return c
}

// cells are the signs of a row. It is called under lock.
func (y *story) cells(row string, moments []time.Duration) []string {
	cells := make([]string, len(moments))
	for _, s := range y.signs {
		i, _ := slices.BinarySearch(moments, s.at.Truncate(resolution))
		if s.row == row && strings.Index(signs, s.what) >= strings.Index(signs, cells[i]) {
			cells[i] = s.what
		}
	}
	return cells
}

// statesOf is what a backend is at each moment by the rules. It is called under lock.
func (y *story) statesOf(row string, moments []time.Duration) []string {
	states := make([]string, len(moments))
	for i, at := range moments {
		var latest time.Duration
		for _, e := range y.entries {
			if e.lane == row && e.value != "" && e.at.Truncate(resolution) <= at && e.at >= latest {
				latest, states[i] = e.at, e.value
			}
		}
	}
	return states
}

// fills are the lines behind the signs, by the state.
var fills = map[string]string{"healthy": "─", "out": "╌", "draining": "·"}

// text draws a chart with letters, and explains them.
func (c chart) text() string {
	picture := c.letters()
	return picture + "\n\n" + strings.Join(key(picture), "\n") + "\n"
}

func (c chart) letters() string {
	indent := len("nobody") + 2
	times := strings.Repeat(" ", indent)
	for i, at := range c.moments {
		if room := indent + 2*i - len(times); room > 0 || i == 0 {
			times += strings.Repeat(" ", room) + at.String()
		}
	}
	lines := []string{times}
	for r, row := range c.rows {
		line := fmt.Sprintf("%-*s", indent, label(row))
		for i, cell := range c.cells[r] {
			fill := fills[c.states[r][i]]
			if fill == "" {
				fill = " "
			}
			if cell == "" {
				cell = fill
			}
			line += cell + fill
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return strings.Join(lines, "\n")
}

func label(row string) string {
	if row == nobody {
		return "nobody"
	}
	return row
}

// key explains the signs that occur. States are those by the rules, whatever the load balancer thinks.
func key(picture string) []string {
	var lines []string
	for _, s := range []struct{ sign, says string }{
		{misplaced, misplaced + "  wrong: look here"},
		{missing, missing + "  what should have been there instead"},
		{sentThere, sentThere + "  a request"},
		{succeeded, succeeded + "  a probe that succeeds"},
		{failed, failed + "  a probe that fails"},
		{underWay, underWay + "  a probe that is under way"},
		{"─", "── healthy by the rules"},
		{"╌", "╌╌ out"},
		{"·", "·· draining"},
	} {
		if strings.Contains(picture, s.sign) {
			lines = append(lines, s.says)
		}
	}
	return lines
}

// showChart shows the chart of a story in which something came to the wrong place, or at the wrong time.
func (y *story) showChart(t *check.T) {
	if y.charted {
		c := y.chart()
		check.Show(t, check.Evidence{Kind: "chart", Title: "Who got what, and when: " + y.title, Text: c.text(), SVG: c.svg()})
	}
}
