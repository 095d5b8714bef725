package policy

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a student waits for, warm: the kept answer is read, export data are read,
// both passes run. Nothing is shared with an earlier grading.
func BenchmarkWarm(b *testing.B) {
	for _, name := range []string{"interface-kept", "interface-of-every-kind"} {
		b.Run(name, func(b *testing.B) {
			s := situations(b)[name]
			x := warmExporter(b)
			imports, err := s.rules.ImportPaths()
			require.NoError(b, err)
			_, err = x.Load(b.Context(), imports)
			require.NoError(b, err)
			for b.Loop() {
				exports, err := x.Load(b.Context(), imports)
				require.NoError(b, err)
				_, err = examine(s, exports)
				require.NoError(b, err)
			}
		})
	}
}

// The same when one process grades a class: export data were read before.
func BenchmarkShared(b *testing.B) {
	for _, name := range []string{"interface-kept", "interface-of-every-kind"} {
		b.Run(name, func(b *testing.B) {
			s := situations(b)[name]
			imp := exports(b)
			for b.Loop() {
				_, err := examine(s, imp)
				require.NoError(b, err)
			}
		})
	}
}

// The question to the go command that is asked when nothing is kept.
func BenchmarkList(b *testing.B) {
	s := situations(b)["interface-kept"]
	x := warmExporter(b)
	x.CacheDir = ""
	imports, err := s.rules.ImportPaths()
	require.NoError(b, err)
	for b.Loop() {
		_, err := x.Load(b.Context(), imports)
		require.NoError(b, err)
	}
}

func warmExporter(b *testing.B) Exporter {
	b.Helper()
	root, err := filepath.Abs("../../..")
	require.NoError(b, err)
	path, err := exec.LookPath("go")
	require.NoError(b, err)
	return Exporter{Run: goCommand, GoCommand: path, Root: root, CacheDir: b.TempDir()}
}
