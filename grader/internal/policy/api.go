package policy

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
)

// want is one declaration of the interface that a lab asks for. It is stated once
// more, under a name that no source can contain, as a file of the subject's own
// package: then its types are the subject's, and comparing is [types.Identical].
type want struct {
	text     string // as in lab.yaml
	name     string // what is declared
	recv     string // of a method: the receiver's type
	byValue, // of a method: the receiver is no pointer
	anyType bool // of a type: what it is, is the student's choice

	file     *ast.File
	token    *token.File
	ident    *ast.Ident // the name it is stated under
	problems []string   // why it cannot be stated in this subject
}

// CheckAPI says what is wrong with the api of a lab.yaml. An entry is a Go
// declaration without body or value:
//
//	func New[T any](capacity int) *Buffer[T]     parameter names do not matter
//	func (b *Buffer[T]) Put(v T) error           a value receiver will do, too
//	var ErrClosed error
//	const MaxAttempts = 3
//	type Buffer[T any]                           any type of that name and parameters
//	type Stats struct { Hits, Misses int64 }     a struct with at least these fields
//	type Handler func(context.Context) error     exactly this type
func CheckAPI(api []string) error {
	for _, text := range api {
		if _, err := parseWant(text, nil); err != nil {
			return err
		}
	}
	return nil
}

// loadAPI parses the interface and finds out which packages it speaks of.
func (c *checker) loadAPI() error {
	for i, text := range c.rules.API {
		w, err := parseWant(text, nil)
		if err != nil {
			return err
		}
		var imports []string
		for _, name := range qualifiers(w.file) {
			path, err := c.pathOf(name)
			if err != nil {
				return fmt.Errorf("api %q: %w", text, err)
			}
			imports = append(imports, fmt.Sprintf("import %s %q\n", name, path))
		}
		if w, err = parseWant(text, c.src.fset, imports...); err != nil {
			return err
		}
		w.token = c.src.fset.File(w.file.Pos())
		w.file.Name.Name = c.rules.Package
		w.ident.Name = fmt.Sprintf("want·%d", i) // the dot is no letter of Go
		c.wants = append(c.wants, w)
	}
	return nil
}

// parseWant parses one entry behind the given import lines.
func parseWant(text string, fset *token.FileSet, imports ...string) (want, error) {
	if fset == nil {
		fset = token.NewFileSet()
	}
	w := want{text: strings.TrimSpace(text)}
	var firstErr error
	for _, ending := range endings(w.text) {
		file, err := parser.ParseFile(fset, "api of lab.yaml", "package p\n"+strings.Join(imports, "")+w.text+ending, parser.SkipObjectResolution)
		if err == nil {
			w.file, w.anyType = file, ending == anyEnding
			return w, w.inspect()
		}
		firstErr = errors.Join(firstErr, err)
	}
	return want{}, fmt.Errorf("api %q is no declaration: %w", text, firstErr)
}

const anyEnding = " any"

// endings complete an entry to a whole declaration; the first that parses counts.
func endings(text string) []string {
	switch {
	case strings.HasPrefix(text, "func"):
		return []string{" { for {} }"} // a body that returns in every type
	case strings.HasPrefix(text, "type") && strings.HasSuffix(text, "struct"):
		return []string{"{}"}
	case strings.HasPrefix(text, "type"):
		return []string{"", anyEnding}
	}
	return []string{""}
}

// inspect fills in what is declared.
func (w *want) inspect() error {
	decls := slices.DeleteFunc(slices.Clone(w.file.Decls), func(d ast.Decl) bool {
		g, ok := d.(*ast.GenDecl)
		return ok && g.Tok == token.IMPORT
	})
	if len(decls) != 1 {
		return fmt.Errorf("api %q: one declaration expected", w.text)
	}
	switch d := decls[0].(type) {
	case *ast.FuncDecl:
		w.ident = d.Name
		if d.Recv != nil {
			w.recv, w.byValue = receiver(d.Recv.List[0].Type)
		}
	case *ast.GenDecl:
		if len(d.Specs) != 1 {
			return fmt.Errorf("api %q: one declaration expected", w.text)
		}
		switch s := d.Specs[0].(type) {
		case *ast.TypeSpec:
			w.ident = s.Name
		case *ast.ValueSpec:
			w.ident = s.Names[0]
			if len(s.Names) > 1 {
				return fmt.Errorf("api %q: one name expected", w.text)
			}
		}
	}
	w.name = w.ident.Name
	if !ast.IsExported(w.name) || w.recv != "" && !ast.IsExported(w.recv) {
		return fmt.Errorf("api %q: what is asked for must be exported", w.text)
	}
	return nil
}

// receiver is the name of a receiver's type, and whether it is no pointer.
func receiver(expr ast.Expr) (name string, byValue bool) {
	byValue = true
	for {
		switch e := expr.(type) {
		case *ast.ParenExpr:
			expr = e.X
		case *ast.StarExpr:
			expr, byValue = e.X, false
		case *ast.IndexExpr:
			expr = e.X
		case *ast.IndexListExpr:
			expr = e.X
		case *ast.Ident:
			return e.Name, byValue
		default:
			return "", byValue
		}
	}
}

// qualifiers are the names before a dot: in a declaration without body, packages.
func qualifiers(file *ast.File) []string {
	var all []string
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && !slices.Contains(all, x.Name) {
				all = append(all, x.Name)
			}
		}
		return true
	})
	return all
}

// pathOf finds the package that a name stands for: as the given files call it, or
// else the allowed import of that name.
func (c *checker) pathOf(name string) (string, error) {
	paths := slices.Clone(c.rules.Imports)
	for _, file := range c.given {
		for _, spec := range file.Imports {
			p, _ := strconv.Unquote(spec.Path.Value)
			if spec.Name != nil && spec.Name.Name == name {
				return p, nil
			}
			paths = append(paths, p)
		}
	}
	// Paths that end in the name come first: reading a package only to learn its
	// name is slow.
	slices.SortStableFunc(paths, func(a, b string) int {
		return strings.Compare(strconv.FormatBool(path.Base(a) != name), strconv.FormatBool(path.Base(b) != name))
	})
	for _, p := range paths {
		pkg, err := c.importer.Import(p)
		if err != nil {
			return "", err
		}
		if pkg.Name() == name {
			return p, nil
		}
	}
	return "", fmt.Errorf("no import of the lab is called %s", name)
}
