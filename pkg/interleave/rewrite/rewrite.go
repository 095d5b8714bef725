// Package rewrite turns ordinary Go source into source that runs under package sched.
//
// It works on syntax and types, and writes text. Whatever it does not change it copies, so comments, layout and line numbers stay:
//
//	c.n++                     slab__.Inc(slab__.At(&c.n, site))
//	v := <-ch                 v := slab__.From(ch).Recv(site)
//	go work(i, out)           slab__.Go2_0(site, work)(i, out)
//	for k, v := range m {     for r := slab__.RangeMap(m, site); r.Next(); { k, v := r.Key(), r.Value(); {
//	import "sync"             import "scalelab/pkg/interleave/det/sync"
//
// Memory is instrumented where another goroutine may reach it: what a pointer, slice or map leads to, variables of a package, and
// local variables that are captured by a function literal and assigned, or whose address is taken. Within one statement such memory
// is read after all calls and receives of that statement, as the Go compiler does.
//
// All packages that run together must be rewritten together: a *sync.WaitGroup that a suite hands to a student's function must be
// the same type on both sides.
//
// What cannot be rewritten is an *UnsupportedError with its place: such code cannot be judged, and never runs half controlled. The
// result is type-checked before it is handed out.
package rewrite

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"path/filepath"
	"slices"
)

// Package is one package to rewrite.
type Package struct {
	Path  string            // import path; that of an external test package ends in _test
	Files map[string][]byte // source by file name, as the overlay will name it
}

// Config says what to rewrite.
type Config struct {
	Packages []Package // a package comes after those it imports
	// Exports opens the compiler's export data of a package that is not rewritten; see GoList.
	Exports func(path string) (io.ReadCloser, error)
	// Imports are import paths that are allowed beyond the usual ones: packages that neither block nor start goroutines.
	Imports []string
}

// UnsupportedError names a construct that cannot run under control.
type UnsupportedError struct {
	File string
	Line int
	What string
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("%s:%d: %s", filepath.Base(e.File), e.Line, e.What)
}

// Packages rewrites all packages and returns the new text of every file.
func Packages(cfg Config) (map[string][]byte, error) {
	loader := newLoader(cfg.Exports)
	var loaded []*pkg
	for _, p := range cfg.Packages {
		l, err := loader.load(p, p.Files)
		if err != nil {
			return nil, err
		}
		loaded = append(loaded, l)
	}
	shared := findShared(loaded)
	overlay := map[string][]byte{}
	for _, p := range loaded {
		p.shared, p.allowed = shared, cfg.Imports
		if err := p.rewrite(overlay); err != nil {
			return nil, err
		}
	}
	return overlay, verify(cfg, overlay)
}

// pkg is a type-checked package.
type pkg struct {
	path    string
	fset    *token.FileSet
	names   []string // of the files, sorted
	files   []*ast.File
	sources [][]byte
	types   *types.Package
	info    *types.Info
	shared  *sharing
	allowed []string
}

type loader struct {
	fset   *token.FileSet
	local  map[string]*types.Package
	export types.Importer
}

func newLoader(exports func(string) (io.ReadCloser, error)) *loader {
	fset := token.NewFileSet()
	return &loader{fset, map[string]*types.Package{}, importer.ForCompiler(fset, "gc", exports)}
}

// Import implements types.Importer: packages under control come from source, others from export data.
func (l *loader) Import(path string) (*types.Package, error) {
	if p := l.local[path]; p != nil {
		return p, nil
	}
	return l.export.Import(path)
}

func (l *loader) load(p Package, sources map[string][]byte) (*pkg, error) {
	loaded := &pkg{path: p.Path, fset: l.fset, names: slices.Sorted(maps.Keys(p.Files)), info: &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Instances: map[*ast.Ident]types.Instance{},
		Implicits: map[ast.Node]types.Object{},
	}}
	for _, name := range loaded.names {
		file, err := parser.ParseFile(l.fset, name, sources[name], parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("parse %s: %w", filepath.Base(name), err)
		}
		loaded.files = append(loaded.files, file)
		loaded.sources = append(loaded.sources, sources[name])
	}
	check := types.Config{Importer: l, GoVersion: "go1.26"}
	checked, err := check.Check(p.Path, l.fset, loaded.files, loaded.info)
	if err != nil {
		return nil, fmt.Errorf("type-check %s: %w", p.Path, err)
	}
	loaded.types = checked
	l.local[p.Path] = checked
	return loaded, nil
}

func (p *pkg) rewrite(overlay map[string][]byte) error {
	for i, file := range p.files {
		w := &writer{pkg: p, file: file, name: p.names[i], src: p.sources[i], table: fmt.Sprintf("slab__f%d", i), over: map[ast.Expr]string{}}
		text, err := w.whole(i == 0)
		if err != nil {
			return err
		}
		overlay[p.names[i]] = text
	}
	return nil
}

// verify type-checks the result: a mistake of the rewriter becomes an unsupported construct here, and not a complaint of the
// compiler about the student's file.
func verify(cfg Config, overlay map[string][]byte) error {
	loader := newLoader(cfg.Exports)
	for _, p := range cfg.Packages {
		if _, err := loader.load(p, overlay); err != nil {
			var complaint types.Error
			if errors.As(err, &complaint) {
				at := complaint.Fset.Position(complaint.Pos)
				return &UnsupportedError{at.Filename, at.Line, "a construct that the scheduler does not know: " + complaint.Msg}
			}
			return &UnsupportedError{p.Path, 0, "a construct that the scheduler does not know: " + err.Error()}
		}
	}
	return nil
}

// compact is source text on one line, cut to a readable length.
func compact(text []byte) string {
	line := string(bytes.Join(bytes.Fields(text), []byte(" ")))
	if runes := []rune(line); len(runes) > 40 {
		return string(runes[:39]) + "…"
	}
	return line
}
