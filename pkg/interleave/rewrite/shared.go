package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
)

// sharing knows which variables more than one goroutine may reach while their value changes.
type sharing struct {
	packages map[*types.Package]bool // those being rewritten
	captured map[*types.Var]bool     // used in a function literal that does not declare them
	written  map[*types.Var]bool     // assigned after their declaration
	pointed  map[*types.Var]bool     // their address is taken
}

// has tells whether accesses to v must be instrumented.
func (s *sharing) has(v *types.Var) bool {
	if v == nil || v.IsField() || v.Pkg() == nil || !s.packages[v.Pkg()] {
		return false
	}
	global := v.Parent() == v.Pkg().Scope()
	return s.pointed[v] || s.written[v] && (global || s.captured[v])
}

func findShared(packages []*pkg) *sharing {
	s := &sharing{map[*types.Package]bool{}, map[*types.Var]bool{}, map[*types.Var]bool{}, map[*types.Var]bool{}}
	for _, p := range packages {
		s.packages[p.types] = true
	}
	for _, p := range packages {
		for _, file := range p.files {
			(&finder{sharing: s, info: p.info}).walk(file)
		}
	}
	return s
}

// finder walks one file and knows the function literals around it.
type finder struct {
	*sharing
	info     *types.Info
	literals []*ast.FuncLit
}

func (f *finder) walk(root ast.Node) {
	ast.Inspect(root, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.FuncLit:
			if n == root {
				return true
			}
			f.literals = append(f.literals, x)
			f.walk(x)
			f.literals = f.literals[:len(f.literals)-1]
			return false
		case *ast.Ident:
			f.use(x)
		case *ast.AssignStmt:
			for _, l := range x.Lhs {
				f.write(l)
			}
		case *ast.IncDecStmt:
			f.write(x.X)
		case *ast.RangeStmt:
			if x.Tok == token.ASSIGN {
				f.write(x.Key)
				f.write(x.Value)
			}
		case *ast.UnaryExpr:
			if x.Op == token.AND {
				f.point(x.X)
			}
		case *ast.SliceExpr:
			if _, ok := core(f.info.TypeOf(x.X)).(*types.Array); ok {
				f.point(x.X)
			}
		case *ast.SelectorExpr:
			f.method(x)
		}
		return true
	})
}

func (f *finder) use(id *ast.Ident) {
	v, ok := f.info.Uses[id].(*types.Var)
	if !ok || v.IsField() || len(f.literals) == 0 {
		return
	}
	inner := f.literals[len(f.literals)-1]
	if v.Pos() < inner.Pos() || v.Pos() >= inner.End() {
		f.captured[v] = true
	}
}

func (f *finder) write(e ast.Expr) {
	if v := f.root(e); v != nil {
		f.written[v] = true
	}
}

func (f *finder) point(e ast.Expr) {
	if v := f.root(e); v != nil {
		f.pointed[v] = true
	}
}

// method takes note of the address that a call of a pointer method takes. The drop-ins look after themselves.
func (f *finder) method(x *ast.SelectorExpr) {
	s := f.info.Selections[x]
	if s == nil || s.Kind() != types.MethodVal {
		return
	}
	recv := s.Obj().(*types.Func).Signature().Recv()
	if _, byPointer := recv.Type().(*types.Pointer); !byPointer || isPointer(f.info.TypeOf(x.X)) || isDropIn(recv.Type()) {
		return
	}
	f.point(x.X)
}

// root is the variable that the place e is part of; nil if a pointer, slice or map lies between.
func (f *finder) root(e ast.Expr) *types.Var {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			v, _ := f.info.Uses[x].(*types.Var)
			return v
		case *ast.ParenExpr:
			e = x.X
		case *ast.SelectorExpr:
			s := f.info.Selections[x]
			if s == nil {
				v, _ := f.info.Uses[x.Sel].(*types.Var)
				return v
			}
			if isPointer(f.info.TypeOf(x.X)) {
				return nil
			}
			e = x.X
		case *ast.IndexExpr:
			if _, ok := core(f.info.TypeOf(x.X)).(*types.Array); !ok {
				return nil
			}
			e = x.X
		default:
			return nil
		}
	}
}
