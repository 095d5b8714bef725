package policy

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"runtime"
	"slices"
	"strings"
)

// Types reads a source in which Syntax found nothing, together with the given
// files. The error is the kit's: a given file that does not parse, an interface
// in lab.yaml that makes no sense, or a package that imp cannot import. It says
// nothing about the subject.
func Types(src *Source, imp types.Importer, rules Rules) (found Findings, err error) {
	defer func() {
		// A checker that panics has met a bug of its own, not a student's.
		if r := recover(); r != nil {
			found, err = Findings{}, fmt.Errorf("type check of %s: panic: %v", rules.Package, r)
		}
	}()
	c := &checker{src: src, rules: rules, importer: &watchedImporter{Importer: imp}, student: map[*token.File]bool{}}
	if err := c.load(); err != nil {
		return Findings{}, err
	}
	c.check()
	if err := c.importer.err; err != nil {
		return Findings{}, err
	}
	c.compareAPI()
	c.readNames()
	c.readShadows()
	c.readVariables()
	c.findings.sort()
	return c.findings, nil
}

// checker holds what one type check knows.
type checker struct {
	src      *Source
	rules    Rules
	importer *watchedImporter
	given    []*ast.File
	wants    []want
	student  map[*token.File]bool
	pkg      *types.Package
	info     *types.Info

	continues bool // the next error may belong to the last of findings
	findings  Findings
}

// load parses the kit's side: the given files and the interface asked for.
func (c *checker) load() error {
	for _, file := range c.src.files {
		c.student[c.src.fset.File(file.Pos())] = true
	}
	for _, name := range slices.Sorted(maps.Keys(c.rules.Given)) {
		file, err := parser.ParseFile(c.src.fset, name, c.rules.Given[name], parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("given file %s: %w", name, err)
		}
		c.given = append(c.given, file)
	}
	return c.loadAPI()
}

// check type-checks everything as one package: given files first, so that it is
// the student's declaration that redeclares; the interface last.
func (c *checker) check() {
	c.info = &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Defs:       map[*ast.Ident]types.Object{},
		Uses:       map[*ast.Ident]types.Object{},
		Implicits:  map[ast.Node]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	conf := types.Config{
		Importer: c.importer,
		Sizes:    types.SizesFor("gc", runtime.GOARCH),
		Error:    c.typeError,
	}
	files := slices.Concat(c.given, c.src.files)
	for _, w := range c.wants {
		files = append(files, w.file)
	}
	c.pkg, _ = conf.Check(c.rules.Path, c.src.fset, files, c.info) // errors went to typeError
}

// typeError sorts one error of the checker: into an interface that cannot even
// be stated here, or into the student's list. An error that begins with a tab
// continues the one before it: "other declaration of x".
func (c *checker) typeError(err error) {
	var te types.Error
	if !errors.As(err, &te) {
		return
	}
	p := c.src.fset.PositionFor(te.Pos, false)
	if more, ok := strings.CutPrefix(te.Msg, "\t"); ok {
		if c.continues {
			last := &c.findings.Errors[len(c.findings.Errors)-1]
			last.Message += fmt.Sprintf(" (%s at %s:%d)", more, p.Filename, p.Line)
		}
		return
	}
	c.continues = false
	file := c.src.fset.File(te.Pos)
	for i := range c.wants {
		if file == c.wants[i].token {
			c.wants[i].problems = append(c.wants[i].problems, te.Msg)
			return
		}
	}
	if len(c.findings.Errors) < mostErrors {
		c.continues = true
		c.findings.Errors = append(c.findings.Errors, BuildError{File: p.Filename, Line: p.Line, Column: p.Column, Message: te.Msg})
	}
}

// ofStudent reports whether a place of this package is in the subject's files.
func (c *checker) ofStudent(at token.Pos) bool { return c.student[c.src.fset.File(at)] }

func (c *checker) refuse(at token.Pos, rule Rule, format string, args ...any) {
	c.findings.Refusals = append(c.findings.Refusals, refusal(c.src.fset, at, rule, fmt.Sprintf(format, args...)))
}

// watchedImporter remembers that an import failed: every import is allowed by
// now, so it is the kit that lacks something.
type watchedImporter struct {
	types.Importer
	err error
}

func (w *watchedImporter) Import(path string) (*types.Package, error) {
	pkg, err := w.Importer.Import(path)
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("import %q: %w", path, err)
	}
	return pkg, err
}
