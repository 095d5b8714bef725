package policy

import (
	"go/ast"
	"go/token"
	"go/types"
)

// readState refuses the student's package-level variables that can change.
// changed are those of which a change was seen; of the others, the type decides.
func (c *checker) readState(changed map[*types.Var]token.Pos) {
	s := stateReader{checker: c, writtenFields: c.writtenFields(), seen: map[types.Type]bool{}}
	for _, file := range c.src.files {
		for _, decl := range file.Decls {
			d, ok := decl.(*ast.GenDecl)
			if !ok || d.Tok != token.VAR {
				continue
			}
			for _, spec := range d.Specs {
				s.readSpec(spec.(*ast.ValueSpec), changed)
			}
		}
	}
}

const keepInStruct = "every schedule starts afresh, and a package-level variable would carry it over to the next; keep it in a struct"

type stateReader struct {
	*checker
	writtenFields map[*types.Var]bool
	seen          map[types.Type]bool
}

func (s *stateReader) readSpec(spec *ast.ValueSpec, changed map[*types.Var]token.Pos) {
	for i, name := range spec.Names {
		v, ok := s.info.Defs[name].(*types.Var)
		if !ok || name.Name == "_" {
			continue
		}
		if at, ok := changed[v]; ok {
			p := s.src.fset.PositionFor(at, false)
			s.refuse(name.Pos(), RuleState, "%s is changed in %s:%d: %s", name.Name, p.Filename, p.Line, keepInStruct)
			continue
		}
		var value ast.Expr
		if len(spec.Values) == len(spec.Names) {
			value = ast.Unparen(spec.Values[i])
		}
		clear(s.seen)
		if !s.constant(v.Type(), value) {
			s.refuse(name.Pos(), RuleState, "%s can change (its type is %s): %s", name.Name,
				types.TypeString(v.Type(), types.RelativeTo(s.pkg)), keepInStruct)
		}
	}
}

// constant reports whether a variable that nothing assigns to keeps its value.
func (s *stateReader) constant(t types.Type, value ast.Expr) bool {
	switch t.Underlying().(type) {
	case *types.Signature:
		return value == nil || s.isPlainFunc(value)
	case *types.Interface:
		// An error, for errors.Is. What is in it must not change either.
		if !types.Identical(t, types.Universe.Lookup("error").Type()) {
			return false
		}
		if _, isCall := value.(*ast.CallExpr); value == nil || isCall {
			return true
		}
		inside := s.info.TypeOf(value)
		return inside != nil && (types.IsInterface(inside) || s.unchanging(inside))
	}
	return s.unchanging(t)
}

// isPlainFunc reports whether a value is a function without a state of its own: a
// declared one, or a literal, which up here can only capture other package-level
// variables.
func (s *stateReader) isPlainFunc(value ast.Expr) bool {
	switch value := value.(type) {
	case *ast.FuncLit:
		return true
	case *ast.Ident:
		_, ok := s.info.Uses[value].(*types.Func)
		return ok
	case *ast.SelectorExpr:
		_, ok := s.info.Uses[value.Sel].(*types.Func)
		return ok && s.info.Selections[value] == nil // of a package, not bound to a receiver
	}
	return false
}

// unchanging reports whether nothing that a value of this type holds changes
// unless it is written to: writes are watched, so numbers, texts, and tables of
// them are fine; locks, channels and what other packages keep inside are not.
func (s *stateReader) unchanging(t types.Type) bool {
	if s.seen[t] {
		return true
	}
	s.seen[t] = true
	if named, ok := types.Unalias(t).(*types.Named); ok && named.Obj().Pkg() != nil && named.Obj().Pkg() != s.pkg {
		_, basic := t.Underlying().(*types.Basic)
		return basic || named.Obj().Pkg().Path() == "time" && named.Obj().Name() == "Time"
	}
	switch t := t.Underlying().(type) {
	case *types.Basic:
		return true
	case *types.Array:
		return s.unchanging(t.Elem())
	case *types.Slice:
		return s.unchanging(t.Elem())
	case *types.Map:
		return s.unchanging(t.Key()) && s.unchanging(t.Elem())
	case *types.Interface:
		return types.Identical(t, types.Universe.Lookup("error").Type().Underlying())
	case *types.Pointer:
		_, isStruct := t.Elem().Underlying().(*types.Struct)
		return isStruct && s.unchanging(t.Elem())
	case *types.Struct:
		for f := range t.Fields() {
			if s.writtenFields[f.Origin()] || !s.unchanging(f.Type()) {
				return false
			}
		}
		return true
	}
	return false
}

// writtenFields are the fields that the source changes anywhere: behind a pointer,
// it may be any value's.
func (c *checker) writtenFields() map[*types.Var]bool {
	fields := map[*types.Var]bool{}
	c.writes(func(_ token.Pos, v *types.Var, _ bool) {
		if v.IsField() {
			fields[v] = true
		}
	})
	return fields
}
