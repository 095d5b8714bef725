// Package check is what hidden suites are written with.
//
// A suite is an ordinary test package. One test function is one check; the rule that it enforces is stated once, in the
// lab's lab.yaml:
//
//	func TestMain(m *testing.M) { check.Main(m) }
//
//	func TestTakeIsFIFO(t *testing.T) {
//		check.Bubble(t, func(t *check.T) {
//			b := boundedbuffer.New[int](2)
//			require.NoError(t, b.Put(1), "Put into an empty buffer")
//			…
//		})
//	}
//
// The grader starts one process per check. What the check finds out does not leave the process by its output, which a student
// can imitate, but through a pipe of its own (package record). Messages of require reach the scorecard without stack traces and
// addresses, so that the same code always gets the same words.
//
//	Run      judges a check in ordinary time
//	Bubble   judges a check in virtual time (testing/synctest); a deadlock or a leaked goroutine is found at once and exactly
//	Show     attaches evidence to the result
//	Story    has evidence attached if the check fails, also if it never comes to its end
//	Cause    says why the check fails where the suite knows better than the harness
//	At       says where in the student's code the failure shows, likewise
//	Blame    takes both from an execution that interleave.Find has found
//	Unjudged says that the check could not judge: no point is lost
//
// Started without the grader, a suite skips itself with one line that says how to run it. For whoever writes a suite there is
//
//	SCALELAB_ALONE=1 go test ./grader/suites/<chapter>/<lab>
package check

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"
	"testing/synctest"

	"scalelab/pkg/check/stacks"
)

// aloneEnv makes a suite run as an ordinary test, for those who write suites: no processes, no verdicts, no points.
const aloneEnv = "SCALELAB_ALONE"

// maxStack is what no honest goroutine needs. Go's own limit is near that of the whole process, and to print such a stack takes seconds.
const maxStack = 64 << 20

// lastWords bounds the wait, in looks, for goroutines that the end of the check has set free: one that panics then does so before there is a
// result, and not sometimes after it.
const lastWords = 500

// Main runs the check that the grader asked for, reports it, and exits. It is all that a suite's TestMain does.
func Main(m *testing.M) {
	if os.Getenv(aloneEnv) != "" {
		os.Exit(m.Run())
	}
	if !results.open {
		dir, _ := os.Getwd()
		fmt.Printf("hidden suite: skipped; run it with: go run ./grader grade %s --submission labs\n", filepath.Base(dir))
		os.Exit(0)
	}
	debug.SetMaxStack(maxStack)
	code := m.Run()
	stacks.Settle(lastWords)
	os.Exit(judged.report(code))
}

// Run judges body as a check. A panic of body is a failure of the check.
func Run(t *testing.T, body func(t *T)) {
	t.Helper()
	judged.begin(t)
	defer judged.close()
	guard(&T{T: t}, body)
}

// Bubble is Run inside a testing/synctest bubble: time is virtual and moves only when every goroutine is blocked.
//
// When all goroutines are blocked for ever the cause is Deadlock; when body has returned and others stay blocked it is
// GoroutineLeak. The evidence lists where each of them waits.
func Bubble(t *testing.T, body func(t *T)) {
	t.Helper()
	judged.begin(t)
	defer func() {
		if p := recover(); p != nil {
			judged.bubbleBurst(t.Name(), p)
			t.Fail()
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		defer judged.close()
		guard(&T{T: t}, body)
	})
}

// guard calls body and turns its panic into a failure with the place in the student's code where it began.
func guard(t *T, body func(t *T)) {
	defer func() {
		if p := recover(); p != nil {
			judged.panicked(t.Name(), p, stacks.OfPanic())
			t.T.Fail()
		}
	}()
	body(t)
}

// RegisterSubject tells the grader which student files this binary was built from. The file that the grader adds to the
// subject's package calls it before any of the student's own code runs.
func RegisterSubject(digest string) struct{} {
	results.subject(digest)
	return struct{}{}
}
