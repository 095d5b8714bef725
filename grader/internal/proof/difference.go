package proof

import (
	"fmt"
	"strings"

	"scalelab/grader/internal/score"
)

// difference says in what two gradings of one subject differ: the first check that came out in another way, or was shown in another
// way; failing that, the first lines of the two scorecards.
func difference(a, b *score.Lab, one, another string) string {
	if len(a.Checks) == len(b.Checks) {
		for i := range a.Checks {
			if x, y := outcome(a.Checks[i]), outcome(b.Checks[i]); x != y {
				return twoLines(a.Checks[i].ID+": ", x, y)
			}
		}
	}
	return twoLines("", one, another)
}

// outcome is what a check came to, and how it was shown, but for drawings, which say the same as their text.
func outcome(c *score.Check) string {
	var s strings.Builder
	fmt.Fprintln(&s, c.Verdict, c.Cause)
	fmt.Fprintln(&s, c.Message)
	for _, e := range c.Evidence {
		fmt.Fprintln(&s, e.Title)
		fmt.Fprintln(&s, e.Text)
	}
	return s.String()
}

// firstLines are the first lines that differ, with the two that follow.
func firstLines(a, b string) (string, string) {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return clip(as[i:]), clip(bs[i:])
		}
	}
	return fmt.Sprintf("%d lines", len(as)), fmt.Sprintf("%d lines", len(bs))
}

// clip joins the first three lines, as far as anybody reads.
func clip(lines []string) string {
	const room = 300
	text := []rune(strings.Join(lines[:min(3, len(lines))], " / "))
	if len(text) > room {
		return string(text[:room]) + "…"
	}
	return string(text)
}

// twoLines sets the first lines that differ below each other.
func twoLines(check, a, b string) string {
	one, another := firstLines(a, b)
	return fmt.Sprintf("one:     %s%s\nanother: %s%s", check, one, check, another)
}
