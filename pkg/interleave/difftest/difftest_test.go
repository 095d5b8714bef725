// Package difftest compares the scheduler with Go itself. The programs of package programs are run as ordinary Go, many times, and
// under the scheduler, in many orders:
//
//	what ordinary Go does must be among a program's known outcomes,
//	what happens under the scheduler must be, too,
//	and the scheduler must reach every outcome that is not marked as rare.
//
// Panics and fatal errors are compared by their text.
package difftest

import (
	"context"
	"encoding/json"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/interleave/difftest/programs"
	"scalelab/pkg/interleave/internal/controlled"
)

// build compiles the explore command, with rewritten programs if under control.
func build(t *testing.T, underControl bool) string {
	t.Helper()
	if underControl {
		return controlled.Build(t, "./explore", "scalelab/pkg/interleave/difftest/programs", "programs")
	}
	return controlled.Build(t, "./explore", "", "")
}

func outcomes(t *testing.T, binary string, args ...string) map[string]map[string]int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	require.NoError(t, err, "%s", errs.String())
	var seen map[string]map[string]int
	require.NoError(t, json.Unmarshal(out, &seen))
	return seen
}

func TestUnderTheSchedulerExactlyTheKnownOutcomesHappen(t *testing.T) {
	seen := outcomes(t, build(t, true), "-runs", "300")
	for _, p := range programs.All() {
		t.Run(p.Name, func(t *testing.T) {
			for outcome := range seen[p.Name] {
				if p.Racy {
					break // which results a race has is not compared
				}
				require.Contains(t, p.Outcomes, outcome, "an outcome that Go does not allow: %v", seen[p.Name])
			}
			for _, outcome := range p.Outcomes {
				if !contains(p.Rare, outcome) {
					require.Contains(t, seen[p.Name], outcome, "not reached: %v", seen[p.Name])
				}
			}
		})
	}
}

func TestOrdinaryGoDoesNothingElse(t *testing.T) {
	binary := build(t, false)
	seen := outcomes(t, binary, "-runs", "50")
	for _, p := range programs.All() {
		t.Run(p.Name, func(t *testing.T) {
			switch {
			case p.Alone:
				for range 3 {
					require.Contains(t, p.Outcomes, runAlone(t, binary, p.Name))
				}
			case p.Timed: // goroutines that wake within one moment, on a machine that stood still, wake in any order
				require.Contains(t, seen[p.Name], p.Outcomes[0])
			case !p.Racy:
				require.NotEmpty(t, seen[p.Name])
				for outcome := range seen[p.Name] {
					require.Contains(t, p.Outcomes, outcome)
				}
			}
		})
	}
}

var lastWords = regexp.MustCompile(`(?m)^(panic: .*|fatal error: .*)$`)

// runAlone runs one program in a process of its own and returns its result or the last words of Go's runtime.
func runAlone(t *testing.T, binary, program string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, binary, "-program", program).CombinedOutput()
	if err == nil {
		return strings.TrimSpace(string(out))
	}
	words := lastWords.FindString(string(out))
	for _, noise := range []string{" [recovered, repanicked]", " [recovered]"} {
		words = strings.ReplaceAll(words, noise, "")
	}
	words = regexp.MustCompile(`^panic: programs\.errBoom\{\}$`).ReplaceAllString(words, "panic: an error")
	return regexp.MustCompile(`^panic: main\.`).ReplaceAllString(words, "panic: programs.")
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
