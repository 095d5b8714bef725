package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"scalelab/grader/internal/score"
	"scalelab/pkg/check/record"
	"scalelab/pkg/check/stacks"
)

// Text writes what a student reads: one line for each check, and under a lost point its rule, what happened, where, and what
// shows it.
func Text(w io.Writer, card *score.Scorecard, style Style) error {
	p := &printer{Writer: bufio.NewWriter(w), paint: palette(style.Colour)}
	for _, note := range card.Notices {
		p.line("  note: %s", note)
	}
	for _, lab := range card.Labs {
		p.lab(lab)
	}
	if len(card.Labs) != 1 {
		p.line("%s %s", p.paint.bold("total"), p.points(card.Points, card.AtLeast, card.Max))
	}
	return p.Flush()
}

type printer struct {
	*bufio.Writer
	paint paint
}

func (p *printer) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

func (p *printer) lab(lab *score.Lab) {
	p.line("%s  %s", p.paint.bold(lab.ID), p.points(lab.Points, lab.AtLeast, lab.Max))
	for _, note := range lab.Notices {
		p.line("  note: %s", note)
	}
	if lab.Message != "" {
		p.line("  %s: %s", p.paint.bad(string(lab.Status)), lab.Message)
	}
	for _, problem := range lab.Problems {
		p.line("    %s: %s", place(problem.Location), problem.Message)
	}
	if lab.Status == score.Graded || lab.Message == "" {
		for _, c := range lab.Checks {
			p.check(c)
		}
	}
	p.line("")
}

// check writes one line, and the story of a check that did not pass.
func (p *printer) check(c *score.Check) {
	switch c.Verdict {
	case record.Passed:
		explored := ""
		if c.Explored != "" {
			explored = "  " + p.paint.dim("("+c.Explored+")")
		}
		p.line("  %s %3d/%-3d %s%s", p.paint.good("ok  "), *c.Points, c.Max, c.ID, explored)
		return
	case record.NotJudged:
		p.line("  %s   –/%-3d %s", p.paint.dim("?   "), c.Max, c.ID)
		p.indented("       ", "not judged (no point is lost): "+c.Message)
		return
	}
	p.line("  %s   0/%-3d %s  %s", p.paint.bad("FAIL"), c.Max, c.ID, p.paint.bad("["+string(c.Cause)+"]"))
	p.indented("       rule: ", c.Rule)
	where := ""
	if c.Location != nil {
		where = place(c.Location) + ": "
	}
	p.indented("       ", where+c.Message)
	if accesses := stacks.RaceAccesses(c.Environment["native"]); len(accesses) > 0 {
		p.line("       seen this time: %s", strings.Join(accesses, "; "))
	}
	for _, e := range c.Evidence {
		p.line("       %s", p.paint.bold(e.Title))
		p.indented(strings.Repeat(" ", indentation(e.Text)), e.Text)
	}
	if c.Replay != "" {
		p.line("       again: go run ./grader replay %s", c.Replay)
	}
}

// indentation sets a picture in as far as it fits into 100 columns.
func indentation(picture string) int {
	widest := 0
	for line := range strings.Lines(picture) {
		widest = max(widest, utf8.RuneCountInString(line))
	}
	return min(9, max(0, 100-widest))
}

// indented writes a text whose lines after the first are set in like the first.
func (p *printer) indented(lead, text string) {
	rest := strings.Repeat(" ", len(lead))
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if i > 0 {
			lead = rest
		}
		p.line("%s", strings.TrimRight(lead+line, " "))
	}
}

func (p *printer) points(points *int, atLeast, most int) string {
	if points == nil {
		return p.paint.dim(fmt.Sprintf("at least %d of %d (something could not be judged)", atLeast, most))
	}
	text := fmt.Sprintf("%d/%d", *points, most)
	if *points == most {
		return p.paint.good(text)
	}
	return p.paint.bad(text)
}

func place(l *record.Location) string {
	if l == nil {
		return "-"
	}
	return l.String()
}

// VisibleTest writes one line for a visible test, and under a failed one what it means.
func VisibleTest(w io.Writer, name string, passed bool, explanation string, style Style) {
	p := &printer{Writer: bufio.NewWriter(w), paint: palette(style.Colour)}
	mark := p.paint.good("ok  ")
	if !passed {
		mark = p.paint.bad("FAIL")
	}
	p.line("  %s %s", mark, name)
	if explanation != "" {
		p.indented("       ", explanation)
	}
	p.Flush()
}
