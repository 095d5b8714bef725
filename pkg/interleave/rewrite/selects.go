package rewrite

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// selectStmt makes a switch over the index of the case that was done. Channels and values to send are evaluated first, in order.
func (w *writer) selectStmt(x *ast.SelectStmt, label *ast.Ident) string {
	if len(x.Body.List) == 0 {
		text := fmt.Sprintf("panic(slab__.Forever(%s))", w.site(x, nil))
		if label != nil {
			return label.Name + ": " + text
		}
		return text
	}
	var before strings.Builder
	var names []string
	var parts []part
	hasDefault := false
	for _, s := range x.Body.List {
		hasDefault = hasDefault || s.(*ast.CommClause).Comm == nil
	}
	for i, s := range x.Body.List {
		c := s.(*ast.CommClause)
		if c.Comm == nil {
			parts = append(parts, at(c, w.node(c, w.list(c.Body)...)))
			continue
		}
		name := w.temp()
		expr, received := w.comm(c.Comm, name)
		fmt.Fprintf(&before, "%s := %s; ", name, expr)
		head := fmt.Sprintf("case %d:", len(names))
		if i == len(x.Body.List)-1 && !hasDefault {
			head = "default:" // so that the compiler sees a statement that ends a function where a select would
		}
		if _, isSend := c.Comm.(*ast.SendStmt); isSend {
			names = append(names, name)
		} else {
			names = append(names, name+".C()")
		}
		body := append(w.list(c.Body), part{c.Pos(), c.Colon + 1, head + received})
		parts = append(parts, at(c, w.node(c, body...)))
	}
	outer, inner := w.selectLabels(x, label)
	body := w.node(x.Body, parts...)
	args := strings.Join(append([]string{w.site(x, nil), fmt.Sprint(hasDefault)}, names...), ", ")
	return fmt.Sprintf("%s{ %s%s%sswitch slab__.Select(%s) %s }", outer, before.String(), inner, w.line(x), args, body)
}

// comm is the making of a select's case called name, and the statement that puts what it received where the program wants it.
func (w *writer) comm(s ast.Stmt, name string) (expr, received string) {
	switch x := s.(type) {
	case *ast.SendStmt:
		return fmt.Sprintf("slab__.To(%s).Case(%s, %s)", w.value(x.Chan), w.value(x.Value), w.site(x, x.Chan)), ""
	case *ast.ExprStmt:
		return w.recvCase(x.X), ""
	case *ast.AssignStmt:
		return w.recvCase(x.Rhs[0]), " " + w.received(x, name)
	}
	return w.unsupported(s, "a case of a select"), ""
}

func (w *writer) recvCase(e ast.Expr) string {
	ch := ast.Unparen(e).(*ast.UnaryExpr).X
	return fmt.Sprintf("slab__.From(%s).Case(%s)", w.value(ch), w.site(e, ch))
}

func (w *writer) received(x *ast.AssignStmt, name string) string {
	value := name + ".Value()"
	if len(x.Lhs) == 2 {
		value = name + ".Value2()"
	}
	if x.Tok == token.DEFINE {
		var names []string
		for _, l := range x.Lhs {
			names = append(names, w.verbatim(l))
		}
		if strings.Trim(strings.Join(names, ""), "_") == "" {
			return ""
		}
		return strings.Join(names, ", ") + " := " + value + ";"
	}
	if len(x.Lhs) == 1 {
		if isBlank(x.Lhs[0]) {
			return ""
		}
		return fmt.Sprintf("%s.Set(%s);", w.ref(x.Lhs[0]), value)
	}
	return w.assignFunc(x.Lhs, x) + "(" + value + ");"
}

// selectLabels splits a label: goto goes to where channels are evaluated, break leaves the switch.
func (w *writer) selectLabels(x *ast.SelectStmt, label *ast.Ident) (outer, inner string) {
	if label == nil {
		return "", ""
	}
	jumped, broken := false, false
	ast.Inspect(w.file, func(n ast.Node) bool {
		b, ok := n.(*ast.BranchStmt)
		if ok && b.Label != nil && w.pkg.info.Uses[b.Label] == w.pkg.info.Defs[label] {
			jumped = jumped || b.Tok == token.GOTO
			broken = broken || b.Tok == token.BREAK
		}
		return true
	})
	switch {
	case jumped && broken:
		w.unsupported(x, "a select whose label is used by goto and by break")
	case jumped:
		return label.Name + ": ", ""
	case broken:
		return "", label.Name + ": "
	}
	return "", ""
}
