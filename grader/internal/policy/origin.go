package policy

import (
	"go/ast"
	"go/token"
	"go/types"
)

// origins walks an operand down to the variables it lies in or is reached
// through. For s.client.Timeout these are the field client and the variable s;
// through says whether a pointer, slice, map or interface lies between: then a
// change of the operand is no change of the variable, but of what it refers to.
func (c *checker) origins(e ast.Expr, through bool, visit func(v *types.Var, through bool)) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		c.origins(e.X, through, visit)
	case *ast.Ident:
		if v, ok := c.object(e).(*types.Var); ok {
			visit(v, through)
		}
	case *ast.StarExpr:
		c.origins(e.X, true, visit)
	case *ast.TypeAssertExpr:
		c.origins(e.X, through, visit)
	case *ast.IndexExpr:
		c.origins(e.X, through || !c.isArray(e.X), visit)
	case *ast.SliceExpr:
		c.origins(e.X, through || !c.isArray(e.X), visit)
	case *ast.SelectorExpr:
		c.selectorOrigins(e, through, visit)
	case *ast.CallExpr:
		if c.info.Types[e.Fun].IsType() && len(e.Args) == 1 { // a conversion
			c.origins(e.Args[0], through, visit)
		}
	}
}

func (c *checker) selectorOrigins(e *ast.SelectorExpr, through bool, visit func(*types.Var, bool)) {
	selection := c.info.Selections[e]
	if selection == nil { // pkg.Name
		if v, ok := c.info.Uses[e.Sel].(*types.Var); ok {
			visit(v, through)
		}
		return
	}
	if selection.Kind() != types.FieldVal {
		return
	}
	visit(selection.Obj().(*types.Var).Origin(), through)
	c.origins(e.X, through || selection.Indirect(), visit)
}

func (c *checker) object(ident *ast.Ident) types.Object {
	if obj := c.info.Uses[ident]; obj != nil {
		return obj
	}
	return c.info.Defs[ident]
}

func (c *checker) isArray(e ast.Expr) bool {
	t := c.info.TypeOf(e)
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Array)
	return ok
}

// writes calls visit for every variable that the source changes, or of which it
// takes the address, which is as good. at is where.
func (c *checker) writes(visit func(at token.Pos, v *types.Var, through bool)) {
	for _, file := range c.src.files {
		ast.Inspect(file, func(n ast.Node) bool {
			for _, w := range c.written(n) {
				c.origins(w.operand, w.inside, func(v *types.Var, through bool) { visit(n.Pos(), v, through) })
			}
			return true
		})
	}
}

// operand is an expression that is written to; inside says that it is what the
// expression refers to that changes.
type operand struct {
	operand ast.Expr
	inside  bool
}

// written are the operands that this very node changes.
func (c *checker) written(n ast.Node) []operand {
	var all []operand
	add := func(inside bool, es ...ast.Expr) {
		for _, e := range es {
			if e != nil {
				all = append(all, operand{e, inside})
			}
		}
	}
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			add(false, n.Lhs...)
		}
	case *ast.IncDecStmt:
		add(false, n.X)
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			add(false, n.Key, n.Value)
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			add(false, n.X)
		}
	case *ast.SendStmt:
		add(true, n.Chan)
	case *ast.SliceExpr:
		if c.isArray(n.X) {
			add(false, n.X)
		}
	case *ast.SelectorExpr:
		if c.takesAddress(n) {
			add(false, n.X)
		}
	case *ast.CallExpr:
		if c.changesFirstArgument(n) {
			add(true, n.Args[0])
		}
	}
	return all
}

// takesAddress reports whether x.Method has a pointer receiver and x is none:
// then x's address is taken without an ampersand.
func (c *checker) takesAddress(e *ast.SelectorExpr) bool {
	selection := c.info.Selections[e]
	if selection == nil || selection.Kind() != types.MethodVal {
		return false
	}
	recv := selection.Obj().(*types.Func).Signature().Recv()
	if recv == nil || !isPointer(recv.Type()) || isPointer(selection.Recv()) {
		return false
	}
	// A method promoted through an embedded pointer takes that pointer.
	at := selection.Recv()
	for _, i := range selection.Index()[:len(selection.Index())-1] {
		s, ok := at.Underlying().(*types.Struct)
		if !ok {
			return false
		}
		if at = s.Field(i).Type(); isPointer(at) {
			return false
		}
	}
	return true
}

func isPointer(t types.Type) bool {
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}

// changesFirstArgument reports whether a call is of a built-in function that does.
func (c *checker) changesFirstArgument(call *ast.CallExpr) bool {
	ident, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok || len(call.Args) == 0 {
		return false
	}
	builtin, ok := c.info.Uses[ident].(*types.Builtin)
	if !ok {
		return false
	}
	switch builtin.Name() {
	case "append", "clear", "close", "copy", "delete":
		return true
	}
	return false
}
