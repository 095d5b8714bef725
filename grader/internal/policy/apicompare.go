package policy

import (
	"bytes"
	"go/ast"
	"go/printer"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// compareAPI holds the subject to the interface that the lab asks for.
func (c *checker) compareAPI() {
	var wrongTypes []string // whose methods need no complaint of their own
	for _, w := range c.wants {
		if w.recv != "" && slices.Contains(wrongTypes, w.recv) {
			continue
		}
		have, fits := c.matches(w)
		switch {
		case fits:
			continue
		case have == nil:
			c.missing(w)
		case !c.isBroken(have):
			c.mismatch(w, have)
		}
		if w.recv == "" {
			wrongTypes = append(wrongTypes, w.name)
		} else if have != nil && len(w.problems) > 0 {
			wrongTypes = append(wrongTypes, w.recv)
		}
	}
}

// matches finds what the subject has under the name, nil for nothing, and whether
// it is what is wanted. For a method of a type that is not there or quite
// different, what it has is the type.
func (c *checker) matches(w want) (have types.Object, fits bool) {
	if w.recv != "" {
		return c.matchesMethod(w)
	}
	have = c.pkg.Scope().Lookup(w.name)
	asked := c.info.Defs[w.ident]
	if have == nil || asked == nil || len(w.problems) > 0 {
		return have, false
	}
	switch asked := asked.(type) {
	case *types.TypeName:
		return have, matchesType(w, asked, have)
	case *types.Const:
		k, ok := have.(*types.Const)
		return have, ok && types.Identical(asked.Type(), k.Type()) && asked.Val().ExactString() == k.Val().ExactString()
	case *types.Var:
		_, ok := have.(*types.Var)
		return have, ok && types.Identical(asked.Type(), have.Type())
	case *types.Func:
		_, ok := have.(*types.Func)
		return have, ok && types.Identical(asked.Type(), have.Type())
	}
	return have, false
}

func (c *checker) matchesMethod(w want) (have types.Object, fits bool) {
	base := c.pkg.Scope().Lookup(w.recv)
	if base == nil {
		return nil, false
	}
	if _, ok := base.(*types.TypeName); !ok || len(w.problems) > 0 {
		return base, false
	}
	// Every declaration of a method has its own type parameters. In the type
	// instantiated with its own, all methods speak of the same.
	typ := selfInstance(types.Unalias(base.Type()))
	asked, _, _ := types.LookupFieldOrMethod(types.NewPointer(typ), true, c.pkg, w.ident.Name)
	have, _, _ = types.LookupFieldOrMethod(types.NewPointer(typ), true, c.pkg, w.name)
	method, ok := have.(*types.Func)
	if asked == nil || !ok {
		return have, false
	}
	if w.byValue && types.NewMethodSet(typ).Lookup(c.pkg, w.name) == nil {
		return have, false
	}
	return have, types.Identical(asked.Type(), method.Type())
}

func selfInstance(t types.Type) types.Type {
	named, ok := t.(*types.Named)
	if !ok || named.TypeParams().Len() == 0 || named.TypeArgs().Len() > 0 {
		return t
	}
	inst, err := types.Instantiate(nil, named, parameters(named), false)
	if err != nil {
		return t
	}
	return inst
}

func parameters(t types.Type) []types.Type {
	var all []types.Type
	if named, ok := t.(*types.Named); ok {
		for p := range named.TypeParams().TypeParams() {
			all = append(all, p)
		}
	}
	return all
}

// matchesType compares types by what the suite can do with them: every
// instantiation that was asked for is possible, and the inside is what was asked.
func matchesType(w want, asked *types.TypeName, have types.Object) bool {
	name, ok := have.(*types.TypeName)
	if !ok {
		return false
	}
	haveType := types.Unalias(name.Type())
	askedParams, haveParams := parameters(asked.Type()), parameters(haveType)
	if len(askedParams) != len(haveParams) {
		return false
	}
	if asked.IsAlias() {
		return types.Identical(types.Unalias(asked.Type()), haveType)
	}
	askedType := asked.Type()
	if len(askedParams) > 0 {
		if _, err := types.Instantiate(nil, haveType, askedParams, true); err != nil {
			return false
		}
		inst, err := types.Instantiate(nil, askedType, haveParams, false)
		if err != nil {
			return false
		}
		askedType = inst
	}
	if w.anyType {
		return true
	}
	if s, ok := askedType.Underlying().(*types.Struct); ok {
		return hasFields(haveType, s)
	}
	return types.Identical(askedType.Underlying(), haveType.Underlying())
}

// hasFields reports whether a type is a struct with at least the asked fields.
func hasFields(have types.Type, asked *types.Struct) bool {
	s, ok := have.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for f := range asked.Fields() {
		at := slices.IndexFunc(slices.Collect(s.Fields()), func(h *types.Var) bool { return h.Name() == f.Name() })
		if at < 0 || !types.Identical(s.Field(at).Type(), f.Type()) {
			return false
		}
	}
	return true
}

// isBroken reports whether a declaration has errors of its own: those are said
// already, and comparing it would only repeat them.
func (c *checker) isBroken(have types.Object) bool {
	return strings.Contains(types.ObjectString(have, nil), "invalid type")
}

// missing complains at the package clause of the first file.
func (c *checker) missing(w want) {
	p := c.src.fset.PositionFor(c.src.files[0].Package, false)
	c.findings.Errors = append(c.findings.Errors, BuildError{File: p.Filename, Line: p.Line, Column: p.Column,
		Message: "want " + w.text + ", and it is missing", Want: w.text})
}

func (c *checker) mismatch(w want, have types.Object) {
	p := c.src.fset.PositionFor(have.Pos(), false)
	text := c.declaration(have, w)
	message := "want " + w.text + ", have " + text
	if len(w.problems) > 0 {
		message += " (" + w.problems[0] + ")"
	}
	c.findings.Errors = append(c.findings.Errors, BuildError{File: p.Filename, Line: p.Line, Column: p.Column,
		Message: message, Want: w.text, Have: text})
}

// declaration is an object's declaration on one line, as it was written.
func (c *checker) declaration(obj types.Object, w want) string {
	var text string
	for _, file := range slices.Concat(c.src.files, c.given) {
		for _, decl := range file.Decls {
			if text == "" {
				text = c.declared(decl, obj, w)
			}
		}
	}
	if text == "" {
		text = types.ObjectString(obj, func(p *types.Package) string {
			if p == c.pkg {
				return ""
			}
			return p.Name()
		})
	}
	const longest = 200
	if r := []rune(text); len(r) > longest {
		text = string(r[:longest]) + "…"
	}
	return text
}

// declared prints decl if it is obj's, without bodies and comments.
func (c *checker) declared(decl ast.Decl, obj types.Object, w want) string {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.Pos() == obj.Pos() {
			return c.print(&ast.FuncDecl{Recv: d.Recv, Name: d.Name, Type: d.Type})
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Name.Pos() == obj.Pos() {
					return "type " + c.print(w.visible(s))
				}
			case *ast.ValueSpec:
				if d.Tok == token.CONST && len(s.Names) == 1 && len(s.Values) == 1 && s.Names[0].Pos() == obj.Pos() {
					return "const " + c.print(&ast.ValueSpec{Names: s.Names, Type: s.Type, Values: s.Values})
				}
			}
		}
	}
	return ""
}

// visible is a type's declaration as far as the want looks: its fields or methods
// only if these were asked for.
func (w want) visible(s *ast.TypeSpec) *ast.TypeSpec {
	inside := s.Type
	if w.recv != "" || w.anyType {
		inside = outside(s.Type)
	}
	return &ast.TypeSpec{Name: s.Name, TypeParams: s.TypeParams, Assign: s.Assign, Type: inside}
}

// outside is a type without its fields or methods.
func outside(t ast.Expr) ast.Expr {
	switch t.(type) {
	case *ast.StructType:
		return ast.NewIdent("struct{…}")
	case *ast.InterfaceType:
		return ast.NewIdent("interface{…}")
	}
	return t
}

func (c *checker) print(node any) string {
	var b bytes.Buffer
	if err := (&printer.Config{Mode: printer.RawFormat}).Fprint(&b, token.NewFileSet(), node); err != nil {
		return ""
	}
	return oneLine(b.String())
}

// oneLine joins the lines of a declaration as a semicolon would.
func oneLine(text string) string {
	var joined string
	for line := range strings.Lines(text) {
		line = strings.Join(strings.Fields(line), " ")
		switch {
		case line == "":
			continue
		case joined == "":
		case strings.HasSuffix(joined, "(") || strings.HasPrefix(line, ")"):
		case strings.HasSuffix(joined, "{") || strings.HasSuffix(joined, ",") || strings.HasPrefix(line, "}"):
			joined += " "
		default:
			joined += "; "
		}
		joined += line
	}
	return strings.ReplaceAll(joined, ",)", ")")
}
