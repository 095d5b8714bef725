package policy

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
)

// labPath is importable in every lab: stubs call it.
const labPath = "scalelab/pkg/lab"

// never are import paths that no lab may list, and why. A path that ends in a
// slash stands for everything below it.
var never = []struct{ path, why string }{
	{"C", "a lab is written in Go alone, without cgo"},
	{"unsafe", "it steps outside Go's types"},
	{"reflect", "it can write where Go's types forbid it"},
	{"arena", "it frees memory that is still in use"},
	{"embed", "it reads files of the machine that grades"},
	{"plugin", "it loads code that nobody has read"},
	{"syscall", "it talks to the system past Go's library"},
	{"golang.org/x/sys/", "it talks to the system past Go's library"},
	{"os/exec", "a submission starts no programs"},
	{"os/signal", "the grader ends a test by signals"},
	{"flag", "the flags belong to the test binary"},
	{"testing", "it belongs to the grader's side"},
	{"testing/", "it belongs to the grader's side"},
	{"runtime/", "it looks into or changes the process that grades"},
	{"debug/", "it reads the program that grades"},
	{"net/http/pprof", "it looks into the process that grades"},
	{"internal/", "it is internal to Go"},
	{"scalelab/pkg/check", "it belongs to the grader's side"},
	{"scalelab/pkg/check/", "it belongs to the grader's side"},
	{"scalelab/pkg/internal/", "it is internal to the kit"},
	{"scalelab/pkg/interleave", "it belongs to the grader's side"},
	{"scalelab/pkg/interleave/", "it belongs to the grader's side"},
	{"scalelab/grader/", "it belongs to the grader's side"},
	{"scalelab/solutions/", "it is somebody else's solution"},
}

// NeverAllowed says why no lab may allow an import path, or "".
func NeverAllowed(path string) string {
	for _, n := range never {
		if path == n.path || strings.HasSuffix(n.path, "/") && strings.HasPrefix(path, n.path) {
			return n.why
		}
	}
	return ""
}

func (r *reader) readImports(file *ast.File) {
	for _, spec := range file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			path = spec.Path.Value // the parser has refused it already
		}
		r.readImport(spec, path)
	}
}

func (r *reader) readImport(spec *ast.ImportSpec, path string) {
	switch why := NeverAllowed(path); {
	case why != "":
		r.refuse(spec.Pos(), RuleImport, "import %q is never allowed: %s", path, why)
		return
	case path != labPath && !slices.Contains(r.rules.Imports, path):
		r.refuse(spec.Pos(), RuleImport, "import %q is not allowed in this lab; it %s", path, mayImport(r.rules.Imports))
		return
	case spec.Name == nil:
		return
	}
	switch spec.Name.Name {
	case ".":
		r.refuse(spec.Pos(), RuleImport, "import . %q: import it under its name, so that a reader sees what comes from where", path)
	case "_":
		r.refuse(spec.Pos(), RuleImport, "import _ %q: import only what the code uses by name", path)
	}
}

func mayImport(paths []string) string {
	if len(paths) == 0 {
		return "needs no imports"
	}
	return "may import " + strings.Join(slices.Sorted(slices.Values(paths)), ", ")
}
