package samples_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/interleave/internal/controlled"
	"scalelab/pkg/interleave/samples"
)

func explore(t *testing.T, binary string, env []string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Env = append(cmd.Environ(), env...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

func build(t *testing.T) string {
	t.Helper()
	return controlled.Build(t, "./explore", "scalelab/pkg/interleave/samples", ".")
}

func TestWrongSamplesFailWithTheirKindAndRightOnesPass(t *testing.T) {
	out := explore(t, build(t), nil)
	t.Log("\n" + out)
	for _, s := range samples.All() {
		line := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(s.Name) + ` .*$`).FindString(out)
		if s.Kind == "" {
			require.Contains(t, line, "no failure in", s.Name)
		} else {
			require.Contains(t, line, string(s.Kind)+" in schedule", s.Name)
		}
	}
}

func TestReplaysAreIdentical(t *testing.T) {
	out := explore(t, build(t), nil, "-replay", "100")
	wrong := 0
	for _, s := range samples.All() {
		if s.Kind != "" {
			wrong++
		}
	}
	require.Equal(t, wrong, strings.Count(out, "100 replays, 1 different"), out)
}

func TestReportsAreTheSameInEveryProcess(t *testing.T) {
	binary := build(t)
	first := explore(t, binary, nil, "-hash")
	for _, procs := range []int{1, 2, 4} {
		for range 3 {
			require.Equal(t, first, explore(t, binary, []string{fmt.Sprint("GOMAXPROCS=", procs)}, "-hash"))
		}
	}
}

var update = flag.Bool("update", false, "write the golden file anew")

// TestPictures compares what a student sees of every wrong sample with the golden file, which somebody has looked at.
func TestPictures(t *testing.T) {
	const golden = "testdata/pictures.golden"
	out := explore(t, build(t), nil, "-draw")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(out), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err, "run the test with -update to make it")
	require.Equal(t, string(want), out)
	for line := range strings.Lines(out) {
		if !strings.ContainsAny(line, ".") {
			require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimRight(line, "\n")), 100, line)
		}
	}
}

func TestNoFalseAlarm(t *testing.T) {
	out := explore(t, build(t), nil, "-random", "2000")
	t.Log("\n" + out)
	for _, s := range samples.All() {
		if s.Kind == "" {
			require.Regexp(t, regexp.QuoteMeta(s.Name)+` +no failure in 2000 schedules`, out)
		}
	}
}
