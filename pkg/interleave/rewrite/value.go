package rewrite

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// value is e, read.
func (w *writer) value(e ast.Expr) string {
	if e == nil {
		return ""
	}
	if name, ok := w.over[e]; ok {
		return name
	}
	if tv, ok := w.pkg.info.Types[e]; ok && (tv.Value != nil || tv.IsType()) {
		return w.verbatim(e)
	}
	if w.memory(e) {
		return w.load(e)
	}
	switch x := e.(type) {
	case *ast.ParenExpr:
		return w.node(x, w.values(x.X)...)
	case *ast.FuncLit:
		return w.node(x, at(x.Body, w.block(x.Body)))
	case *ast.CompositeLit:
		return w.composite(x)
	case *ast.SelectorExpr:
		return w.selector(x)
	case *ast.IndexExpr:
		return w.index(x)
	case *ast.UnaryExpr:
		return w.unary(x)
	case *ast.BinaryExpr:
		return w.node(x, w.values(x.X, x.Y)...)
	case *ast.CallExpr:
		return w.call(x, true)
	case *ast.SliceExpr:
		return w.slice(x)
	case *ast.TypeAssertExpr:
		return w.node(x, w.values(x.X)...)
	}
	return w.verbatim(e)
}

// load reads memory that others may reach.
func (w *writer) load(e ast.Expr) string {
	if p, ok := e.(*ast.ParenExpr); ok {
		return w.node(p, w.values(p.X)...)
	}
	if star, ok := e.(*ast.StarExpr); ok {
		return fmt.Sprintf("slab__.Load(%s, %s)", w.value(star.X), w.site(e, e))
	}
	return fmt.Sprintf("slab__.Load(&%s, %s)", w.place(e), w.site(e, e))
}

// place is e as something that has an address; what leads to it is read, it is not.
func (w *writer) place(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.ParenExpr:
		return w.node(x, at(x.X, w.place(x.X)))
	case *ast.StarExpr:
		return w.node(x, w.values(x.X)...)
	case *ast.SelectorExpr:
		s := w.pkg.info.Selections[x]
		if s == nil {
			return w.verbatim(x)
		}
		if isPointer(w.typeOf(x.X)) {
			return w.node(x, w.values(x.X)...)
		}
		return w.node(x, at(x.X, w.place(x.X)))
	case *ast.IndexExpr:
		if isKind[*types.Array](w.typeOf(x.X)) {
			return w.node(x, append(w.values(x.Index), at(x.X, w.place(x.X)))...)
		}
		return w.node(x, w.values(x.X, x.Index)...)
	case *ast.Ident:
		return x.Name
	}
	return w.value(e)
}

func (w *writer) composite(x *ast.CompositeLit) string {
	if text := w.mapLiteral(x); text != "" {
		return text
	}
	var parts []part
	_, isStruct := core(w.literalType(x)).(*types.Struct)
	for _, element := range x.Elts {
		kv, ok := element.(*ast.KeyValueExpr)
		if !ok {
			parts = append(parts, w.values(element)...)
			continue
		}
		if !isStruct {
			parts = append(parts, w.values(kv.Key)...)
		}
		parts = append(parts, w.values(kv.Value)...)
	}
	return w.node(x, parts...)
}

// mapLiteral builds a map entry by entry if its keys have no order but that of their insertion.
func (w *writer) mapLiteral(x *ast.CompositeLit) string {
	m, ok := core(w.literalType(x)).(*types.Map)
	if !ok || x.Type == nil || len(x.Elts) == 0 || hasOrder(m.Key()) {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "slab__.Literal(%s{})", w.verbatim(x.Type))
	for _, element := range x.Elts {
		kv := element.(*ast.KeyValueExpr)
		for _, e := range []ast.Expr{kv.Key, kv.Value} {
			if lit, ok := e.(*ast.CompositeLit); ok && lit.Type == nil {
				return ""
			}
		}
		fmt.Fprintf(&b, ".Put(%s, %s)", w.value(kv.Key), w.value(kv.Value))
	}
	return b.String() + ".M()"
}

// literalType is the type of a composite literal; an element written without its type may stand for a pointer to one.
func (w *writer) literalType(x *ast.CompositeLit) types.Type {
	t := w.typeOf(x)
	if p, ok := core(t).(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}

func (w *writer) selector(x *ast.SelectorExpr) string {
	s := w.pkg.info.Selections[x]
	switch {
	case s == nil || s.Kind() == types.MethodExpr:
		return w.verbatim(x)
	case s.Kind() == types.MethodVal:
		return w.receiver(x, s) + "." + x.Sel.Name
	}
	return w.node(x, w.values(x.X)...)
}

// receiver is the operand of a method call: its address where the method wants it, what the method reads where it gets a copy.
func (w *writer) receiver(x *ast.SelectorExpr, s *types.Selection) string {
	t := w.typeOf(x.X)
	_, byPointer := s.Obj().(*types.Func).Signature().Recv().Type().(*types.Pointer)
	switch {
	case types.IsInterface(t):
		return w.value(x.X)
	case byPointer && isPointer(t):
		return w.value(x.X)
	case byPointer && (w.addressable(x.X) || w.memory(x.X)):
		return w.place(x.X)
	case byPointer:
		return w.value(x.X)
	case len(s.Index()) > 1:
		return w.promoted(x, s)
	case isPointer(t):
		return fmt.Sprintf("slab__.Load(%s, %s)", w.value(x.X), w.site(x, x.X))
	}
	return w.value(x.X)
}

// promoted is the embedded field whose method is called: only it is read, not the whole struct around it.
func (w *writer) promoted(x *ast.SelectorExpr, s *types.Selection) string {
	base, t := "", w.typeOf(x.X)
	shared := isPointer(t) || w.memory(x.X)
	if isPointer(t) || !w.addressable(x.X) {
		base = w.value(x.X)
	} else {
		base = w.place(x.X)
	}
	for _, i := range s.Index()[:len(s.Index())-1] {
		if p, ok := core(t).(*types.Pointer); ok {
			t, shared = p.Elem(), true
		}
		st, ok := core(t).(*types.Struct)
		if !ok || !st.Field(i).Exported() && st.Field(i).Pkg() != w.pkg.types {
			return base
		}
		base, t = base+"."+st.Field(i).Name(), st.Field(i).Type()
	}
	if shared && !(isDropIn(t) && !isPointer(t)) {
		return fmt.Sprintf("slab__.Load(&%s, %s)", base, w.site(x, x.X))
	}
	return base
}

func (w *writer) index(x *ast.IndexExpr) string {
	if w.isMapEntry(x) {
		return fmt.Sprintf("slab__.MapOf(%s).Get(%s, %s)", w.value(x.X), w.value(x.Index), w.site(x, x))
	}
	if w.isType(x.Index) {
		return w.verbatim(x) // a function, instantiated
	}
	return w.node(x, w.values(x.X, x.Index)...)
}

func (w *writer) unary(x *ast.UnaryExpr) string {
	switch x.Op {
	case token.ARROW:
		return fmt.Sprintf("slab__.From(%s).Recv(%s)", w.value(x.X), w.site(x, x.X))
	case token.AND:
		if _, literal := ast.Unparen(x.X).(*ast.CompositeLit); !literal {
			return w.node(x, at(x.X, w.place(x.X)))
		}
	}
	return w.node(x, w.values(x.X)...)
}

func (w *writer) slice(x *ast.SliceExpr) string {
	parts := w.values(x.Low, x.High, x.Max)
	if isKind[*types.Array](w.typeOf(x.X)) {
		return w.node(x, append(parts, at(x.X, w.place(x.X)))...)
	}
	return w.node(x, append(parts, w.values(x.X)...)...)
}
