package rewrite

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// call is a call. now says that it happens where it stands, and not later like a deferred one.
func (w *writer) call(x *ast.CallExpr, now bool) string {
	if w.isType(x.Fun) {
		return w.node(x, w.values(x.Args...)...)
	}
	if name := w.builtin(x); name != "" {
		return w.builtinCall(name, x)
	}
	if now {
		if text := w.dropInCall(x); text != "" {
			return text
		}
	}
	w.refuse(x)
	return w.node(x, append(w.values(x.Args...), w.values(x.Fun)...)...)
}

// dropInCall tells a drop-in's method where it is called, if the call is that simple; otherwise it finds out for itself.
func (w *writer) dropInCall(x *ast.CallExpr) string {
	sel, ok := ast.Unparen(x.Fun).(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	s := w.pkg.info.Selections[sel]
	if s == nil || s.Kind() != types.MethodVal || len(s.Index()) > 1 || !isDropIn(w.typeOf(sel.X)) {
		return ""
	}
	for _, arg := range x.Args {
		if w.acts(arg) {
			return ""
		}
	}
	on := w.receiver(sel, s)
	if !isPointer(w.typeOf(sel.X)) {
		on = "&" + on
	}
	args := w.node(x, append(w.values(x.Args...), at(x.Fun, ""))...)
	return fmt.Sprintf("slab__.On(%s, %s).%s%s", on, w.site(sel.Sel, sel.X), sel.Sel.Name, args)
}

// refuse notices calls of functions that would start goroutines the scheduler does not know.
func (w *writer) refuse(x *ast.CallExpr) {
	fun := ast.Unparen(x.Fun)
	if i, ok := fun.(*ast.IndexExpr); ok {
		fun = i.X
	}
	sel, ok := fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	f, ok := w.pkg.info.Uses[sel.Sel].(*types.Func)
	if ok && f.Pkg() != nil && f.Pkg().Path() == "iter" && strings.HasPrefix(f.Name(), "Pull") {
		w.unsupported(x, "iter."+f.Name())
	}
}

func (w *writer) builtinCall(name string, x *ast.CallExpr) string {
	v := func(i int) string { return w.value(x.Args[i]) }
	t := func(i int) types.Type { return core(w.typeOf(x.Args[i])) }
	switch name {
	case "close":
		return fmt.Sprintf("slab__.Close(%s, %s)", v(0), w.site(x, x.Args[0]))
	case "len":
		switch t(0).(type) {
		case *types.Chan:
			return fmt.Sprintf("slab__.ChanLen(%s, %s)", v(0), w.site(x, x.Args[0]))
		case *types.Map:
			return fmt.Sprintf("slab__.MapOf(%s).Len(%s)", v(0), w.site(x, x.Args[0]))
		}
	case "delete":
		return fmt.Sprintf("slab__.MapOf(%s).Delete(%s, %s)", v(0), v(1), w.site(x, x.Args[0]))
	case "clear":
		if isKind[*types.Map](w.typeOf(x.Args[0])) {
			return fmt.Sprintf("slab__.MapOf(%s).Clear(%s)", v(0), w.site(x, x.Args[0]))
		}
		return fmt.Sprintf("slab__.ClearSlice(%s, %s)", v(0), w.site(x, x.Args[0]))
	case "append":
		return w.appendCall(x)
	case "copy":
		if isKind[*types.Basic](w.typeOf(x.Args[1])) {
			return fmt.Sprintf("slab__.CopyString(%s, %s, %s)", v(0), v(1), w.site(x, x.Args[0]))
		}
		return fmt.Sprintf("slab__.Copy(%s, %s, %s)", v(0), v(1), w.site(x, x.Args[0]))
	case "make":
		made := w.node(x, w.values(x.Args[1:]...)...)
		if isKind[*types.Chan](w.typeOf(x.Args[0])) {
			return "slab__.Made(" + made + ")"
		}
		return made
	}
	return w.node(x, w.values(x.Args...)...)
}

func (w *writer) appendCall(x *ast.CallExpr) string {
	s := w.value(x.Args[0])
	_, isNil := w.typeOf(x.Args[0]).(*types.Basic)
	switch {
	case len(x.Args) == 1 || isNil:
		return w.node(x, w.values(x.Args...)...)
	case !x.Ellipsis.IsValid():
		first := fmt.Sprintf("slab__.Appending(%s, %d, %s)", s, len(x.Args)-1, w.site(x, x.Args[0]))
		return w.node(x, append(w.values(x.Args[1:]...), at(x.Args[0], first))...)
	case isKind[*types.Basic](w.typeOf(x.Args[1])):
		return fmt.Sprintf("slab__.AppendString(%s, %s, %s)", s, w.value(x.Args[1]), w.site(x, x.Args[0]))
	}
	return fmt.Sprintf("slab__.AppendAll(%s, %s, %s)", s, w.value(x.Args[1]), w.site(x, x.Args[0]))
}

// acts tells whether evaluating e calls or receives.
func (w *writer) acts(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			found = found || !w.isType(x.Fun) && w.builtin(x) == "" && w.over[x] == ""
		case *ast.UnaryExpr:
			found = found || x.Op.String() == "<-" && w.over[x] == ""
		}
		return !found
	})
	return found
}
