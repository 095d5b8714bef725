// Package policy reads a subject's source and says what may not be in it. No
// verdict and no execution comes before it is done.
//
// It reads twice. [Syntax] looks at the text alone, before anything is compiled:
//
//	imports      only those that the lab lists; no dot or blank import, never unsafe and its kin
//	directives   no //go: but the harmless ones, no //line, no build constraint, no cgo
//	declarations package clause, a body for every function, no init
//	size         no nesting so deep that it is only meant to break a tool
//
// [Types] then knows what every name means, and runs alongside the compiler:
//
//	variables    those of other packages, and of the lab's given files, are read only
//	state        where schedules are explored, nothing survives one in a package variable
//	interface    the functions and types that the lab asks for: "want … have …"
//
// What breaks a rule is a [Refusal]. What is merely wrong Go, or the wrong
// interface, is a [BuildError]: the same answer that a compiler gives.
//
// The list of imports is an allow-list because a deny-list leaks, and the words
// that are never allowed are those that take Go's type safety away. That makes
// the rules above enforceable; it is no proof. A data race on an interface value
// can still forge a pointer: the sandbox has to hold on its own.
package policy

import (
	"cmp"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
)

// Rules are what one lab asks of a subject's source.
type Rules struct {
	Package string            // name in the package clause: the lab's name
	Path    string            // import path under which the subject is compiled
	Imports []string          // import paths that are allowed, besides scalelab/pkg/lab
	API     []string          // declarations that the package must export, as in CheckAPI
	Given   map[string][]byte // base name → source of the kit's files in the same package

	// NoState refuses package-level variables that can change: the lab is explored
	// schedule by schedule in one process.
	NoState bool
}

// ImportPaths are the packages whose export data a type check may need: what the
// student may import, and what the given files do.
func (r Rules) ImportPaths() ([]string, error) {
	paths := append([]string{labPath}, r.Imports...)
	for _, name := range slices.Sorted(maps.Keys(r.Given)) {
		file, err := parser.ParseFile(token.NewFileSet(), name, r.Given[name], parser.ImportsOnly)
		if err != nil {
			return nil, fmt.Errorf("given file %s: %w", name, err)
		}
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return nil, fmt.Errorf("given file %s: %w", name, err)
			}
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths), nil
}

// Rule names the rule that a refusal rests on.
type Rule string

const (
	RulePackage   Rule = "package-clause"
	RuleImport    Rule = "import"
	RuleDirective Rule = "directive"
	RuleBody      Rule = "function-body"
	RuleInit      Rule = "init"
	RuleNesting   Rule = "nesting"
	RuleForeign   Rule = "foreign-variable"
	RuleGiven     Rule = "given-variable"
	RuleState     Rule = "package-state"
	RuleName      Rule = "forbidden-name"
	RuleShadow    Rule = "predeclared-name"
	RuleEffort    Rule = "effort"
)

// Refusal is something that may not be in a subject's source.
type Refusal struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Rule    Rule   `json:"rule"`
	Message string `json:"message"`
}

// String is the refusal as a student reads it.
func (r Refusal) String() string { return place(r.File, r.Line) + r.Message }

// BuildError is source that no compiler takes, or that does not have the
// interface that the lab asks for.
type BuildError struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
	Want    string `json:"want,omitempty"` // of the interface only: the declaration asked for
	Have    string `json:"have,omitempty"` // and what is there; "" if nothing is
}

// String is the error as a student reads it.
func (e BuildError) String() string { return place(e.File, e.Line) + e.Message }

// place is how a message begins; a file without a line is its package clause.
func place(file string, line int) string {
	if line == 0 {
		return file + ": "
	}
	return fmt.Sprintf("%s:%d: ", file, line)
}

// Findings are everything that one pass found, in the order of the source.
type Findings struct {
	Refusals []Refusal    `json:"refusals,omitempty"`
	Errors   []BuildError `json:"errors,omitempty"`
}

// OK reports whether nothing was found.
func (f Findings) OK() bool { return len(f.Refusals) == 0 && len(f.Errors) == 0 }

func (f *Findings) sort() {
	slices.SortFunc(f.Refusals, func(a, b Refusal) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
	f.Refusals = slices.Compact(f.Refusals)
	slices.SortFunc(f.Errors, func(a, b BuildError) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Message, b.Message))
	})
	f.Errors = slices.Compact(f.Errors)
}
