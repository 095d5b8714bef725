package policy

import (
	"go/ast"
	"go/build/constraint"
	"regexp"
	"slices"
	"strings"
)

// Directives that change nothing in the program, or nothing that matters.
var harmless = []string{"generate", "noinline", "fix"}

// forbidden says why, for those directives that have a reason of their own.
var forbidden = map[string]string{
	"build":    "a build constraint could leave the file out",
	"embed":    "it reads files of the machine that grades",
	"linkname": "it reaches into other packages",
	"norace":   "it hides data races",
	"debug":    "it changes how the program runs",
}

// readDirectives looks at every comment. A directive begins the comment, without
// a space; prose about directives does not.
func (r *reader) readDirectives(file *ast.File) {
	for _, group := range file.Comments {
		for _, c := range group.List {
			if problem := directive(c.Text, c.End() <= file.Package); problem != "" {
				r.refuse(c.Pos(), RuleDirective, "%s", problem)
			}
		}
	}
}

// exported is cgo's directive: a name, or two, after //export.
var exported = regexp.MustCompile(`^//export\s+\w+(\s+\w+)?\s*$`)

// directive says what is wrong with a comment, or "". Some words are directives
// only above the package clause.
func directive(text string, abovePackage bool) string {
	if rest, ok := strings.CutPrefix(text, "//go:"); ok {
		return goDirective(rest)
	}
	for _, opening := range []string{"//line ", "/*line "} {
		// The compiler takes it for a directive only with a line number at its end.
		if strings.HasPrefix(text, opening) && strings.Contains(text, ":") {
			return opening + "… is not allowed: it changes the lines that errors report; begin the comment with a space"
		}
	}
	switch {
	case abovePackage && constraint.IsPlusBuild(text):
		return "// +build is not allowed: " + forbidden["build"]
	case exported.MatchString(text):
		return "//export is not allowed: " + NeverAllowed("C")
	}
	return ""
}

func goDirective(rest string) string {
	name, _, _ := strings.Cut(strings.ReplaceAll(rest, "\t", " "), " ")
	switch why := forbidden[name]; {
	case name == "":
		return "//go: is not allowed here: if it is prose, begin the comment with a space"
	case slices.Contains(harmless, name):
		return ""
	case why != "":
		return "//go:" + name + " is not allowed: " + why
	}
	return "//go:" + name + " is not allowed: a lab needs no compiler directives"
}
