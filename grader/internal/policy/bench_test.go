package policy

import (
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/archive"
)

// What a student waits for, warm: export data are read, both passes
// run. Nothing is shared with an earlier grading.
func BenchmarkWarm(b *testing.B) {
	for _, name := range []string{"interface-kept", "interface-of-every-kind"} {
		b.Run(name, func(b *testing.B) {
			s := situations(b)[name]
			imports, err := s.rules.ImportPaths()
			require.NoError(b, err)
			files := exports(b).Files
			for b.Loop() {
				_, err = examine(s, ExportsOf(&archive.Set{Files: files}, imports))
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
