package main

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/intake"
	"scalelab/grader/internal/report"
	"scalelab/grader/internal/score"
)

var (
	update = flag.Bool("update", false, "write the golden scorecards anew")
	repeat = flag.Int("repeat", 1, "how often TestGoldenClass grades each submission")
)

// benchFor opens a bench on the embedded services, as a test's own.
func benchFor(t testing.TB) *bench {
	t.Helper()
	course, labs, err := chooseLabs(nil)
	require.NoError(t, err)
	b, err := openBench(t.Context(), course, labs, "embedded")
	require.NoError(t, err)
	t.Cleanup(b.Close)
	return b
}

// gradePath takes a path through the whole pipeline.
func gradePath(t testing.TB, b *bench, path string) *score.Scorecard {
	t.Helper()
	submission, err := intake.Open(path, wanted(b.course.Labs, false), intake.Limits{})
	require.NoError(t, err)
	return b.gradeSubmission(t.Context(), submission)
}

func classOf(t testing.TB, b *bench) []string {
	t.Helper()
	dir := filepath.Join(b.course.Root, "testdata", "class")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var paths []string
	for _, name := range submissionsIn(entries) {
		paths = append(paths, filepath.Join(dir, name))
	}
	require.GreaterOrEqual(t, len(paths), 12, "the sample class")
	return paths
}

// versions are the parts of a replay token that change with the suite and the engine: their digest, and the fingerprint of an execution,
// which has the suite's line numbers in it.
var versions = regexp.MustCompile(`("replay": "[a-z0-9]+/\w+/[0-9a-f]{8})/[0-9a-f]{8}/([^"]*)/[0-9a-f]{8}"`)

// TestGoldenClass compares every submission of the sample class with its golden scorecard, timing and environment aside: the same files
// always get the same scorecard, byte for byte.
func TestGoldenClass(t *testing.T) {
	b := benchFor(t)
	for _, path := range classOf(t, b) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			for range *repeat {
				expectGolden(t, b, path)
			}
		})
	}
}

func expectGolden(t *testing.T, b *bench, path string) {
	t.Helper()
	card := gradePath(t, b, path)
	got, err := report.Comparable(card)
	require.NoError(t, err)
	got = versions.ReplaceAll(got, []byte(`$1/kit/$2/print"`))
	golden := filepath.Join(b.course.Root, "testdata", "golden", card.Submission+".json")
	if *update {
		require.NoError(t, os.WriteFile(golden, append(got, '\n'), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err, "no golden scorecard; record it with -update")
	require.Equal(t, string(want), string(got)+"\n")
}
