package build

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/archive"
	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/run"
	"scalelab/grader/internal/subject"
	"scalelab/pkg/check/record"
)

// twoBuilders are one that tells the tools directly and one that leaves everything to the go command.
func twoBuilders(t *testing.T) (directly, byTheCommand *Builder, course *kit.Kit) {
	t.Helper()
	root, err := filepath.Abs("../../..")
	require.NoError(t, err)
	course, err = kit.Load(root)
	require.NoError(t, err)
	builder := func() *Builder {
		g, err := FindToolchain(t.Context())
		require.NoError(t, err)
		archives := archive.Finder{Run: g.Run, GoCommand: g.Path, Root: course.Root, CacheDir: t.TempDir()}
		return &Builder{Dir: t.TempDir(), Go: g, Archives: archives}
	}
	directly, byTheCommand = builder(), builder()
	g := directly.Go
	language, err := g.Run(t.Context(), root, "list", "-m", "-f", "{{.GoVersion}}")
	require.NoError(t, err)
	if !g.directly(strings.TrimSpace(language)) {
		// Right on somebody's machine; but then CI would no longer see the way that most gradings take.
		require.Empty(t, os.Getenv("CI"), "the toolchain %s is not go.mod's %s: CI leaves every build to the go command", g.version, language)
		t.Skip("here every build is left to the go command")
	}
	byTheCommand.Go.version = "go1.999" // not what the tools are told by heart for
	return directly, byTheCommand, course
}

// A suite means the same in every mode, whoever told the compiler what to do.
func TestBuiltDirectlyAndByTheGoCommandTheVerdictsAreTheSame(t *testing.T) {
	directly, byTheCommand, course := twoBuilders(t)
	for id, name := range map[string]string{
		"ch04-concurrency/counter":       "value-without-lock",      // controlled
		"ch04-concurrency/boundedbuffer": "one-condition-signalled", // controlled, plain
		"ch03-essentials/registry":       "bind-overwrites",         // virtual
	} {
		t.Run(name, func(t *testing.T) {
			wrong := mutantCalled(t, course.Lab(id), name)
			one, other := verdictsOf(t, byTheCommand, wrong), verdictsOf(t, directly, wrong)
			require.Equal(t, one, other)
		})
	}
}

func mutantCalled(t *testing.T, lab *kit.Lab, name string) *subject.Subject {
	t.Helper()
	mutants, err := subject.Mutants(lab)
	require.NoError(t, err)
	for _, m := range mutants {
		if m.Name == "mutant "+name {
			return m.Subject
		}
	}
	require.Fail(t, "no such mutant", "%s of %s", name, lab.ID)
	return nil
}

func verdictsOf(t *testing.T, b *Builder, s *subject.Subject) (results []record.Result) {
	t.Helper()
	binaries := map[Mode]string{}
	for _, check := range s.Lab.Checks {
		mode := ModeOf(check)
		if binaries[mode] == "" {
			binary, err := b.Suite(t.Context(), s, mode)
			require.NoError(t, err)
			binaries[mode] = binary
		}
		job := run.Job{Binary: binaries[mode], Check: check.Test, Subject: s.Digest(), Limits: run.DefaultLimits(time.Minute)}
		if check.Mode == kit.VirtualTime {
			job.Env = []string{"GOMAXPROCS=1"}
		}
		verdict, err := run.Check(t.Context(), job)
		require.NoError(t, err)
		verdict.Native = "" // what the process printed has durations in it
		results = append(results, verdict.Result)
	}
	return results
}

// What the compiler says of the student's files does not depend on who called it.
func TestBuiltDirectlyAndByTheGoCommandTheComplaintsAreTheSame(t *testing.T) {
	directly, byTheCommand, course := twoBuilders(t)
	for what, more := range map[string]string{
		"a type error and an unused variable": "\nvar odd int = \"text\"\n\nfunc f() { x := 1 }\n",
		"a missing function":                  "\nfunc g() { nowhere() }\n",
		"no declaration":                      "\nfunk\n",
		"more than ten":                       strings.Repeat("\nvar _ int = \"\"\n", 20),
	} {
		t.Run(what, func(t *testing.T) {
			s := solutionWith(t, course.Lab("ch03-essentials/registry"), more)
			var one, other *StudentError
			_, err := byTheCommand.Suite(t.Context(), s, Mode{})
			require.True(t, errors.As(err, &one), err)
			_, err = directly.Suite(t.Context(), s, Mode{})
			require.True(t, errors.As(err, &other), err)
			require.Equal(t, one, other)
		})
	}
}

// solutionWith is the lab's solution with more at the end of its first file.
func solutionWith(t *testing.T, lab *kit.Lab, more string) *subject.Subject {
	t.Helper()
	s, err := subject.Solution(lab)
	require.NoError(t, err)
	s.Files[lab.Files[0]] = append(s.Files[lab.Files[0]], more...)
	return s
}
