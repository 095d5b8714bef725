package rewrite

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// writer rewrites one file. Its methods return text; what they do not change they copy from the source.
type writer struct {
	pkg   *pkg
	file  *ast.File
	name  string
	src   []byte
	table string // name of the variable that holds the file's sites
	sites []string
	temps int
	over  map[ast.Expr]string // expressions that have been evaluated already, and the variable that holds them
	err   *UnsupportedError
}

// whole is the text of the rewritten file.
func (w *writer) whole(first bool) ([]byte, error) {
	if i := bytes.Index(w.src, []byte("slab__")); i >= 0 {
		return nil, &UnsupportedError{w.name, 1 + bytes.Count(w.src[:i], []byte("\n")), "names that contain slab__"}
	}
	w.directives()
	parts := []part{{w.file.Name.End(), w.file.Name.End(), "; import slab__ " + strconv.Quote(schedPath)}}
	for _, d := range w.file.Decls {
		parts = append(parts, part{d.Pos(), d.End(), w.decl(d)})
	}
	text := w.splice(w.file.FileStart, w.file.FileEnd, parts)
	if w.err != nil {
		return nil, w.err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n\nvar %s = [...]slab__.Site{\n%s}\n\nvar _ = %s\n", text, w.table, strings.Join(w.sites, ""), w.table)
	if first {
		fmt.Fprintf(&b, "\nvar _ = slab__.Rewritten(%q)\n", w.pkg.path)
	}
	return b.Bytes(), nil
}

// directives refuses compiler directives that reach behind the language.
func (w *writer) directives() {
	for _, group := range w.file.Comments {
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, "//go:linkname") || strings.HasPrefix(c.Text, "//export ") {
				w.unsupported(c, strings.Fields(c.Text)[0])
			}
		}
	}
}

// unsupported notes the first construct that cannot be rewritten.
func (w *writer) unsupported(n ast.Node, what string) string {
	if w.err == nil {
		at := w.pkg.fset.Position(n.Pos())
		w.err = &UnsupportedError{w.name, at.Line, what + " is not supported under the scheduler"}
	}
	return "_"
}

// part replaces the source between two positions.
type part struct {
	from, to token.Pos
	text     string
}

func (w *writer) offset(p token.Pos) int { return int(p - w.file.FileStart) }

func (w *writer) source(from, to token.Pos) string { return string(w.src[w.offset(from):w.offset(to)]) }

func (w *writer) verbatim(n ast.Node) string { return w.source(n.Pos(), n.End()) }

// splice is the source between two positions with parts of it replaced.
func (w *writer) splice(from, to token.Pos, parts []part) string {
	sort.SliceStable(parts, func(i, j int) bool { return parts[i].from < parts[j].from })
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(w.source(from, p.from))
		b.WriteString(p.text)
		from = p.to
	}
	b.WriteString(w.source(from, to))
	return b.String()
}

func at(n ast.Node, text string) part { return part{n.Pos(), n.End(), text} }

// node is n with some of its descendants replaced.
func (w *writer) node(n ast.Node, parts ...part) string { return w.splice(n.Pos(), n.End(), parts) }

// values are replacements of expressions by their rewritten values.
func (w *writer) values(list ...ast.Expr) []part {
	var parts []part
	for _, e := range list {
		if e != nil {
			parts = append(parts, at(e, w.value(e)))
		}
	}
	return parts
}

// site is a reference to the site of n, whose operand is shown.
func (w *writer) site(n ast.Node, shown ast.Node) string {
	text := ""
	if shown != nil {
		text = compact([]byte(w.verbatim(shown)))
	}
	at := w.pkg.fset.Position(n.Pos())
	w.sites = append(w.sites, fmt.Sprintf("\t{File: %q, Line: %d, Text: %q},\n", filepath.Base(w.name), at.Line, text))
	return fmt.Sprintf("&%s[%d]", w.table, len(w.sites)-1)
}

func (w *writer) temp() string {
	w.temps++
	return fmt.Sprintf("slab__%d", w.temps)
}

// line makes the compiler see what follows where n is in the source.
func (w *writer) line(n ast.Node) string {
	at := w.pkg.fset.Position(n.Pos())
	return fmt.Sprintf("/*line :%d:%d*/", at.Line, at.Column)
}

func (w *writer) decl(d ast.Decl) string {
	switch x := d.(type) {
	case *ast.FuncDecl:
		if x.Body == nil {
			return w.unsupported(x, "a function without a body")
		}
		return w.node(x, at(x.Body, w.block(x.Body)))
	case *ast.GenDecl:
		return w.genDecl(x)
	}
	return w.unsupported(d, "a broken declaration")
}

func (w *writer) genDecl(d *ast.GenDecl) string {
	var parts []part
	for _, spec := range d.Specs {
		switch x := spec.(type) {
		case *ast.ImportSpec:
			parts = append(parts, at(x.Path, w.importText(x)))
		case *ast.ValueSpec:
			if d.Tok == token.VAR {
				parts = append(parts, w.assigned(len(x.Names), x.Values)...)
			}
		}
	}
	return w.node(d, parts...)
}

// assigned are the replacements of the right-hand side of an assignment or declaration of n variables.
func (w *writer) assigned(n int, rhs []ast.Expr) []part {
	if n == 2 && len(rhs) == 1 {
		return []part{at(rhs[0], w.value2(rhs[0]))}
	}
	return w.values(rhs...)
}

// value2 is e where it yields a value and whether there is one.
func (w *writer) value2(e ast.Expr) string {
	switch x := ast.Unparen(e).(type) {
	case *ast.UnaryExpr:
		if x.Op == token.ARROW {
			return fmt.Sprintf("slab__.From(%s).Recv2(%s)", w.value(x.X), w.site(x, x.X))
		}
	case *ast.IndexExpr:
		if w.isMapEntry(x) {
			return fmt.Sprintf("slab__.MapOf(%s).Get2(%s, %s)", w.value(x.X), w.value(x.Index), w.site(x, x))
		}
	}
	return w.value(e)
}
