package samples_test

import (
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"

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

func TestNoFalseAlarm(t *testing.T) {
	out := explore(t, build(t), nil, "-random", "2000")
	t.Log("\n" + out)
	for _, s := range samples.All() {
		if s.Kind == "" {
			require.Regexp(t, regexp.QuoteMeta(s.Name)+` +no failure in 2000 schedules`, out)
		}
	}
}
