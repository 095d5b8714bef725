package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/build"
	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/score"
)

const pairs = 10

// BenchmarkSaveToVerdict measures what a student waits for after saving one changed file of boundedbuffer, with a warm cache,
// against compiling and running the very same suite with plain `go test`, each build mode once. It prints the median of ten pairs
// and where the grader's time goes. The two sides take turns, so that a machine that gets slower slows both.
func BenchmarkSaveToVerdict(b *testing.B) {
	course, err := kit.Open()
	require.NoError(b, err)
	lab := course.Lab("ch04-concurrency/boundedbuffer")
	dir := b.TempDir()
	grader := filepath.Join(dir, "grader")
	out, err := exec.Command("go", "build", "-o", grader, ".").CombinedOutput()
	require.NoError(b, err, "%s", out)
	source, err := os.ReadFile(filepath.Join(lab.SolutionDir(), "boundedbuffer.go"))
	require.NoError(b, err)

	for b.Loop() {
		var graded, plain, ratios []float64
		for i := range pairs + 1 {
			edit := append(slices.Clone(source), fmt.Sprintf("\nfunc changed%d() int { return %d }\n", i, time.Now().UnixNano())...)
			g := seconds(b, exec.Command(grader, "grade", "--submission", handIn(b, edit)))
			p := 0.0
			for _, cmd := range plainTests(b, lab, edit) {
				p += seconds(b, cmd)
			}
			if i == 0 {
				continue // warms the caches
			}
			graded, plain, ratios = append(graded, g), append(plain, p), append(ratios, g/p)
		}
		fmt.Printf("grade %.2f s, plain go test %.2f s, ratio %.2f (medians of %d pairs)\n", median(graded), median(plain), median(ratios), pairs)
		b.ReportMetric(median(graded), "grade-s")
		b.ReportMetric(median(plain), "plain-s")
		b.ReportMetric(median(ratios), "ratio")
	}
	stages(b, grader, source)
}

// stages prints where one grading's time goes.
func stages(b *testing.B, grader string, source []byte) {
	edit := append(slices.Clone(source), fmt.Sprintf("\nfunc changed() int { return %d }\n", time.Now().UnixNano())...)
	file := filepath.Join(b.TempDir(), "card.json")
	whole := seconds(b, exec.Command(grader, "grade", "--submission", handIn(b, edit), "--format", "json", "--out", file))
	text, err := os.ReadFile(file)
	require.NoError(b, err)
	var card score.Scorecard
	require.NoError(b, json.Unmarshal(text, &card))
	t := card.Labs[0].Timing
	fmt.Printf("of %.2f s: syntax %d ms, build (with types beside it) %d ms, checks %d ms, the rest %d ms\n",
		whole, t.Syntax, t.Build, t.Checks, int64(whole*1000)-t.Syntax-t.Build-t.Checks)
}

// handIn lays a submission out as a bare lab folder.
func handIn(b *testing.B, source []byte) string {
	dir := b.TempDir()
	require.NoError(b, os.WriteFile(filepath.Join(dir, "boundedbuffer.go"), source, 0o644))
	return dir
}

// plainTests are the commands that somebody without a grader would run: `go test` on the suite, once for each build mode, with an
// overlay that puts the edited file in place. SCALELAB_ALONE makes a suite run without the grader.
func plainTests(b *testing.B, lab *kit.Lab, source []byte) []*exec.Cmd {
	dir := b.TempDir()
	file := filepath.Join(dir, "boundedbuffer.go")
	// The same text as the graded one would come from the build cache: a different edit is compiled anew.
	require.NoError(b, os.WriteFile(file, append(slices.Clone(source), "\nfunc changedToo() {}\n"...), 0o644))
	overlay := filepath.Join(dir, "overlay.json")
	text := fmt.Sprintf(`{"Replace": {%q: %q}}`, filepath.Join(lab.Dir(), "boundedbuffer.go"), file)
	require.NoError(b, os.WriteFile(overlay, []byte(text), 0o644))
	modes := map[build.Mode]bool{}
	var cmds []*exec.Cmd
	for _, c := range lab.Checks {
		if mode := build.ModeOf(c); !modes[mode] {
			modes[mode] = true
			args := []string{"test", "-count=1", "-overlay", overlay, "./grader/suites/" + lab.ID}
			if mode.Race {
				args = slices.Insert(args, 1, "-race")
			}
			cmd := exec.Command("go", args...)
			cmd.Dir = lab.Root
			cmd.Env = append(os.Environ(), "SCALELAB_ALONE=1", "GORACE=atexit_sleep_ms=0")
			cmds = append(cmds, cmd)
		}
	}
	return cmds
}

func seconds(b *testing.B, cmd *exec.Cmd) float64 {
	b.Helper()
	start := time.Now()
	out, err := cmd.CombinedOutput()
	require.NoError(b, err, "%s", out)
	return time.Since(start).Seconds()
}

func median(xs []float64) float64 {
	sorted := slices.Sorted(slices.Values(xs))
	return (sorted[len(sorted)/2] + sorted[(len(sorted)-1)/2]) / 2
}
