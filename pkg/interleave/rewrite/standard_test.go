package rewrite_test

import (
	"encoding/json"
	"fmt"
	"go/build"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/interleave/rewrite"
)

// Packages of the standard library are rewritten together with their tests, and the tests must still pass: outside an execution
// rewritten code means what it meant.
func TestRewrittenStandardPackagesPassTheirOwnTests(t *testing.T) {
	dir := t.TempDir()
	replace := map[string]string{}
	var folders []string
	for _, path := range []string{"container/heap", "container/list", "container/ring", "encoding/csv", "html", "regexp/syntax"} {
		b, err := build.Import(path, ".", 0)
		require.NoError(t, err)
		p := rewrite.Package{Path: "copy/" + path, Files: map[string][]byte{}}
		here, err := filepath.Abs(filepath.Join("testdata", "std", path))
		require.NoError(t, err)
		for _, name := range append(b.GoFiles, b.TestGoFiles...) {
			source, err := os.ReadFile(filepath.Join(b.Dir, name))
			require.NoError(t, err)
			p.Files[filepath.Join(here, name)] = source
		}
		exports, err := rewrite.GoList(t.Context(), rewrite.GoCommand("."), []rewrite.Package{p})
		require.NoError(t, err)
		files, err := rewrite.Packages(rewrite.Config{Packages: []rewrite.Package{p}, Exports: exports, Imports: append(b.Imports, b.TestImports...)})
		require.NoError(t, err)
		for name, text := range files {
			to := filepath.Join(dir, fmt.Sprint(len(replace), ".go"))
			require.NoError(t, os.WriteFile(to, text, 0o600))
			replace[name] = to
		}
		folders = append(folders, "./testdata/std/"+path)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	file := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(file, overlay, 0o600))
	for _, folder := range folders { // compiled and run apart: go test would go into folders that are not there
		binary := filepath.Join(dir, "std.test")
		out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-vet=off", "-o", binary, "-overlay", file, folder).CombinedOutput()
		require.NoError(t, err, "%s", out)
		cmd := exec.CommandContext(t.Context(), binary, "-test.short")
		cmd.Dir = dir
		out, err = cmd.CombinedOutput()
		require.NoError(t, err, "%s: %s", folder, out)
	}
}
