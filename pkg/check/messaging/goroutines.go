package messaging

import (
	"iter"
	"regexp"
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
	var functions []string
	for goroutine := range goroutines() {
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

// goroutines are the stacks of all goroutines, as Go prints them.
func goroutines() iter.Seq[string] {
	buf := make([]byte, 1<<20)
	return strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n")
}

// standing matches the state of a goroutine that waits for another one. Who works, or helps the garbage collector, goes on by himself.
var standing = regexp.MustCompile(`\[(chan|select|sync|semacquire|sleep)`)

// Parked is how many goroutines stand still below a call of that function, such as "(*call).borrow(". Those in the client library are not
// among them: they wait for the broker.
func Parked(function string) (n int) {
	for goroutine := range goroutines() {
		head, frames, _ := strings.Cut(goroutine, "\n")
		if strings.Contains(frames, function) && !strings.Contains(frames, "amqp091-go.") && standing.MatchString(head) {
			n++
		}
	}
	return n
}
