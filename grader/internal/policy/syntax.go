package policy

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"maps"
	"slices"
)

// Source is a subject that [Syntax] has read.
type Source struct {
	fset  *token.FileSet
	names []string    // of files, sorted
	files []*ast.File // nil where a file does not parse
}

// Syntax reads the files by their text alone. The source it returns is good for
// Types only if nothing was found.
func Syntax(files map[string][]byte, rules Rules) (*Source, Findings) {
	src := &Source{fset: token.NewFileSet(), names: slices.Sorted(maps.Keys(files))}
	r := reader{fset: src.fset, rules: rules}
	for _, name := range src.names {
		file, err := parser.ParseFile(src.fset, name, files[name], parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			r.findings.Errors = append(r.findings.Errors, syntaxErrors(name, files[name], err)...)
			file = nil
		} else {
			r.read(file)
		}
		src.files = append(src.files, file)
	}
	r.findings.sort()
	return src, r.findings
}

const mostErrors = 10 // of one file, as the compiler does it

func syntaxErrors(name string, text []byte, err error) []BuildError {
	var list scanner.ErrorList
	if !errors.As(err, &list) {
		return []BuildError{{File: name, Message: err.Error()}}
	}
	list.RemoveMultiples()
	var found []BuildError
	for _, e := range list[:min(len(list), mostErrors)] {
		// Only the offset is sure to be where the text is, whatever a //line comment claims.
		before := text[:min(max(e.Pos.Offset, 0), len(text))]
		found = append(found, BuildError{File: name, Message: e.Msg,
			Line: 1 + bytes.Count(before, []byte("\n")), Column: len(before) - bytes.LastIndexByte(before, '\n')})
	}
	return found
}

// reader looks at one file after the other.
type reader struct {
	fset     *token.FileSet
	rules    Rules
	findings Findings
}

func (r *reader) refuse(at token.Pos, rule Rule, format string, args ...any) {
	r.findings.Refusals = append(r.findings.Refusals, refusal(r.fset, at, rule, fmt.Sprintf(format, args...)))
}

// refusal is placed where the text really is: line comments may not move it.
func refusal(fset *token.FileSet, at token.Pos, rule Rule, message string) Refusal {
	p := fset.PositionFor(at, false)
	return Refusal{File: p.Filename, Line: p.Line, Column: p.Column, Rule: rule, Message: message}
}

func (r *reader) read(file *ast.File) {
	if at := tooDeep(file); at.IsValid() {
		r.refuse(at, RuleNesting, "nested more than %d levels deep: write it flatter", deepest)
		return // the other rules are not read by recursion into this
	}
	if file.Name.Name != r.rules.Package {
		r.refuse(file.Name.Pos(), RulePackage, "package %s: the files of this lab begin with package %s", file.Name.Name, r.rules.Package)
	}
	r.readImports(file)
	r.readDirectives(file)
	for _, decl := range file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok {
			r.readFunc(f)
		}
	}
}

func (r *reader) readFunc(f *ast.FuncDecl) {
	if f.Body == nil {
		r.refuse(f.Pos(), RuleBody, "func %s has no body: write it in Go, here", f.Name.Name)
	}
	if f.Recv == nil && f.Name.Name == "init" {
		r.refuse(f.Pos(), RuleInit, "func init is not allowed: it would run before the first test; do it where it is needed")
	}
}

// deepest is far beyond what anybody writes, and far below what exhausts the
// stack of a tool that reads the tree by recursion.
const deepest = 1000

// tooDeep is a place that lies deeper than that, or no place.
func tooDeep(file *ast.File) token.Pos {
	d := depth{}
	ast.Walk(&d, file)
	return d.at
}

type depth struct {
	levels int
	at     token.Pos
}

// Visit is called with nil after a node's children.
func (d *depth) Visit(n ast.Node) ast.Visitor {
	if n == nil {
		d.levels--
		return nil
	}
	if d.levels == deepest || d.at.IsValid() {
		if !d.at.IsValid() {
			d.at = n.Pos()
		}
		return nil
	}
	d.levels++
	return d
}
