package policy

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The test binary is its own worker, as the grader is.
func TestMain(m *testing.M) {
	if os.Getenv(WorkerVariable) != "" {
		os.Exit(Work(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

func TestAWorkerFindsWhatTypesFinds(t *testing.T) {
	imp := exports(t)
	all := situations(t)
	for _, name := range []string{"interface-kept", "interface-changed", "foreign-variables-written", "syntax-error", "imports-dot-and-blank"} {
		s := all[name]
		findings, err := TypesIsolated(t.Context(), myself(t), s.files, s.rules, imp)
		require.NoError(t, err)
		require.Equal(t, s.want, text(findings), name)
	}
}

func myself(t testing.TB) string {
	t.Helper()
	path, err := os.Executable()
	require.NoError(t, err)
	return path
}

// riddles are short programs that no type check survives.
func riddles() map[string]string {
	var texts, pairs, deep strings.Builder
	texts.WriteString("package boundedbuffer\n\nconst a0 = \"0123456789\"\n")
	pairs.WriteString("package boundedbuffer\n\nfunc pair[T any](a T) (p struct{ a, b T }) { return }\n\nfunc f() {\n\tx0 := 1\n")
	deep.WriteString("package boundedbuffer\n\ntype Q0[T any] struct{ t T }\n")
	for i := 1; i <= 60; i++ {
		fmt.Fprintf(&texts, "const a%d = a%d + a%d\n", i, i-1, i-1)
		fmt.Fprintf(&pairs, "\tx%d := pair(x%d)\n", i, i-1)
		fmt.Fprintf(&deep, "type Q%d[T any] Q%d[struct{ a, b T }]\n", i, i-1)
	}
	texts.WriteString("var n = len(a60)\n")
	pairs.WriteString("\t_ = x60\n}\n")
	deep.WriteString("var q Q60[int]\n")
	return map[string]string{"doubling-texts": texts.String(), "doubling-pairs": pairs.String(), "doubling-types": deep.String()}
}

func TestRiddlesAreRefusedAndTheGraderLivesOn(t *testing.T) {
	for name, source := range riddles() {
		t.Run(name, func(t *testing.T) {
			rules := Rules{Package: "boundedbuffer", Path: "scalelab/labs/x"}
			files := map[string][]byte{"boundedbuffer.go": []byte(source)}
			findings, err := TypesIsolated(t.Context(), myself(t), files, rules, exports(t))
			require.NoError(t, err)
			require.Equal(t, "boundedbuffer.go:1: checking the types takes more time or memory than any program of a lab could need: "+
				"look for constants or types that double again and again [effort, column 1]\n", text(findings))
		})
	}
}

func TestAWorkerThatCannotWorkIsNoFaultOfTheStudent(t *testing.T) {
	s := situations(t)["interface-kept"]
	_, err := TypesIsolated(t.Context(), "/nonexistent/grader", s.files, s.rules, exports(t))
	require.Error(t, err)
	_, err = TypesIsolated(t.Context(), "/bin/false", s.files, s.rules, exports(t))
	require.ErrorContains(t, err, "worker: exit status 1")
	_, err = TypesIsolated(t.Context(), "/bin/true", s.files, s.rules, exports(t))
	require.ErrorContains(t, err, "worker")
	_, err = TypesIsolated(t.Context(), myself(t), s.files, s.rules, &Exports{Files: map[string]string{"errors": "/nonexistent"}})
	require.ErrorContains(t, err, "import \"errors\"")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = TypesIsolated(ctx, myself(t), s.files, s.rules, exports(t))
	require.ErrorIs(t, err, context.Canceled)
}
