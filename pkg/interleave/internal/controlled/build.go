// Package controlled builds commands of which one package is rewritten, for tests.
package controlled

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/interleave/rewrite"
)

// Build compiles command with the package of that import path, in folder, under control; with an empty path nothing is. It returns
// the binary's name. flags go to the compiler.
func Build(t testing.TB, command, path, folder string, flags ...string) string {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "command")
	args := append([]string{"build", "-o", binary}, flags...)
	if path != "" {
		p, err := rewrite.Dir(path, folder, false)
		require.NoError(t, err)
		overlay, err := rewrite.Overlay(t.Context(), dir, rewrite.GoCommand("."), p)
		require.NoError(t, err)
		args = append(args, "-overlay", overlay)
	}
	out, err := exec.CommandContext(t.Context(), "go", append(args, command)...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return binary
}
