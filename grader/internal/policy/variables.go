package policy

import (
	"go/ast"
	"go/token"
	"go/types"
)

// owner says whose a package-level variable is.
type owner int

const (
	nobody  owner = iota // no package-level variable
	foreign              // another package's
	given                // of the kit's files in this package
	own                  // the student's
)

func (c *checker) ownerOf(v *types.Var) owner {
	switch {
	case v.Pkg() == nil || v.IsField() || v.Parent() != v.Pkg().Scope():
		return nobody
	case v.Pkg() != c.pkg:
		return foreign
	case c.ofStudent(v.Pos()):
		return own
	}
	return given
}

// readVariables finds what changes a variable that is not to be changed.
//
// A change may take a detour: c := http.DefaultClient; c.Timeout = 1. So the
// variables, parameters and fields that may hold a reference into a package-level
// variable are found first, without regard to the order of statements.
func (c *checker) readVariables() {
	refs := c.references()
	changed := map[*types.Var]token.Pos{} // the student's own, and where first
	report := func(at token.Pos, v *types.Var) {
		switch c.ownerOf(v) {
		case foreign:
			c.refuse(at, RuleForeign, "%s.%s belongs to package %s and must stay as it is; work on a variable or a copy of your own",
				v.Pkg().Name(), v.Name(), v.Pkg().Path())
		case given:
			c.refuse(at, RuleGiven, "%s is given with the lab and must stay as it is; work on a variable or a copy of your own", v.Name())
		case own:
			if first, ok := changed[v]; !ok || at < first {
				changed[v] = at
			}
		}
	}
	c.writes(func(at token.Pos, v *types.Var, through bool) {
		if c.ownerOf(v) != nobody {
			report(at, v)
		} else if through {
			for _, target := range refs[v] {
				report(at, target)
			}
		}
	})
	if c.rules.NoState {
		c.readState(changed)
	}
}

// references maps a variable, parameter or field to the package-level variables
// into which it may refer.
func (c *checker) references() map[*types.Var][]*types.Var {
	next := map[*types.Var][]*types.Var{} // from → to, for each value that is stored
	var sources []*types.Var              // package-level, in the order of the source
	flow := func(to *types.Var, from ast.Expr) {
		if c.ownerOf(to) != nobody {
			return
		}
		for _, v := range c.sharedBy(from) {
			if next[v] == nil && c.ownerOf(v) != nobody {
				sources = append(sources, v)
			}
			next[v] = append(next[v], to)
		}
	}
	for _, file := range c.src.files {
		ast.Inspect(file, func(n ast.Node) bool {
			c.flows(n, flow)
			return true
		})
	}
	refs := map[*types.Var][]*types.Var{}
	for _, source := range sources {
		for v := range reachable(source, next) {
			refs[v] = append(refs[v], source)
		}
	}
	return refs
}

// reachable are the variables that next leads to.
func reachable(from *types.Var, next map[*types.Var][]*types.Var) map[*types.Var]bool {
	seen := map[*types.Var]bool{}
	for todo := []*types.Var{from}; len(todo) > 0; {
		v := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, to := range next[v] {
			if !seen[to] {
				seen[to] = true
				todo = append(todo, to)
			}
		}
	}
	return seen
}

// sharedBy are the variables with which the value of an expression may share
// memory.
func (c *checker) sharedBy(e ast.Expr) []*types.Var {
	t := c.info.TypeOf(e)
	if tuple, ok := t.(*types.Tuple); ok && tuple.Len() > 0 {
		t = tuple.At(0).Type() // v, ok := x.(T)
	}
	if t == nil || !isReference(t) {
		return nil
	}
	var all []*types.Var
	c.origins(e, false, func(v *types.Var, _ bool) { all = append(all, v) })
	return all
}

func isReference(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Slice, *types.Map, *types.Chan, *types.Interface:
		return true
	}
	return false
}

// flows calls flow for every value that this very node stores in a variable, a
// parameter or a field.
func (c *checker) flows(n ast.Node, flow func(to *types.Var, from ast.Expr)) {
	store := func(to, from ast.Expr) {
		if v := c.target(to); v != nil {
			flow(v, from)
		}
	}
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, to := range n.Lhs {
			if len(n.Rhs) == len(n.Lhs) || i == 0 { // v, ok := x.(T) stores x in the first
				store(to, n.Rhs[i])
			}
		}
	case *ast.ValueSpec:
		for i, to := range n.Names {
			if i < len(n.Values) {
				store(to, n.Values[i])
			}
		}
	case *ast.RangeStmt:
		if n.Value != nil {
			c.rangeFlow(n, flow)
		}
	case *ast.TypeSwitchStmt:
		c.typeSwitchFlow(n, flow)
	case *ast.CompositeLit:
		c.literalFlow(n, flow)
	case *ast.CallExpr:
		c.callFlow(n, flow)
	}
}

// target is the variable or the field that an expression names, nil for others.
func (c *checker) target(e ast.Expr) *types.Var {
	var obj types.Object
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		obj = c.object(e)
	case *ast.SelectorExpr:
		obj = c.info.Uses[e.Sel]
	}
	v, ok := obj.(*types.Var)
	if !ok {
		return nil
	}
	return v.Origin()
}

// rangeFlow: the second variable holds an element of what is ranged over.
func (c *checker) rangeFlow(n *ast.RangeStmt, flow func(*types.Var, ast.Expr)) {
	v := c.target(n.Value)
	if v != nil && isReference(v.Type()) {
		flow(v, n.X)
	}
}

// typeSwitchFlow: switch y := x.(type) declares one y for each clause.
func (c *checker) typeSwitchFlow(n *ast.TypeSwitchStmt, flow func(*types.Var, ast.Expr)) {
	assign, ok := n.Assign.(*ast.AssignStmt)
	if !ok {
		return
	}
	x, ok := ast.Unparen(assign.Rhs[0]).(*ast.TypeAssertExpr)
	if !ok {
		return
	}
	for _, clause := range n.Body.List {
		if v, ok := c.info.Implicits[clause].(*types.Var); ok {
			flow(v, x.X)
		}
	}
}

// literalFlow: the elements of a struct literal are stored in fields.
func (c *checker) literalFlow(n *ast.CompositeLit, flow func(*types.Var, ast.Expr)) {
	t := c.info.TypeOf(n)
	if t == nil {
		return
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return
	}
	for i, element := range n.Elts {
		if kv, ok := element.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok {
				if field, ok := c.info.Uses[key].(*types.Var); ok {
					flow(field.Origin(), kv.Value)
				}
			}
		} else if i < s.NumFields() {
			flow(s.Field(i).Origin(), element)
		}
	}
}

// callFlow: arguments are stored in the parameters of a function whose name is
// called. What a function returns is not followed.
func (c *checker) callFlow(n *ast.CallExpr, flow func(*types.Var, ast.Expr)) {
	var ident *ast.Ident
	switch f := ast.Unparen(n.Fun).(type) {
	case *ast.Ident:
		ident = f
	case *ast.SelectorExpr:
		ident = f.Sel
	default:
		return
	}
	function, ok := c.info.Uses[ident].(*types.Func)
	if !ok || function.Pkg() != c.pkg {
		return
	}
	params := function.Origin().Signature().Params()
	for i, arg := range n.Args {
		if i < params.Len() && !(function.Signature().Variadic() && i >= params.Len()-1) {
			flow(params.At(i), arg)
		}
	}
}
