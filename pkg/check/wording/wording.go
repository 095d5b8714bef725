// Package wording takes out of messages what differs between two runs of the same code, and what only a debugger can use, so that
// the same failure always reads the same.
package wording

import (
	"fmt"
	"regexp"
	"runtime"
	"strings"
)

var (
	address    = regexp.MustCompile(`0x[0-9a-f]{6,16}`)
	goroutine  = regexp.MustCompile(`goroutine \d+`)
	loopback   = regexp.MustCompile(`(127\.0\.0\.1|\[::1\]|localhost):\d+`)
	vhost      = regexp.MustCompile(`vhost '[^']*'`)
	generated  = regexp.MustCompile(`\b(amq\.gen|ctag)-[^\s'",)]+`)
	emptyLines = regexp.MustCompile(`[ \t]*\n([ \t]*\n)*`)
)

// Clean drops the trace and the test name that testify adds, addresses and goroutine numbers. What the test's author said comes
// first.
func Clean(message string) string {
	said, found := sections(message)
	if said != "" && (found == "Should be true" || found == "Should be false") {
		found = "" // the author has said what should be
	}
	text := strings.TrimSpace(said + "\n" + found)
	return strings.TrimSpace(emptyLines.ReplaceAllString(Same(text), "\n"))
}

// Same takes out of a text what is another in each run: addresses in memory, numbers of goroutines and ports, and names that a server has made
// up or was given by the grader.
func Same(text string) string {
	text = address.ReplaceAllString(text, "0x…")
	text = goroutine.ReplaceAllString(text, "goroutine")
	text = loopback.ReplaceAllString(text, "$1:…")
	text = vhost.ReplaceAllString(text, "vhost '…'")
	return generated.ReplaceAllString(text, "$1-…")
}

// sections splits a message of testify into the author's words (Messages) and the finding (Error). Any other text is all
// finding. Testify writes "\tLabel:<spaces>\tcontent" and continues with "\t<spaces>\tcontent".
func sections(message string) (said, found string) {
	if !strings.Contains(message, "\tError Trace:") {
		return "", message
	}
	content := map[string][]string{}
	label := ""
	for _, line := range strings.Split(message, "\n") {
		head, rest, ok := strings.Cut(strings.TrimPrefix(line, "\t"), "\t")
		if !ok {
			continue
		}
		if name := strings.TrimSpace(head); name != "" {
			label = strings.TrimSuffix(name, ":")
		}
		content[label] = append(content[label], rest)
	}
	return strings.Join(content["Messages"], "\n"), withoutDiff(content["Error"])
}

// withoutDiff drops testify's diff when expected and actual are one line each: it would only say the same again.
func withoutDiff(lines []string) string {
	for i, line := range lines {
		if line == "Diff:" && i <= 4 {
			lines = lines[:i]
			break
		}
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// Panic words a recovered value as the runtime would.
func Panic(value any) string {
	if err, ok := value.(runtime.Error); ok {
		return "panic: " + err.Error()
	}
	return fmt.Sprintf("panic: %v", value)
}
