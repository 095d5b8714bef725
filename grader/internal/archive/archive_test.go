package archive_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/archive"
	"scalelab/grader/internal/build"
)

// countedFinder works in a module of its own and counts how often the go
// command is asked.
func countedFinder(t testing.TB) (x archive.Finder, asked *int) {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                 "module scalelab\n\ngo 1.26\n",
		"pkg/lab/lab.go":         "package lab\n\nimport \"scalelab/pkg/deep\"\n\nfunc NotImplemented() deep.Text { return \"\" }\n",
		"pkg/lab/lab_test.go":    "package lab\n",
		"pkg/deep/deep.go":       "package deep\n\ntype Text string\n",
		"pkg/broken/broken.go":   "package broken\n\nvar x int = \"text\"\n",
		"pkg/lab/notes/notes.md": "x",
	} {
		file := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	toolchain, err := build.FindToolchain(t.Context())
	require.NoError(t, err)
	asked = new(int)
	run := func(ctx context.Context, dir string, args ...string) (string, error) {
		*asked++
		return toolchain.Run(ctx, dir, args...)
	}
	return archive.Finder{Run: run, GoCommand: toolchain.Path, Root: root, CacheDir: filepath.Join(t.TempDir(), "a", "cache")}, asked
}

func requireThere(t *testing.T, set *archive.Set) {
	t.Helper()
	for _, file := range set.Files {
		require.FileExists(t, file)
	}
}

func TestArchivesAreAskedForOnce(t *testing.T) {
	x, asked := countedFinder(t)
	first, err := x.Find(t.Context(), []string{"sync", "errors", "scalelab/pkg/lab", "errors"})
	require.NoError(t, err)
	require.Contains(t, first.Files, "scalelab/pkg/deep", "what is imported by what was asked for")
	require.Equal(t, "1.26", first.GoVersion)
	requireThere(t, first)

	again, err := x.Find(t.Context(), []string{"errors", "scalelab/pkg/lab", "sync"})
	require.NoError(t, err)
	require.Equal(t, first.Files, again.Files)
	require.Equal(t, 1, *asked, "the second answer comes from the disk, in whatever order it is asked for")
}

func TestArchivesAreAskedForAgain(t *testing.T) {
	imports := []string{"errors", "scalelab/pkg/lab"}
	changes := map[string]func(t *testing.T, x *archive.Finder, first *archive.Set){
		"when the kit's package changes": func(t *testing.T, x *archive.Finder, _ *archive.Set) {
			file := filepath.Join(x.Root, "pkg/lab/lab.go")
			require.NoError(t, os.WriteFile(file, []byte("package lab\n\nfunc Other() {}\n"), 0o644))
		},
		"when the kit's package has another file": func(t *testing.T, x *archive.Finder, _ *archive.Set) {
			require.NoError(t, os.WriteFile(filepath.Join(x.Root, "pkg/lab/other.go"), []byte("package lab\n\nfunc Other() {}\n"), 0o644))
		},
		"when a package below it changes": func(t *testing.T, x *archive.Finder, _ *archive.Set) {
			require.NoError(t, os.WriteFile(filepath.Join(x.Root, "pkg/deep/deep.go"), []byte("package deep\n\ntype Text []byte\n"), 0o644))
			require.NoError(t, os.WriteFile(filepath.Join(x.Root, "pkg/lab/lab.go"), []byte("package lab\n\nimport \"scalelab/pkg/deep\"\n\nvar Other deep.Text\n"), 0o644))
		},
		"when the build cache dropped a file": func(t *testing.T, x *archive.Finder, first *archive.Set) {
			require.NoError(t, os.Remove(first.Files["scalelab/pkg/lab"]))
		},
		"when the go.mod changes": func(t *testing.T, x *archive.Finder, _ *archive.Set) {
			require.NoError(t, os.WriteFile(filepath.Join(x.Root, "go.mod"), []byte("module scalelab\n\ngo 1.25\n"), 0o644))
		},
		"when the kept answer is damaged": func(t *testing.T, x *archive.Finder, _ *archive.Set) {
			kept, err := filepath.Glob(filepath.Join(x.CacheDir, "*.json"))
			require.NoError(t, err)
			require.Len(t, kept, 1)
			require.NoError(t, os.WriteFile(kept[0], []byte("{"), 0o644))
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			x, asked := countedFinder(t)
			first, err := x.Find(t.Context(), imports)
			require.NoError(t, err)
			change(t, &x, first)
			again, err := x.Find(t.Context(), imports)
			require.NoError(t, err)
			require.Equal(t, 2, *asked)
			requireThere(t, again)
			_, err = x.Find(t.Context(), imports)
			require.NoError(t, err)
			require.Equal(t, 2, *asked, "the new answer is kept")
		})
	}
}

func TestArchivesWithoutAPlaceToKeepThem(t *testing.T) {
	x, asked := countedFinder(t)
	x.CacheDir = filepath.Join(x.Root, "go.mod", "below-a-file")
	for range 2 {
		set, err := x.Find(t.Context(), []string{"errors"})
		require.NoError(t, err)
		requireThere(t, set)
	}
	require.Equal(t, 2, *asked)
}

func TestArchivesThatCannotBe(t *testing.T) {
	x, _ := countedFinder(t)
	for path, message := range map[string]string{
		"scalelab/pkg/broken":     "cannot use \"text\"",
		"scalelab/pkg/nowhere":    "scalelab/pkg/nowhere",
		"github.com/nobody/knows": "github.com/nobody/knows",
		"-toolexec=touch x":       "-toolexec=touch x",
	} {
		_, err := x.Find(t.Context(), []string{path})
		require.ErrorContains(t, err, message)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := x.Find(ctx, []string{"errors"})
	require.True(t, errors.Is(err, context.Canceled), "%v", err)
}

func TestArchivesOfNothing(t *testing.T) {
	x, asked := countedFinder(t)
	set, err := x.Find(t.Context(), nil)
	require.NoError(t, err)
	requireThere(t, set)
	require.Zero(t, *asked)
}

// What a student waits for, warm: the kept answer is read and still holds.
func BenchmarkKept(b *testing.B) {
	benchmarkFind(b, b.TempDir())
}

// The question to the go command that is asked when nothing is kept.
func BenchmarkList(b *testing.B) {
	benchmarkFind(b, "")
}

func benchmarkFind(b *testing.B, cache string) {
	toolchain, err := build.FindToolchain(b.Context())
	require.NoError(b, err)
	root, err := filepath.Abs("../../..")
	require.NoError(b, err)
	x := archive.Finder{Run: toolchain.Run, GoCommand: toolchain.Path, Root: root, CacheDir: cache}
	imports := []string{"sync", "testing", "github.com/stretchr/testify/require", "scalelab/pkg/check", "scalelab/pkg/interleave"}
	_, err = x.Find(b.Context(), imports)
	require.NoError(b, err)
	for b.Loop() {
		_, err := x.Find(b.Context(), imports)
		require.NoError(b, err)
	}
}
