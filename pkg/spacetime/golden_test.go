package spacetime_test

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/spacetime"
)

var update = flag.Bool("update", false, "write the golden files")

func cases() map[string]spacetime.Diagram {
	all := goroutineCases()
	maps.Copy(all, brokerCases())
	return all
}

// Every situation has its picture as text and as SVG.
func TestPictures(t *testing.T) {
	all := cases()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".txt", all[name].Text())
			golden(t, name+".svg", all[name].SVG())
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run go test -update")
	require.Equal(t, string(want), got)
}
