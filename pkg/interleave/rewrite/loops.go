package rewrite

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

func (w *writer) rangeStmt(x *ast.RangeStmt) string {
	wantsValue := x.Value != nil && !isBlank(x.Value)
	switch t := core(w.typeOf(x.X)).(type) {
	case *types.Chan:
		return w.iterate(x, "RangeChan", w.value(x.X), "r.Value()", "")
	case *types.Map:
		return w.iterate(x, "RangeMap", w.value(x.X), "r.Key()", "r.Value()")
	case *types.Slice:
		if wantsValue {
			return w.iterate(x, "RangeSlice", w.value(x.X), "r.Key()", "r.Value()")
		}
	case *types.Pointer:
		if wantsValue && isKind[*types.Array](t.Elem()) {
			return w.iterate(x, "RangeSlice", "("+w.value(x.X)+")[:]", "r.Key()", "r.Value()")
		}
	case *types.Array:
		if !wantsValue {
			return w.nativeRange(x, w.place(x.X))
		}
	}
	return w.nativeRange(x, w.value(x.X))
}

// iterate makes a three-part loop of a range statement, so that break, continue, goto and return mean what they meant.
func (w *writer) iterate(x *ast.RangeStmt, kind, over, key, value string) string {
	r := w.temp()
	var names, values []string
	for i, e := range []ast.Expr{x.Key, x.Value} {
		if form := []string{key, value}[i]; e != nil && !isBlank(e) {
			names = append(names, w.verbatim(e))
			values = append(values, strings.ReplaceAll(form, "r.", r+"."))
		}
	}
	declared := ""
	switch {
	case len(names) == 0:
	case x.Tok == token.DEFINE:
		declared = strings.Join(names, ", ") + " := " + strings.Join(values, ", ")
	default:
		declared = w.rangeAssign(x, strings.Replace(key, "r.", r+".", 1), strings.ReplaceAll(value, "r.", r+"."))
	}
	head := fmt.Sprintf("for %s := slab__.%s(%s, %s); %s.Next(); ", r, kind, over, w.site(x, x.X), r)
	return head + w.loopBody(x.Body, declared)
}

// nativeRange keeps a range statement; only assignments to shared variables are done inside.
func (w *writer) nativeRange(x *ast.RangeStmt, over string) string {
	tracked := x.Tok == token.ASSIGN && (x.Key != nil && !isBlank(x.Key) && w.tracked(x.Key) || x.Value != nil && !isBlank(x.Value) && w.tracked(x.Value))
	if !tracked {
		return w.node(x, at(x.X, over), at(x.Body, w.loopBody(x.Body, "")))
	}
	k, v := w.temp(), "_"
	names := k
	if x.Value != nil {
		v = w.temp()
		names += ", " + v
	}
	return fmt.Sprintf("for %s := range %s ", names, over) + w.loopBody(x.Body, "_ = "+k+"; "+w.rangeAssign(x, k, v))
}

// rangeAssign assigns the key and the value to what the range statement names.
func (w *writer) rangeAssign(x *ast.RangeStmt, key, value string) string {
	var sets []string
	for i, e := range []ast.Expr{x.Key, x.Value} {
		if e == nil || isBlank(e) {
			continue
		}
		v := []string{key, value}[i]
		if w.tracked(e) {
			sets = append(sets, fmt.Sprintf("%s.Set(%s)", w.ref(e), v))
		} else {
			sets = append(sets, w.place(e)+" = "+v)
		}
	}
	return strings.Join(sets, "; ")
}
