package difftest

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/interleave/difftest/programs"
)

var update = flag.Bool("update", false, "write the table of constructs into the documentation")

const page, begin, end = "../../../docs/interleaving.md", "<!-- constructs -->\n", "<!-- /constructs -->\n"

// table names, for every construct, the programs that use it.
func table() string {
	rows := map[string][]string{}
	for _, p := range programs.All() {
		for row := range strings.SplitSeq(p.Rows, ", ") {
			rows[row] = append(rows[row], p.Name)
		}
	}
	var b strings.Builder
	b.WriteString("| construct | programs |\n|---|---|\n")
	for _, row := range slices.SortedFunc(maps.Keys(rows), func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }) {
		fmt.Fprintf(&b, "| %s | %s |\n", row, strings.Join(rows[row], "; "))
	}
	return b.String()
}

func TestTheTableOfConstructsIsThatOfThePrograms(t *testing.T) {
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(text), begin)
	require.True(t, ok)
	written, after, ok := strings.Cut(rest, end)
	require.True(t, ok)
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(before+begin+table()+end+after), 0o644))
		return
	}
	require.Equal(t, table(), written, "run this test with -update")
}

func TestEveryProgramHasItsOwnName(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range programs.All() {
		require.False(t, seen[p.Name], p.Name)
		seen[p.Name] = true
		require.NotEmpty(t, p.Outcomes, p.Name)
		require.NotEmpty(t, p.Rows, p.Name)
	}
}
