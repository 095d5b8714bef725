package build

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/subject"
)

// tinyKit lays out a lab's folders with the given names below labs/, and the given file in the staff's half.
func tinyKit(t *testing.T, names ...string) *kit.Lab {
	t.Helper()
	lab := &kit.Lab{ID: "ch04-concurrency/tiny", Name: "tiny", Root: t.TempDir(), Files: []string{"tiny.go"}, Given: []string{"api.go"}}
	for _, dir := range []string{lab.Dir(), lab.SolutionDir()} {
		require.NoError(t, os.MkdirAll(dir, 0o755))
	}
	for _, name := range names {
		require.NoError(t, os.WriteFile(filepath.Join(lab.Dir(), name), []byte("package tiny\n"), 0o644))
	}
	return lab
}

func replacementsOf(t *testing.T, s *subject.Subject, mode Mode, hide bool) map[string]string {
	t.Helper()
	o, err := (&Builder{Dir: t.TempDir()}).overlay(t.Context(), s, mode, hide)
	require.NoError(t, err)
	file, err := o.file()
	require.NoError(t, err)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var overlay struct{ Replace map[string]string }
	require.NoError(t, json.Unmarshal(text, &overlay))
	return overlay.Replace
}

func TestOverlayPutsTheSubjectInAndHidesTheRest(t *testing.T) {
	lab := tinyKit(t, "tiny.go", "api.go", "tiny_test.go", "stray.go", "stray.s", "README.md")
	s := &subject.Subject{Lab: lab, Files: map[string][]byte{"tiny.go": []byte("package tiny // mine\n")}}
	at := func(name string) string { return filepath.Join(lab.Dir(), name) }

	replace := replacementsOf(t, s, Mode{}, hideVisibleTests)
	mine, err := os.ReadFile(replace[at("tiny.go")])
	require.NoError(t, err)
	require.Equal(t, "package tiny // mine\n", string(mine))
	require.Equal(t, filepath.Join(lab.SolutionDir(), "api.go"), replace[at("api.go")], "the given file is the staff's")
	for _, hidden := range []string{"tiny_test.go", "stray.go", "stray.s"} {
		by, there := replace[at(hidden)]
		require.True(t, there, hidden)
		require.Empty(t, by, hidden)
	}
	require.NotContains(t, replace, at("README.md"))
	proof, err := os.ReadFile(replace[at(subjectFile)])
	require.NoError(t, err)
	require.Contains(t, string(proof), s.Digest())

	require.NotContains(t, replacementsOf(t, s, Mode{}, keepVisibleTests), at("tiny_test.go"), "visible tests stay for themselves")
}

func TestVirtualTimeGetsTheDurableSync(t *testing.T) {
	for source, want := range map[string]string{
		"package tiny\n\nimport \"sync\"\n\nvar s = \"sync\"\n":           "package tiny\n\nimport \"scalelab/pkg/durable/sync\"\n\nvar s = \"sync\"\n",
		"package tiny\nimport (\n\t\"fmt\"\n\tmu \"sync\" // \"sync\"\n)": "package tiny\nimport (\n\t\"fmt\"\n\tmu \"scalelab/pkg/durable/sync\" // \"sync\"\n)",
		"package tiny\nimport `sync`\n":                                   "package tiny\nimport \"scalelab/pkg/durable/sync\"\n",
		"package tiny\nimport \"sync/atomic\"\n":                          "package tiny\nimport \"sync/atomic\"\n",
		"package tiny\nimport \"sync":                                     "package tiny\nimport \"sync",
	} {
		require.Equal(t, want, string(withDurableSync("tiny.go", []byte(source))))
	}
}

func TestComplaintsAboutTheStudentsFilesAreTheStudents(t *testing.T) {
	lab := &kit.Lab{ID: "ch04-concurrency/tiny", Files: []string{"tiny.go"}}
	failed := errors.New("exit status 1")
	for name, c := range map[string]struct {
		output string
		want   []Diagnostic // nil: the kit's fault
	}{
		"a type error in the overlay's folder": {
			"# scalelab/labs/ch04-concurrency/tiny\n/tmp/b/tiny-plain-1/tiny.go:7:3: undefined: x\n",
			[]Diagnostic{{"tiny.go", 7, 3, "undefined: x"}},
		},
		"by its place in the kit": {
			"labs/ch04-concurrency/tiny/tiny.go:7: missing return\n",
			[]Diagnostic{{"tiny.go", 7, 0, "missing return"}},
		},
		"two, and one that follows in the suite": {
			"/tmp/b/tiny-plain-1/tiny.go:1:1: a\n/tmp/b/tiny-plain-1/tiny.go:2:1: b\ngrader/suites/x_test.go:3:1: c\n",
			[]Diagnostic{{"tiny.go", 1, 1, "a"}, {"tiny.go", 2, 1, "b"}},
		},
		"the suite alone":                   {"grader/suites/ch04-concurrency/tiny/tiny_test.go:3:1: c\n", nil},
		"a file of the same name elsewhere": {"/usr/lib/go/src/tiny/tiny.go:3:1: c\n", nil},
		"a full disk":                       {"write: no space left on device\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			err := explain(lab, "/tmp/b/tiny-plain-1", c.output, failed)
			var own *StudentError
			if c.want == nil {
				require.False(t, errors.As(err, &own), err)
				require.ErrorIs(t, err, failed)
				return
			}
			require.ErrorAs(t, err, &own)
			require.Equal(t, c.want, own.Diagnostics)
		})
	}
}

func TestTheUsersSettingsDoNotReachTheCompiler(t *testing.T) {
	t.Setenv("GOFLAGS", "-cover")
	t.Setenv("GOWORK", "/nowhere/go.work")
	t.Setenv("GOPROXY", "https://example.org")
	t.Setenv("GOEXPERIMENT", "nonsense")
	g, err := FindToolchain(t.Context())
	if err != nil { // `go env` itself refuses an unknown experiment
		os.Unsetenv("GOEXPERIMENT")
		g, err = FindToolchain(t.Context())
	}
	require.NoError(t, err)
	out, err := g.Run(t.Context(), ".", "env", "GOFLAGS", "GOWORK", "GOPROXY", "GOTOOLCHAIN")
	require.NoError(t, err)
	require.Equal(t, "-tags=graded\noff\noff\nlocal\n", out)
}

func TestRaceBuildWithoutACompilerIsNotTheStudentsFault(t *testing.T) {
	lab := tinyKit(t, "tiny.go", "api.go")
	b := &Builder{Dir: t.TempDir(), Go: &Toolchain{Path: "/nonexistent/go"}}
	s := &subject.Subject{Lab: lab, Files: map[string][]byte{"tiny.go": []byte("package tiny\n")}}
	_, err := b.Suite(t.Context(), s, Mode{Race: true})
	require.ErrorIs(t, err, ErrNoCompiler)
}
