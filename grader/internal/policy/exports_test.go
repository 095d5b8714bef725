package policy

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// countedExporter works in a module of its own and counts how often the go
// command is asked.
func countedExporter(t testing.TB) (x Exporter, asked *int) {
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
	path, err := exec.LookPath("go")
	require.NoError(t, err)
	asked = new(int)
	run := func(ctx context.Context, dir string, args ...string) (string, error) {
		*asked++
		return goCommand(ctx, dir, args...)
	}
	return Exporter{Run: run, GoCommand: path, Root: root, CacheDir: filepath.Join(t.TempDir(), "a", "cache")}, asked
}

func TestExportsAreAskedForOnce(t *testing.T) {
	x, asked := countedExporter(t)
	first, err := x.Load(t.Context(), []string{"sync", "errors", "scalelab/pkg/lab", "errors"})
	require.NoError(t, err)
	require.Len(t, first.Files, 3)
	require.NoError(t, first.Preload())

	again, err := x.Load(t.Context(), []string{"errors", "scalelab/pkg/lab", "sync"})
	require.NoError(t, err)
	require.Equal(t, first.Files, again.Files)
	require.Equal(t, 1, *asked, "the second answer comes from the disk, in whatever order it is asked for")

	pkg, err := again.Import("scalelab/pkg/lab")
	require.NoError(t, err)
	require.NotNil(t, pkg.Scope().Lookup("NotImplemented"))
	_, err = again.Import("net/http")
	require.ErrorContains(t, err, "no export data of \"net/http\" was asked for")
}

func TestExportsAreAskedForAgain(t *testing.T) {
	imports := []string{"errors", "scalelab/pkg/lab"}
	changes := map[string]func(t *testing.T, x *Exporter, first *Exports){
		"when the kit's package changes": func(t *testing.T, x *Exporter, _ *Exports) {
			file := filepath.Join(x.Root, "pkg/lab/lab.go")
			require.NoError(t, os.WriteFile(file, []byte("package lab\n\nfunc Other() {}\n"), 0o644))
		},
		"when the kit's package has another file": func(t *testing.T, x *Exporter, _ *Exports) {
			require.NoError(t, os.WriteFile(filepath.Join(x.Root, "pkg/lab/other.go"), []byte("package lab\n\nfunc Other() {}\n"), 0o644))
		},
		"when a package below it changes": func(t *testing.T, x *Exporter, _ *Exports) {
			require.NoError(t, os.WriteFile(filepath.Join(x.Root, "pkg/deep/deep.go"), []byte("package deep\n\ntype Text []byte\n"), 0o644))
			require.NoError(t, os.WriteFile(filepath.Join(x.Root, "pkg/lab/lab.go"), []byte("package lab\n\nimport \"scalelab/pkg/deep\"\n\nvar Other deep.Text\n"), 0o644))
		},
		"when the build cache dropped a file": func(t *testing.T, x *Exporter, first *Exports) {
			require.NoError(t, os.Remove(first.Files["scalelab/pkg/lab"]))
		},
		"when the go.mod changes": func(t *testing.T, x *Exporter, _ *Exports) {
			require.NoError(t, os.WriteFile(filepath.Join(x.Root, "go.mod"), []byte("module scalelab\n\ngo 1.25\n"), 0o644))
		},
		"when the kept answer is damaged": func(t *testing.T, x *Exporter, _ *Exports) {
			kept, err := filepath.Glob(filepath.Join(x.CacheDir, "*.json"))
			require.NoError(t, err)
			require.Len(t, kept, 1)
			require.NoError(t, os.WriteFile(kept[0], []byte("{"), 0o644))
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			x, asked := countedExporter(t)
			first, err := x.Load(t.Context(), imports)
			require.NoError(t, err)
			change(t, &x, first)
			again, err := x.Load(t.Context(), imports)
			require.NoError(t, err)
			require.Equal(t, 2, *asked)
			require.NoError(t, again.Preload())
			_, err = x.Load(t.Context(), imports)
			require.NoError(t, err)
			require.Equal(t, 2, *asked, "the new answer is kept")
		})
	}
}

func TestExportsWithoutAPlaceToKeepThem(t *testing.T) {
	x, asked := countedExporter(t)
	x.CacheDir = filepath.Join(x.Root, "go.mod", "below-a-file")
	for range 2 {
		exports, err := x.Load(t.Context(), []string{"errors"})
		require.NoError(t, err)
		require.NoError(t, exports.Preload())
	}
	require.Equal(t, 2, *asked)
}

func TestExportsThatCannotBe(t *testing.T) {
	x, _ := countedExporter(t)
	for path, message := range map[string]string{
		"scalelab/pkg/broken":     "cannot use \"text\"",
		"scalelab/pkg/nowhere":    "scalelab/pkg/nowhere",
		"github.com/nobody/knows": "github.com/nobody/knows",
		"-toolexec=touch x":       "-toolexec=touch x",
	} {
		_, err := x.Load(t.Context(), []string{path})
		require.ErrorContains(t, err, message)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := x.Load(ctx, []string{"errors"})
	require.True(t, errors.Is(err, context.Canceled), "%v", err)
}

func TestExportsOfNothing(t *testing.T) {
	x, asked := countedExporter(t)
	exports, err := x.Load(t.Context(), nil)
	require.NoError(t, err)
	require.NoError(t, exports.Preload())
	require.Zero(t, *asked)
}

// Gradings run side by side and share what was imported.
func TestExportsAreSharedByParallelChecks(t *testing.T) {
	x := exports(t)
	shared := &Exports{Files: x.Files}
	all := situations(t)
	var group sync.WaitGroup
	for range 4 {
		for _, name := range []string{"interface-of-every-kind", "foreign-variables-written", "interface-kept", "package-state"} {
			group.Go(func() {
				findings, err := examine(all[name], shared)
				if err != nil || text(findings) != all[name].want {
					t.Errorf("%s: %v\n%s", name, err, text(findings))
				}
			})
		}
	}
	group.Wait()
}
