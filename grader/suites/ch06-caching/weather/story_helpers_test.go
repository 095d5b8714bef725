package weather_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"scalelab/labs/ch06-caching/weather"
	"scalelab/pkg/check"
)

// story is what happened on a day: exchanges, in order, with the time in the first column.
type story struct {
	day   time.Time
	lines []string
	last  string // the time of the latest line
}

// most is about how many lines are shown, with what was wrong at the end.
const most = 30

func (y *story) now() string {
	return strings.TrimSuffix(time.Now().UTC().Format("15:04:05.000"), ".000")
}

// add appends a line and returns its number.
func (y *story) add(who, text string) int {
	now := y.now()
	if now == y.last {
		now = ""
	} else {
		y.last = now
	}
	y.lines = append(y.lines, strings.TrimRight(fmt.Sprintf("  %-13s %-9s %s", now, who, text), " "))
	return len(y.lines) - 1
}

func (y *story) note(text string) { y.add("", "*** "+text+" ***") }

func (y *story) issues(resort string, r weather.Report) {
	y.add("", fmt.Sprintf("*** %s: %q, in German %q; the next report is due at %s ***", resort, r.English, r.German, r.Next.UTC().Format(time.TimeOnly)))
}

func (y *story) request(line string, headers [][2]string) {
	y.add("skier", line)
	for _, h := range headers {
		y.add("", h[0]+": "+h[1])
	}
}

func (y *story) response(a answer, headers [][2]string) map[string]int {
	at := map[string]int{"": y.add("  station", status(a.code))}
	for _, h := range headers {
		at[h[0]] = y.add("", h[0]+": "+h[1])
	}
	at["body"] = at[""]
	if a.body != "" {
		at["body"] = y.add("", fmt.Sprintf("body: %.50q", a.body))
	}
	return at
}

// mark points out what is wrong with an answer.
func (y *story) mark(a answer, part, want string) {
	at, there := a.lines[part]
	if !there {
		at = a.lines[""] + 1
		y.lines = slices.Insert(y.lines, at, fmt.Sprintf("%26s%s is missing", "", part))
	}
	if part != "" && part != "body" {
		want = part + ": " + want
	}
	if part == "body" {
		want = fmt.Sprintf("body: %q", want)
		if want == `body: ""` {
			want = "no body"
		}
	}
	y.lines[at] = "✗" + y.lines[at][min(1, len(y.lines[at])):]
	y.lines = slices.Insert(y.lines, at+1, fmt.Sprintf("✓%25s%s", "", want))
}

func (y *story) show(t *check.T, names *tags) {
	text := strings.Join(y.end(), "\n") + "\n\n  ✗ what was answered   ✓ what it should have been\n"
	if names.count() > 0 {
		text += "  tag 1, tag 2, …: your tags, numbered in the order in which they came\n"
	}
	check.Show(t, check.Evidence{Kind: "exchanges", Title: "What was asked and answered", Text: text})
}

// stuck says that the latest line has not come to its end.
func (y *story) stuck() {
	y.lines = append(y.lines, fmt.Sprintf("✗%25s(waits until the answer on the slow line has arrived)", ""))
}

// end are the lines that are shown: whole exchanges, with the time at which the first of them was.
func (y *story) end() []string {
	skip := max(0, len(y.lines)-most)
	for skip > 0 && !strings.Contains(y.lines[skip], " skier ") {
		skip--
	}
	if skip == 0 {
		return y.lines
	}
	lines := slices.Clone(y.lines[skip:])
	for i := skip; i >= 0; i-- {
		if at := strings.Fields(y.lines[i][:min(15, len(y.lines[i]))]); len(at) == 1 && strings.Contains(at[0], ":") {
			lines[0] = fmt.Sprintf("  %-13s", at[0]) + lines[0][15:]
			break
		}
	}
	return append([]string{fmt.Sprintf("  (%d more before this)", skip)}, lines...)
}
