package messaging

import (
	"runtime"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/check"
)

// NothingLeft fails the check if goroutines of the subject stay. lab is its id, such as ch07-messaging/exchanges.
func (b *Broker) NothingLeft(lab, when string) {
	b.T.Helper()
	b.Soon(func() bool { return len(subjectGoroutines(lab)) == 0 })
	left := subjectGoroutines(lab)
	if len(left) == 0 {
		return
	}
	check.Cause(b.T, check.GoroutineLeak)
	check.Show(b.T, check.Evidence{
		Kind: "goroutines", Title: "Goroutines of yours that are left", Text: strings.Join(left, "\n"),
	})
	require.FailNow(b.T, "goroutines are left "+when)
}

// subjectGoroutines lists the functions of the subject in which goroutines are, or by which they were started.
func subjectGoroutines(lab string) []string {
	subject := "scalelab/labs/" + lab + "."
	buf := make([]byte, 1<<20)
	stacks := string(buf[:runtime.Stack(buf, true)])
	var functions []string
	for goroutine := range strings.SplitSeq(stacks, "\n\n") {
		for line := range strings.Lines(goroutine) {
			line, startedBy := strings.CutPrefix(line, "created by ")
			if function, ours := strings.CutPrefix(line, subject); ours {
				functions = append(functions, describe(function, startedBy))
				break
			}
		}
	}
	slices.Sort(functions)
	return slices.Compact(functions)
}

// describe takes arguments and numbers out of a line of a stack.
func describe(line string, startedBy bool) string {
	if startedBy {
		function, _, _ := strings.Cut(line, " in goroutine")
		return "started by " + function
	}
	return "in " + line[:strings.LastIndex(line, "(")]
}
