package rewrite

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// tracked tells whether an assignment to e must be instrumented.
func (w *writer) tracked(e ast.Expr) bool { return w.memory(e) || w.isMapEntry(e) }

// ref is e as something that can be assigned to.
func (w *writer) ref(e ast.Expr) string {
	e = ast.Unparen(e)
	switch {
	case isBlank(e):
		return "slab__.Blank()"
	case w.isMapEntry(e):
		x := e.(*ast.IndexExpr)
		return fmt.Sprintf("slab__.MapOf(%s).At(%s, %s)", w.value(x.X), w.value(x.Index), w.site(e, e))
	case w.memory(e):
		if star, ok := e.(*ast.StarExpr); ok {
			return fmt.Sprintf("slab__.At(%s, %s)", w.value(star.X), w.site(e, e))
		}
		return fmt.Sprintf("slab__.At(&%s, %s)", w.place(e), w.site(e, e))
	}
	return fmt.Sprintf("slab__.Plain(&%s)", w.place(e))
}

func (w *writer) assign(x *ast.AssignStmt, simple bool) string {
	switch x.Tok {
	case token.DEFINE:
		return w.define(x, simple)
	case token.ASSIGN:
	default:
		return w.update(x, simple)
	}
	tracked := false
	for _, l := range x.Lhs {
		tracked = tracked || !isBlank(l) && w.tracked(l)
	}
	switch {
	case !tracked:
		parts := w.assigned(len(x.Lhs), x.Rhs)
		for _, l := range x.Lhs {
			parts = append(parts, at(l, w.place(l)))
		}
		return w.node(x, parts...)
	case len(x.Lhs) == 1:
		return w.assignOne(x.Lhs[0], x.Rhs[0], simple)
	case len(x.Rhs) == 1:
		return w.unpack(x, simple)
	}
	return w.parallel(x)
}

// assignOne is l = r. The Go compiler finds the place after it has done the calls on the right.
func (w *writer) assignOne(l, r ast.Expr, simple bool) string {
	_, name := ast.Unparen(l).(*ast.Ident)
	if name || simple || !w.acts(r) || !w.ownType(r) {
		return fmt.Sprintf("%s.Set(%s)", w.ref(l), w.value(r))
	}
	t := w.temp()
	return fmt.Sprintf("{ %s := %s; %s.Set(%s) }", t, w.value(r), w.ref(l), t)
}

// ownType tells whether a variable declared with r has r's type: not so for untyped values.
func (w *writer) ownType(r ast.Expr) bool {
	if b, ok := ast.Unparen(r).(*ast.BinaryExpr); ok {
		return b.Op < token.EQL || b.Op > token.GEQ && b.Op != token.NEQ && b.Op != token.LEQ
	}
	b, ok := w.typeOf(r).(*types.Basic)
	return !ok || b.Info()&types.IsUntyped == 0
}

// unpack assigns the several results of one expression.
func (w *writer) unpack(x *ast.AssignStmt, simple bool) string {
	if simple {
		return w.assignFunc(x.Lhs, x) + "(" + w.value2(x.Rhs[0]) + ")"
	}
	var temps, sets []string
	for _, l := range x.Lhs {
		t := "_"
		if !isBlank(l) {
			t = w.temp()
		}
		temps = append(temps, t)
	}
	rhs := w.value(x.Rhs[0])
	if len(x.Lhs) == 2 {
		rhs = w.value2(x.Rhs[0])
	}
	for i, l := range x.Lhs {
		if !isBlank(l) {
			sets = append(sets, fmt.Sprintf("%s.Set(%s)", w.ref(l), temps[i]))
		}
	}
	return fmt.Sprintf("{ %s := %s; %s }", strings.Join(temps, ", "), rhs, strings.Join(sets, "; "))
}

// parallel is a, b = x, y: all places and values first, then the assignments.
func (w *writer) parallel(x *ast.AssignStmt) string {
	var values []string
	for _, r := range x.Rhs {
		values = append(values, w.value(r))
	}
	return w.assignFunc(x.Lhs, x) + "(" + strings.Join(values, ", ") + ")"
}

func (w *writer) assignFunc(places []ast.Expr, x ast.Node) string {
	if len(places) > 4 {
		return w.unsupported(x, "an assignment to more than four places")
	}
	var refs []string
	for _, l := range places {
		refs = append(refs, w.ref(l))
	}
	return fmt.Sprintf("slab__.Set%d(%s)", len(places), strings.Join(refs, ", "))
}

// define is :=. Variables among the new ones that exist already and are shared are assigned to.
func (w *writer) define(x *ast.AssignStmt, simple bool) string {
	var names, sets []string
	for _, l := range x.Lhs {
		name := w.verbatim(l)
		if !isBlank(l) && w.pkg.info.Defs[l.(*ast.Ident)] == nil && w.memory(l) && !simple {
			t := w.temp()
			sets = append(sets, fmt.Sprintf("%s.Set(%s)", w.ref(l), t))
			name = t
		}
		names = append(names, name)
	}
	parts := w.assigned(len(x.Lhs), x.Rhs)
	if len(sets) == 0 {
		return w.node(x, parts...)
	}
	parts = append(parts, part{x.Lhs[0].Pos(), x.Lhs[len(x.Lhs)-1].End(), strings.Join(names, ", ")})
	return w.node(x, parts...) + "; " + strings.Join(sets, "; ")
}

// update is l op= r. The Go compiler reads l after it has done the calls on the right.
func (w *writer) update(x *ast.AssignStmt, simple bool) string {
	l, r := x.Lhs[0], x.Rhs[0]
	if !w.tracked(l) {
		return w.node(x, append(w.values(r), at(l, w.place(l)))...)
	}
	op := (x.Tok - (token.ADD_ASSIGN - token.ADD)).String()
	if simple {
		if w.acts(l) {
			return w.unsupported(x, "an operation on a place that is found by a call, in the head of a statement")
		}
		return fmt.Sprintf("%s.Set(%s.Get() %s (%s))", w.ref(l), w.ref(l), op, w.value(r))
	}
	before, t := "", w.temp()
	rhs := w.value(r)
	if w.acts(r) && w.ownType(r) {
		v := w.temp()
		before, rhs = fmt.Sprintf("%s := %s; ", v, rhs), v
	}
	return fmt.Sprintf("{ %s%s := %s; %s.Set(%s.Get() %s (%s)) }", before, t, w.ref(l), t, t, op, rhs)
}
