package run

import (
	"regexp"
	"strings"

	"scalelab/pkg/check/stacks"
	"scalelab/pkg/check/wording"
)

var (
	unwritten   = regexp.MustCompile(`lab [a-z0-9]+: implement \w+`)
	testMessage = regexp.MustCompile(`(?m)^ {4}(\S+_test\.go:\d+): ?\n?((?:(?: {8}|\t).*\n|\n)*|.*\n)`)
)

// Explain puts the output of a failed ordinary test into a few words: what happened and where in the student's files.
func Explain(output string) string {
	if stub := unwritten.FindString(output); stub != "" {
		return stub
	}
	if strings.Contains(output, "WARNING: DATA RACE") {
		return "data race" + firstPlace(output) + "\n" + indentedMessage(output)
	}
	crash := crashIn(output)
	switch {
	case crash == nil:
		return indentedMessage(output)
	case strings.Contains(crash.text, "main bubble goroutine has exited"):
		return "goroutine leak: the test is over, but goroutines that it started are still blocked" + stacks.InBubble(output).Sentence()
	case strings.Contains(crash.text, "all goroutines in bubble are blocked"), strings.Contains(crash.text, "all goroutines are asleep"):
		return "deadlock: every goroutine is blocked and nothing can wake them" + stacks.InBubble(output).Sentence()
	}
	return "panic: " + scrub(crash.text) + firstPlace(output)
}

// firstPlace is the first place in the student's files that a trace mentions, as " at file.go:12".
func firstPlace(trace string) string {
	if at := stacks.FirstInTrace(trace); at != nil {
		return " at " + at.String()
	}
	return ""
}

// indentedMessage finds the first message of a test in the output of `go test`, which indents it by eight spaces.
func indentedMessage(output string) string {
	m := testMessage.FindStringSubmatch(output)
	if m == nil {
		return strings.TrimSpace(output)
	}
	lines := strings.Split(m[2], "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "        ")
	}
	return m[1] + ": " + wording.Clean(strings.Join(lines, "\n"))
}
