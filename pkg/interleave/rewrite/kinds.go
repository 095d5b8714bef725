package rewrite

import (
	"go/ast"
	"go/types"
)

// core is the type that decides what can be done with a value: the underlying one, or that which all types of a type parameter's
// constraint have in common.
func core(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	p, ok := types.Unalias(t).(*types.TypeParam)
	if !ok {
		return t.Underlying()
	}
	var common types.Type
	terms := 0
	var visit func(t types.Type) bool
	visit = func(t types.Type) bool {
		switch u := t.(type) {
		case *types.Union:
			for i := range u.Len() {
				if !visit(u.Term(i).Type()) {
					return false
				}
			}
			return true
		case *types.Interface:
			for i := range u.NumEmbeddeds() {
				if !visit(u.EmbeddedType(i)) {
					return false
				}
			}
			return true
		}
		if inner, ok := t.Underlying().(*types.Interface); ok {
			return visit(inner)
		}
		terms++
		if common == nil || sameShape(common, t.Underlying()) {
			common = t.Underlying()
			return true
		}
		return false
	}
	if !visit(p.Constraint().Underlying()) || terms == 0 {
		return t.Underlying()
	}
	return common
}

// sameShape ignores the direction of channels.
func sameShape(a, b types.Type) bool {
	c, ok := a.(*types.Chan)
	d, both := b.(*types.Chan)
	if ok && both {
		return types.Identical(c.Elem(), d.Elem())
	}
	return types.Identical(a, b)
}

func isKind[T types.Type](t types.Type) bool {
	_, ok := core(t).(T)
	return ok
}

func isPointer(t types.Type) bool { return isKind[*types.Pointer](t) }

// isDropIn tells whether t is, or points to, a struct of a package that has a drop-in. Its own code looks after its memory.
func isDropIn(t types.Type) bool {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return false
	}
	switch named.Obj().Pkg().Path() {
	case "sync", "sync/atomic":
		return isKind[*types.Struct](named)
	case "time":
		return named.Obj().Name() == "Timer" || named.Obj().Name() == "Ticker"
	}
	return false
}

func (w *writer) typeOf(e ast.Expr) types.Type { return w.pkg.info.TypeOf(e) }

func (w *writer) isType(e ast.Expr) bool { return w.pkg.info.Types[e].IsType() }

// builtin is the name of the builtin function that a call calls, or "".
func (w *writer) builtin(call *ast.CallExpr) string {
	if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok {
		if _, ok := w.pkg.info.Uses[id].(*types.Builtin); ok {
			return id.Name
		}
	}
	return ""
}

// memory tells whether e is a variable, or a part of one, that other goroutines may reach.
func (w *writer) memory(e ast.Expr) bool {
	if t := w.typeOf(e); t == nil || isDropIn(t) && !isPointer(t) {
		return false
	}
	switch x := e.(type) {
	case *ast.Ident:
		v, _ := w.pkg.info.Uses[x].(*types.Var)
		return w.pkg.shared.has(v)
	case *ast.ParenExpr:
		return w.memory(x.X)
	case *ast.StarExpr:
		return !w.isType(x)
	case *ast.SelectorExpr:
		s := w.pkg.info.Selections[x]
		if s == nil {
			v, _ := w.pkg.info.Uses[x.Sel].(*types.Var)
			return w.pkg.shared.has(v)
		}
		return s.Kind() == types.FieldVal && (isPointer(w.typeOf(x.X)) || s.Indirect() && w.addressable(x.X) || w.memory(x.X))
	case *ast.IndexExpr:
		switch t := core(w.typeOf(x.X)).(type) {
		case *types.Slice:
			return true
		case *types.Pointer:
			return isKind[*types.Array](t.Elem())
		case *types.Array:
			return w.memory(x.X)
		}
	}
	return false
}

func (w *writer) addressable(e ast.Expr) bool { return w.pkg.info.Types[e].Addressable() }

// isMapEntry tells whether e is m[k].
func (w *writer) isMapEntry(e ast.Expr) bool {
	x, ok := ast.Unparen(e).(*ast.IndexExpr)
	return ok && isKind[*types.Map](w.typeOf(x.X))
}

func isBlank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
}

// hasOrder tells whether values of type t can be put in order whatever they are.
func hasOrder(t types.Type) bool {
	switch u := core(t).(type) {
	case *types.Basic:
		return true
	case *types.Array:
		return hasOrder(u.Elem())
	case *types.Struct:
		for i := range u.NumFields() {
			if !hasOrder(u.Field(i).Type()) {
				return false
			}
		}
		return true
	}
	return false
}
