package rewrite

import (
	"fmt"
	"go/ast"
	"go/token"
)

func (w *writer) block(b *ast.BlockStmt) string {
	return w.node(b, w.list(b.List)...)
}

func (w *writer) list(list []ast.Stmt) []part {
	var parts []part
	for _, s := range list {
		parts = append(parts, at(s, w.line(s)+w.ordered(s)))
	}
	return parts
}

// loopBody is a loop's body that counts its turns, preceded by declarations in a scope of their own.
func (w *writer) loopBody(b *ast.BlockStmt, declarations string) string {
	tick := fmt.Sprintf("{ slab__.Tick(%s); ", w.site(b, nil))
	if declarations == "" {
		return tick + w.block(b) + " }"
	}
	return tick + declarations + "; " + w.block(b) + " }"
}

// ordered is a statement of a block, with what must come first done first.
func (w *writer) ordered(s ast.Stmt) string {
	early := w.early(operands(s)...)
	if len(early) == 0 {
		return w.stmt(s, false)
	}
	text, restore := w.hoisted(early)
	defer restore()
	if declares(s) {
		return text + w.stmt(s, false)
	}
	return "{ " + text + w.stmt(s, false) + " }"
}

// declares tells whether what s declares must stay visible behind it.
func declares(s ast.Stmt) bool {
	switch x := s.(type) {
	case *ast.DeclStmt:
		return true
	case *ast.AssignStmt:
		return x.Tok == token.DEFINE
	}
	return false
}

// operands are the expressions that a simple statement evaluates, in their order.
func operands(s ast.Stmt) []ast.Expr {
	switch x := s.(type) {
	case *ast.ExprStmt:
		return []ast.Expr{x.X}
	case *ast.ReturnStmt:
		return x.Results
	case *ast.SendStmt:
		return []ast.Expr{x.Chan, x.Value}
	case *ast.AssignStmt:
		if len(x.Rhs) == 1 && len(x.Lhs) == 2 {
			switch ast.Unparen(x.Rhs[0]).(type) {
			case *ast.UnaryExpr, *ast.IndexExpr:
				return nil // v, ok := …
			}
		}
		if x.Tok == token.DEFINE || x.Tok == token.ASSIGN {
			return x.Rhs
		}
		return append([]ast.Expr{x.Lhs[0]}, x.Rhs...)
	case *ast.GoStmt:
		return x.Call.Args
	case *ast.DeferStmt:
		return x.Call.Args
	case *ast.DeclStmt:
		var list []ast.Expr
		if d, ok := x.Decl.(*ast.GenDecl); ok && d.Tok == token.VAR {
			for _, spec := range d.Specs {
				if v := spec.(*ast.ValueSpec); len(v.Values) == len(v.Names) {
					list = append(list, v.Values...)
				}
			}
		}
		return list
	}
	return nil
}

// stmt is one statement; simple says that it stands where only a simple statement may: it stays one.
func (w *writer) stmt(s ast.Stmt, simple bool) string {
	switch x := s.(type) {
	case nil:
		return ""
	case *ast.AssignStmt:
		return w.assign(x, simple)
	case *ast.IncDecStmt:
		if !w.tracked(x.X) {
			return w.node(x, at(x.X, w.place(x.X)))
		}
		name := map[token.Token]string{token.INC: "Inc", token.DEC: "Dec"}[x.Tok]
		return fmt.Sprintf("slab__.%s(%s)", name, w.ref(x.X))
	case *ast.ExprStmt:
		return w.node(x, w.values(x.X)...)
	case *ast.SendStmt:
		return fmt.Sprintf("slab__.To(%s).Send(%s, %s)", w.value(x.Chan), w.value(x.Value), w.site(x, x.Chan))
	case *ast.GoStmt:
		return w.goStmt(x)
	case *ast.DeferStmt:
		return w.node(x, at(x.Call, w.call(x.Call, false)))
	case *ast.ReturnStmt:
		return w.node(x, w.values(x.Results...)...)
	case *ast.DeclStmt:
		return w.node(x, at(x.Decl, w.decl(x.Decl)))
	case *ast.BlockStmt:
		return w.block(x)
	case *ast.LabeledStmt:
		return w.labeled(x)
	case *ast.BranchStmt, *ast.EmptyStmt:
		return w.verbatim(s)
	}
	return w.compound(s)
}

// compound is a statement with blocks.
func (w *writer) compound(s ast.Stmt) string {
	switch x := s.(type) {
	case *ast.IfStmt:
		parts := w.simple(x.Init)
		parts = append(parts, at(x.Cond, w.condition(x.Cond)), at(x.Body, w.block(x.Body)))
		if x.Else != nil {
			parts = append(parts, at(x.Else, w.stmt(x.Else, false)))
		}
		return w.node(x, parts...)
	case *ast.ForStmt:
		parts := append(w.simple(x.Init), w.simple(x.Post)...)
		if x.Cond != nil {
			parts = append(parts, at(x.Cond, w.condition(x.Cond)))
		}
		return w.node(x, append(parts, at(x.Body, w.loopBody(x.Body, "")))...)
	case *ast.RangeStmt:
		return w.rangeStmt(x)
	case *ast.SwitchStmt:
		parts := append(w.simple(x.Init), w.values(x.Tag)...)
		return w.node(x, append(parts, w.clauses(x.Body)...)...)
	case *ast.TypeSwitchStmt:
		parts := append(w.simple(x.Init), w.simple(x.Assign)...)
		return w.node(x, append(parts, w.clauses(x.Body)...)...)
	case *ast.SelectStmt:
		return w.selectStmt(x, nil)
	}
	return w.unsupported(s, fmt.Sprintf("a statement of kind %T", s))
}

func (w *writer) simple(s ast.Stmt) []part {
	if s == nil {
		return nil
	}
	return []part{at(s, w.stmt(s, true))}
}

func (w *writer) clauses(body *ast.BlockStmt) []part {
	var parts []part
	for _, s := range body.List {
		c := s.(*ast.CaseClause)
		parts = append(parts, at(c, w.node(c, append(w.values(c.List...), w.list(c.Body)...)...)))
	}
	return parts
}

func (w *writer) labeled(x *ast.LabeledStmt) string {
	if s, ok := x.Stmt.(*ast.SelectStmt); ok {
		return w.selectStmt(s, x.Label)
	}
	return w.node(x, at(x.Stmt, w.line(x.Stmt)+w.stmt(x.Stmt, false)))
}
