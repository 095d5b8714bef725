package main

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/kit"
)

// TestGivenFilesAreTheSameEverywhere: a given file stands in the student's half, beside the solution and beside every alternate,
// byte for byte.
func TestGivenFilesAreTheSameEverywhere(t *testing.T) {
	_, labs, err := chooseLabs(nil)
	require.NoError(t, err)
	for _, lab := range labs {
		require.NotEmpty(t, lab.Given, lab.ID)
		alternates, err := filepath.Glob(filepath.Join(lab.SuiteDir(), "alternates", "*"))
		require.NoError(t, err)
		for _, name := range lab.Given {
			want, err := os.ReadFile(filepath.Join(lab.SolutionDir(), name))
			require.NoError(t, err)
			for _, dir := range append(alternates, lab.Dir()) {
				got, err := os.ReadFile(filepath.Join(dir, name))
				require.NoError(t, err)
				require.Equal(t, string(want), string(got), "%s in %s", name, dir)
			}
		}
	}
}

// TestEveryLabIsComplete: what the tests of the kit cannot prove about a lab's texts, but can look for.
func TestEveryLabIsComplete(t *testing.T) {
	_, labs, err := chooseLabs(nil)
	require.NoError(t, err)
	for _, lab := range labs {
		require.FileExists(t, filepath.Join(lab.Dir(), "README.md"))
		require.FileExists(t, filepath.Join(lab.SolutionDir(), "NOTES.md"))
		require.GreaterOrEqual(t, len(lab.Checks), 6, lab.ID)
		require.LessOrEqual(t, len(lab.Checks), 12, lab.ID)
		stub, err := os.ReadFile(filepath.Join(lab.Dir(), lab.Files[0]))
		require.NoError(t, err)
		require.Contains(t, string(stub), "lab.NotImplemented(\""+lab.Name+"\"")
	}
}

// TestBubblesAreBuiltForVirtualTime: a check that plays in a bubble is built so that virtual time sees through the subject's mutexes, and runs
// on one thread; lab.yaml says so.
func TestBubblesAreBuiltForVirtualTime(t *testing.T) {
	_, labs, err := chooseLabs(nil)
	require.NoError(t, err)
	for _, lab := range labs {
		inBubble := bubblesOf(t, lab)
		for _, c := range lab.Checks {
			require.True(t, c.Mode == kit.VirtualTime || !inBubble[c.Test], "%s, %s calls check.Bubble, but its mode is %s", lab.ID, c.Test, c.Mode)
		}
	}
}

// bubblesOf are the checks of a lab's suite that call check.Bubble themselves, as all do: it is the first that a check does.
func bubblesOf(t *testing.T, lab *kit.Lab) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(lab.SuiteDir(), "*_test.go"))
	require.NoError(t, err)
	bubbles := map[string]bool{}
	for _, name := range files {
		source, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range source.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Test") {
				continue
			}
			ast.Inspect(f.Body, func(n ast.Node) bool {
				if use, ok := n.(*ast.SelectorExpr); ok && use.Sel.Name == "Bubble" {
					bubbles[f.Name.Name] = true
				}
				return true
			})
		}
	}
	return bubbles
}

// TestReadmesNameWhatMayBeImported: lab.yaml has the hints of every check below its imports, so no student is to look them up there.
func TestReadmesNameWhatMayBeImported(t *testing.T) {
	_, labs, err := chooseLabs(nil)
	require.NoError(t, err)
	for _, lab := range labs {
		readme := readmeOf(t, lab)
		for _, name := range lab.Imports {
			require.True(t, strings.Contains(readme, "`"+name+"`"), "the README of %s does not name the import %s", lab.ID, name)
		}
		require.False(t, strings.Contains(readme, "lab.yaml"), "the README of %s sends the reader to lab.yaml", lab.ID)
	}
}

var claimedLines = regexp.MustCompile(`model solution\s+(has|adds)\s+about\s+(\d+)\s+lines\s+of\s+code`)

// TestReadmesAreHonestAboutTheWork: the number of lines that a README names is that of the reference, without comments and empty lines,
// give or take a fifth.
func TestReadmesAreHonestAboutTheWork(t *testing.T) {
	_, labs, err := chooseLabs(nil)
	require.NoError(t, err)
	for _, lab := range labs {
		readme := readmeOf(t, lab)
		claim := claimedLines.FindStringSubmatch(readme)
		require.NotNil(t, claim, lab.ID)
		claimed, err := strconv.Atoi(claim[2])
		require.NoError(t, err)
		lines := linesOfCode(t, lab, lab.SolutionDir())
		if claim[1] == "adds" { // to what the stub has
			lines -= linesOfCode(t, lab, lab.Dir())
		}
		require.InEpsilon(t, claimed, lines, 0.2, lab.ID)
	}
}

func readmeOf(t *testing.T, lab *kit.Lab) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(lab.Dir(), "README.md"))
	require.NoError(t, err)
	return string(text)
}

func linesOfCode(t *testing.T, lab *kit.Lab, dir string) (n int) {
	t.Helper()
	for _, name := range lab.Files {
		source, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		for line := range strings.Lines(string(source)) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
				n++
			}
		}
	}
	return n
}

// importRules say what may not import what: importer → forbidden prefix.
var importRules = []struct{ from, never, why string }{
	{"scalelab/pkg/", "scalelab/grader", "nothing imports the grader"},
	{"scalelab/pkg/", "scalelab/labs", "pkg imports nothing of the kit outside pkg"},
	{"scalelab/pkg/", "scalelab/solutions", "pkg imports nothing of the kit outside pkg"},
	{"scalelab/labs/", "scalelab/grader", "nothing imports the grader"},
	{"scalelab/labs/", "scalelab/solutions", "a lab does not know its solution"},
	{"scalelab/solutions/", "scalelab/grader", "nothing imports the grader"},
	{"scalelab/grader/suites/", "scalelab/grader/internal", "a suite does not know who runs it"},
	{"scalelab/", "github.com/testcontainers/", "one package starts containers"},
	{"scalelab/", "github.com/moby/", "one package starts containers"},
}

// TestImportsFollowTheRules looks at what every package imports itself, tests included.
func TestImportsFollowTheRules(t *testing.T) {
	const containers = "scalelab/grader/internal/services/container"
	const form = `{{$p := .ImportPath}}{{range .Imports}}{{$p}} {{.}}{{"\n"}}{{end}}{{range .TestImports}}{{$p}} {{.}}{{"\n"}}{{end}}{{range .XTestImports}}{{$p}} {{.}}{{"\n"}}{{end}}`
	cmd := exec.Command("go", "list", "-f", form, "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	require.NoError(t, err)
	edges := 0
	for line := range strings.Lines(string(out)) {
		from, to, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			continue
		}
		edges++
		for _, rule := range importRules {
			broken := strings.HasPrefix(from+"/", rule.from) && strings.HasPrefix(to, rule.never) && from != containers
			require.False(t, broken, "%s imports %s: %s", from, to, rule.why)
		}
	}
	require.Greater(t, edges, 100, "the list of imports was read")
}
