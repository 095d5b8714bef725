package proof

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"scalelab/grader/internal/score"
	"scalelab/pkg/check/record"
)

// marks are the letters of the kill matrix; the legend under it explains those that occur.
var marks = map[record.Cause]string{
	record.WrongResult: "W", record.DataRace: "R", record.Deadlock: "D", record.GoroutineLeak: "G", record.Livelock: "V",
	record.Timeout: "T", record.Panic: "P", record.BuildError: "B", record.Policy: "X", record.ResourceLimit: "M",
	record.Tampering: "!", record.NotImplemented: "N",
}

// Matrix prints subjects × checks: a dot for a passed check, a letter for the cause of a failed one.
func (l *Lab) Matrix(w io.Writer) {
	fmt.Fprintf(w, "%s on %s\n", l.Lab.ID, l.Provider)
	for i, c := range l.Lab.Checks {
		fmt.Fprintf(w, "  %s%s (%d)\n", strings.Repeat("│ ", i)+"┌─", c.Test, c.Points)
	}
	used := map[string]bool{}
	width := 0
	for _, row := range l.Rows {
		width = max(width, len(row.Subject.Name))
	}
	for _, row := range l.Rows {
		cells := make([]string, 0, len(row.Result.Checks))
		for _, c := range row.Result.Checks {
			cell := markOf(c, used)
			cells = append(cells, cell)
		}
		fmt.Fprintf(w, "  %s  %-*s  %s\n", strings.Join(cells, " "), width, row.Subject.Name, row.verdict())
	}
	l.legend(w, used)
	l.unjudged(w)
}

// unjudged says why checks were not judged, each reason once.
func (l *Lab) unjudged(w io.Writer) {
	counts, first := map[string]int{}, map[string]string{}
	var reasons []string
	for _, row := range l.Rows {
		for _, c := range row.Result.Checks {
			if c.Verdict != record.NotJudged {
				continue
			}
			if counts[c.Message]++; counts[c.Message] == 1 {
				reasons = append(reasons, c.Message)
				first[c.Message] = row.Subject.Name + ", " + c.ID
			}
		}
	}
	for _, reason := range reasons {
		fmt.Fprintf(w, "  not judged, %d times, first %s: %s\n", counts[reason], first[reason], strings.ReplaceAll(reason, "\n", "\n      "))
	}
}

func (r *Row) verdict() string {
	judged := func(c *score.Check) bool { return c.Verdict != record.NotJudged }
	switch {
	case len(r.Problems) > 0:
		return "NOT AS EXPECTED"
	case len(r.Result.Checks) > 0 && !slices.ContainsFunc(r.Result.Checks, judged):
		return "not judged"
	}
	return "as expected"
}

func markOf(c *score.Check, used map[string]bool) string {
	switch c.Verdict {
	case record.Passed:
		return "·"
	case record.NotJudged:
		used["?"] = true
		return "?"
	}
	used[marks[c.Cause]] = true
	return marks[c.Cause]
}

func (l *Lab) legend(w io.Writer, used map[string]bool) {
	parts := []string{"· passed"}
	for _, cause := range record.Causes() {
		if used[marks[cause]] {
			parts = append(parts, marks[cause]+" "+string(cause))
		}
	}
	if used["?"] {
		parts = append(parts, "? not judged")
	}
	fmt.Fprintf(w, "  %s\n", strings.Join(parts, ", "))
}
