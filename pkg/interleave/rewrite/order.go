package rewrite

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// The language leaves open whether x + f() reads x before or after it calls f. The Go compiler reads variables, fields, elements
// and map entries after all calls and receives of the statement, and programs have come to rely on it (total += <-results). An
// instrumented read is a call itself; so here the calls that stand behind such a read are done first, into temporaries.

// early returns the calls and receives of a statement's expressions that must be done before the statement, in order.
func (w *writer) early(list ...ast.Expr) []ast.Expr {
	o := &order{w: w, firstRead: -1}
	for _, e := range list {
		o.visit(e, true)
	}
	last := -1
	for i, act := range o.acts {
		if act.hoistable && act.readBefore {
			last = i
		}
	}
	if last < 0 {
		return nil
	}
	var early []ast.Expr
	for _, act := range o.acts[:last+1] {
		if act.hoistable && !containsLater(act.e, o.acts[last].e) {
			early = append(early, act.e)
		}
	}
	return early
}

// containsLater tells whether outer is around a different inner expression.
func containsLater(outer, inner ast.Expr) bool {
	return outer != inner && outer.Pos() <= inner.Pos() && inner.End() <= outer.End()
}

// order collects what an expression does in the order of its evaluation.
type order struct {
	w         *writer
	acts      []act
	reads     int
	firstRead int
}

type act struct {
	e          ast.Expr
	readBefore bool // a read that is not part of e stands before it
	hoistable  bool
}

// visit notes the reads and acts of e; certain says that e is evaluated for sure.
func (o *order) visit(e ast.Expr, certain bool) {
	w := o.w
	if e == nil || w.isType(e) || w.pkg.info.Types[e].Value != nil {
		return
	}
	if w.memory(e) || w.isMapEntry(e) {
		o.children(e, certain)
		o.reads++
		return
	}
	switch x := e.(type) {
	case *ast.FuncLit:
	case *ast.BinaryExpr:
		o.visit(x.X, certain)
		o.visit(x.Y, certain && x.Op != token.LAND && x.Op != token.LOR)
	case *ast.UnaryExpr:
		before := o.reads
		o.visit(x.X, certain)
		if x.Op == token.ARROW {
			o.acts = append(o.acts, act{x, before > 0, certain})
		}
	case *ast.CallExpr:
		before := o.reads
		o.children(x, certain)
		if !w.isType(x.Fun) && w.builtin(x) == "" {
			_, tuple := w.typeOf(x).(*types.Tuple)
			o.acts = append(o.acts, act{x, before > 0, certain && !tuple})
		}
	default:
		o.children(e, certain)
	}
}

// children visits the operands of e.
func (o *order) children(e ast.Expr, certain bool) {
	switch x := e.(type) {
	case *ast.ParenExpr:
		o.visit(x.X, certain)
	case *ast.SelectorExpr:
		if o.w.pkg.info.Selections[x] != nil {
			o.visit(x.X, certain)
		}
	case *ast.IndexExpr:
		o.visit(x.X, certain)
		o.visit(x.Index, certain)
	case *ast.StarExpr:
		o.visit(x.X, certain)
	case *ast.SliceExpr:
		for _, c := range []ast.Expr{x.X, x.Low, x.High, x.Max} {
			o.visit(c, certain)
		}
	case *ast.TypeAssertExpr:
		o.visit(x.X, certain)
	case *ast.CallExpr:
		o.visit(x.Fun, certain)
		for _, a := range x.Args {
			o.visit(a, certain)
		}
	case *ast.CompositeLit:
		for _, element := range x.Elts {
			if kv, ok := element.(*ast.KeyValueExpr); ok {
				element = kv.Value
			}
			o.visit(element, certain)
		}
	}
}

// hoisted declares temporaries for early acts; until restore is called their uses are replaced.
func (w *writer) hoisted(early []ast.Expr) (text string, restore func()) {
	var b strings.Builder
	for _, e := range early {
		name := w.temp()
		fmt.Fprintf(&b, "%s := %s; ", name, w.value(e))
		w.over[e] = name
	}
	return b.String(), func() {
		for _, e := range early {
			delete(w.over, e)
		}
	}
}

// condition is a boolean expression in which early acts come first.
func (w *writer) condition(e ast.Expr) string {
	if e == nil {
		return ""
	}
	early := w.early(e)
	if len(early) == 0 {
		return w.value(e)
	}
	text, restore := w.hoisted(early)
	defer restore()
	return fmt.Sprintf("func() bool { %sreturn bool(%s) }()", text, w.value(e))
}
