package rewrite_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/interleave/rewrite"
)

const testdata = "scalelab/pkg/interleave/rewrite/testdata/"

// suite compiles the test suite of testdata, with or without rewriting.
func suite(t *testing.T, underControl bool) string {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "suite.test")
	args := []string{"test", "-c", "-o", binary}
	if underControl {
		lab, err := rewrite.Dir(testdata+"lab", "testdata/lab", false)
		require.NoError(t, err)
		tests, err := rewrite.Dir(testdata+"suite_test", "testdata/suite", true)
		require.NoError(t, err)
		overlay, err := rewrite.Overlay(t.Context(), dir, rewrite.GoCommand("."), lab, tests)
		require.NoError(t, err)
		args = append(args, "-overlay", overlay)
	}
	out, err := exec.CommandContext(t.Context(), "go", append(args, "./testdata/suite")...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return binary
}

func run(t *testing.T, binary, test string) (string, bool) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), binary, "-test.run", "^"+test+"$", "-test.v").CombinedOutput()
	return string(out), err == nil
}

func TestSuiteAndSubjectRunTogether(t *testing.T) {
	binary := suite(t, true)
	for _, test := range []string{"TestOneAtATime", "TestEnterBlocks"} {
		out, ok := run(t, binary, test)
		require.True(t, ok, out)
	}
	out, ok := run(t, binary, "TestCountRaces")
	require.False(t, ok, out)
	require.Contains(t, out, "Data race.")
	require.Contains(t, out, "reads g.free (lab.go:40)", "places are those of the source as it was written")
	require.Contains(t, out, "(lab.go:27)")
	require.Contains(t, out, "replay: i1/")
}

func TestTheSameSuiteRunsWithoutTheRewriter(t *testing.T) {
	binary := suite(t, false)
	for _, test := range []string{"TestOneAtATime", "TestEnterBlocks"} {
		out, ok := run(t, binary, test)
		require.True(t, ok, out)
	}
}

// rewriteText rewrites one file of a package of its own.
func rewriteText(t *testing.T, source string) (string, error) {
	t.Helper()
	p := rewrite.Package{Path: "example", Files: map[string][]byte{"/example/example.go": []byte(source)}}
	exports, err := rewrite.GoList(t.Context(), rewrite.GoCommand("."), []rewrite.Package{p})
	if err != nil {
		return "", err
	}
	files, err := rewrite.Packages(rewrite.Config{Packages: []rewrite.Package{p}, Exports: exports})
	return string(files["/example/example.go"]), err
}

func TestUnsupportedConstructsAreNamedWithTheirPlace(t *testing.T) {
	for name, c := range map[string]struct{ source, want string }{
		"network": {"package p\n\nimport \"net\"\n\nvar _ net.Conn\n", `example.go:3: import of "net" is not supported under the scheduler`},
		"unsafe":  {"package p\n\nimport \"unsafe\"\n\nvar _ unsafe.Pointer\n", `example.go:3: import of "unsafe" is not supported under the scheduler`},
		"pull": {
			"package p\n\nimport \"iter\"\n\nfunc f(s iter.Seq[int]) {\n\tnext, stop := iter.Pull(s)\n\tnext()\n\tstop()\n}\n",
			"example.go:6: iter.Pull is not supported under the scheduler",
		},
		"many arguments": {
			"package p\n\nfunc f(a, b, c, d, e, g, h int) {}\n\nfunc G() {\n\tgo f(1, 2, 3, 4, 5, 6, 7)\n}\n",
			"example.go:6: go with a function of 7 parameters and 0 results is not supported under the scheduler",
		},
		"five places": {
			"package p\n\nfunc F(s []int) {\n\ts[0], s[1], s[2], s[3], s[4] = 1, 2, 3, 4, 5\n}\n",
			"example.go:4: an assignment to more than four places is not supported under the scheduler",
		},
		"linkname": {
			"package p\n\n//go:linkname now runtime.nanotime\nfunc now() int64\n",
			"example.go:3: //go:linkname is not supported under the scheduler",
		},
		"no body":  {"package p\n\nfunc now() int64\n", "example.go:3: a function without a body is not supported under the scheduler"},
		"our name": {"package p\n\nvar slab__x = 1\n", "example.go:3: names that contain slab__"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := rewriteText(t, c.source)
			var unsupported *rewrite.UnsupportedError
			require.ErrorAs(t, err, &unsupported)
			require.EqualError(t, err, c.want)
		})
	}
}

func TestWhatCannotRaceIsLeftAlone(t *testing.T) {
	text, err := rewriteText(t, `package p

func Sum(list []int, f func(int)) int {
	total, factor := 0, 2
	g := func(n int) { f(n * factor) }
	for i := 0; i < len(list); i++ {
		total += i
	}
	g(total)
	return total
}
`)
	require.NoError(t, err)
	require.Contains(t, text, "total += i")
	require.Contains(t, text, "f(n * factor)")
	require.NotContains(t, strings.Split(text, "var slab__f0")[0], "Load")
}
