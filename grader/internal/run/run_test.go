package run_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/run"
	"scalelab/pkg/check/record"
)

var plainBinary, raceBinary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "scalelab-run-test-")
	if err != nil {
		panic(err)
	}
	plainBinary, raceBinary = compile(dir, "plain"), compile(dir, "race", "-race")
	os.Setenv("SECRET_OF_THE_USER", "hunter2")
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func compile(dir, name string, flags ...string) string {
	binary := filepath.Join(dir, name+".test")
	cmd := exec.Command("go", append(append([]string{"test", "-c", "-o", binary}, flags...), "./testdata/cases")...)
	if out, err := cmd.CombinedOutput(); err != nil {
		panic(fmt.Sprintf("%v\n%s", err, out))
	}
	return binary
}

func job(check string) run.Job {
	return run.Job{
		Binary: plainBinary, Check: check, Subject: "digest",
		Limits: run.Limits{Time: 20 * time.Second, Memory: 1 << 30, Output: 1 << 20},
	}
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		check   string
		verdict record.Verdict
		cause   record.Cause
		message string
	}{
		{"TestPasses", record.Passed, "", ""},
		{"TestPassesInBubble", record.Passed, "", ""},
		{"TestSeesNothing", record.Passed, "", ""},
		{"TestFails", record.Failed, record.WrongResult, "Take returns items in the order of Put\nNot equal:\nexpected: []int{1, 2}\nactual  : []int{2, 1}"},
		{"TestFailsWithError", record.Failed, record.WrongResult, "Get of a stored key\nReceived unexpected error:\nat 0x…: no such key"},
		{"TestFailsWithEvidence", record.Failed, record.Livelock, "nobody eats"},
		{"TestFailsInBubble", record.Failed, record.WrongResult, "the buffer is full"},
		{"TestUnjudged", record.NotJudged, "", "no history checker here"},
		{"TestPassesBesideALateLook", record.Passed, "", ""},
		{"TestFailsBesideALook", record.Failed, record.WrongResult, "the key has no TTL"},
		{"TestSkipIsUnjudged", record.NotJudged, "", "not today"},
		{"TestPanics", record.Failed, record.Panic, "panic: assignment to entry in nil map"},
		{"TestPanicsInGoroutine", record.Failed, record.Panic, "panic: lost in a goroutine"},
		{"TestPanicsBehindWhatItPrints", record.Failed, record.Panic, "panic: lost in a goroutine"},
		{"TestLeavesAPanicBehind", record.Failed, record.Panic, "panic: late"},
		{"TestOverflowsItsStack", record.Failed, record.Panic, "panic: stack overflow"},
		{"TestIsKilled", record.NotJudged, "", "the system ended the check's process; the machine may have too little memory"},
		{"TestDeadlockInBubble", record.Failed, record.Deadlock, "every goroutine is blocked and nothing can wake them"},
		{"TestLeakInBubble", record.Failed, record.GoroutineLeak, "the check is over, but goroutines that it started are still blocked"},
		{"TestNotImplemented", record.Failed, record.NotImplemented, "lab cases: implement New"},
		{"TestExitsEarly", record.Failed, record.Tampering, "the process ended with exit status 0 before the check had a result: nothing in a lab may end the process"},
		{"TestExitsLate", record.Failed, record.Tampering, "the process ended with exit status 0 before the check had a result: nothing in a lab may end the process"},
		{"TestPrintsFakePass", record.Failed, record.WrongResult, "the truth"},
		{"TestForgesRecord", record.Failed, record.Tampering, "tampering: a record has the wrong key"},
		{"TestWritesNoise", record.Failed, record.Tampering, "tampering: the results pipe carries something that is not a record"},
		{"TestFloodsAndEnds", record.Failed, record.ResourceLimit, "printed more than 1024 KiB"},
		{"TestFloods", record.Failed, record.ResourceLimit, "printed more than 1024 KiB"},
		{"TestWithoutCheck", record.NotJudged, "", "the suite gave no result for TestWithoutCheck"},
	} {
		t.Run(c.check, func(t *testing.T) {
			got, err := run.Check(t.Context(), job(c.check))
			require.NoError(t, err)
			require.Equal(t, c.verdict, got.Verdict, "%s\n%s", got.Message, got.Native)
			require.Equal(t, c.cause, got.Cause, got.Message)
			require.Equal(t, c.message, got.Message)
		})
	}
}

func TestEvidenceArrives(t *testing.T) {
	got, err := run.Check(t.Context(), job("TestFailsWithEvidence"))
	require.NoError(t, err)
	require.Equal(t, []record.Evidence{{Kind: "history", Title: "What happened", Text: "Put(1)\nTake() = 2\n"}}, got.Evidence)
}

func TestStoriesAreTold(t *testing.T) {
	for _, c := range []struct {
		check  string
		cause  record.Cause
		titles []string
	}{
		{"TestFailureInAStory", record.WrongResult, []string{"the second"}},
		{"TestPanicInAStory", record.Panic, []string{"a part of the second", "the second"}},
		{"TestDeadlockInAStory", record.Deadlock, []string{"a part of the second", "the second"}},
		{"TestDeadlockInAStoryThatPanics", record.Deadlock, []string{"What happened cannot be told"}},
	} {
		t.Run(c.check, func(t *testing.T) {
			got, err := run.Check(t.Context(), job(c.check))
			require.NoError(t, err)
			require.Equal(t, c.cause, got.Cause, got.Message)
			var titles []string
			for _, e := range got.Evidence {
				titles = append(titles, e.Title)
			}
			require.Equal(t, c.titles, titles)
		})
	}
}

func TestTimeIsBounded(t *testing.T) {
	j := job("TestHangs")
	j.Limits.Time = 3 * time.Second // long after it hangs
	got, err := run.Check(t.Context(), j)
	require.NoError(t, err)
	require.Equal(t, record.Timeout, got.Cause)
	require.Equal(t, "no result within 3s; the check was still running", got.Message)
	require.Contains(t, got.Native, "cases.TestHangs", "the stacks are kept")
}

func TestMemoryIsBounded(t *testing.T) {
	j := job("TestEatsMemory")
	j.Limits.Memory = 100 << 20
	got, err := run.Check(t.Context(), j)
	require.NoError(t, err)
	require.Equal(t, record.ResourceLimit, got.Cause)
	require.Equal(t, "used more than 100 MiB of memory", got.Message)
}

func TestWhatACheckStartedEndsWithIt(t *testing.T) {
	for _, check := range []string{"TestLeavesAChild", "TestLeavesAnOrphan"} {
		t.Run(check, func(t *testing.T) {
			var out bytes.Buffer
			j := job(check)
			j.Output = &out
			got, err := run.Check(t.Context(), j)
			require.NoError(t, err)
			require.Equal(t, record.Passed, got.Verdict, got.Message)
			pid := regexp.MustCompile(`child (\d+)`).FindStringSubmatch(out.String())
			require.NotNil(t, pid, "the check tells its child's number")
			require.Eventually(t, func() bool { // it was killed, and may still be on its way out
				stat, err := os.ReadFile("/proc/" + pid[1] + "/stat")
				return err != nil || strings.Contains(string(stat), ") Z ")
			}, 20*time.Second, time.Millisecond, "the child ends long before its minute is over")
		})
	}
}

func TestRaceDetector(t *testing.T) {
	j := job("TestRaces")
	j.Binary, j.Race = raceBinary, true
	got, err := run.Check(t.Context(), j)
	require.NoError(t, err)
	require.Equal(t, record.DataRace, got.Cause, got.Message)
	require.Contains(t, got.Native, "WARNING: DATA RACE")
}

func TestAnotherSubjectIsNotJudged(t *testing.T) {
	j := job("TestPasses")
	j.Subject = "other"
	got, err := run.Check(t.Context(), j)
	require.NoError(t, err)
	require.Equal(t, record.NotJudged, got.Verdict)
}

func TestInterruptedRunIsAnError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := run.Check(ctx, job("TestHangs"))
	require.ErrorIs(t, err, context.Canceled)
}

func TestMissingBinaryIsAnError(t *testing.T) {
	j := job("TestPasses")
	j.Binary = filepath.Join(t.TempDir(), "nothing")
	_, err := run.Check(t.Context(), j)
	require.ErrorIs(t, err, syscall.ENOENT)
}

func TestPlainTest(t *testing.T) {
	got, err := run.Plain(t.Context(), plainBinary, "TestPasses", job("").Limits)
	require.NoError(t, err)
	require.True(t, got.Passed)
	require.Equal(t, "hidden suite: skipped; run it with: go run ./grader grade", regexp.MustCompile(` \S+ --sub.*\n`).ReplaceAllString(got.Output, ""))
}
