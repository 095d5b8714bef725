package rewrite

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// goStmt starts a task. The function and its arguments are evaluated here and now.
func (w *writer) goStmt(x *ast.GoStmt) string {
	call, site := x.Call, w.site(x, nil)
	if w.builtin(call) != "" || w.isType(call.Fun) {
		return w.goBuiltin(call, site)
	}
	w.refuse(call)
	sig, ok := core(w.typeOf(call.Fun)).(*types.Signature)
	if !ok {
		return w.unsupported(x, "go with this function")
	}
	if lit, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok && sig.Params().Len() == 0 && sig.Results().Len() == 0 {
		return fmt.Sprintf("slab__.Go(%s, %s)", site, w.value(lit))
	}
	params, results, variadic := sig.Params().Len(), sig.Results().Len(), ""
	if sig.Variadic() {
		variadic = "V"
	}
	if params > 6 || results > 2 || sig.Variadic() && (params > 4 || results > 1) {
		return w.unsupported(x, fmt.Sprintf("go with a function of %d parameters and %d results", params, results))
	}
	args := w.node(call, append(w.values(call.Args...), at(call.Fun, ""))...)
	return fmt.Sprintf("slab__.Go%d%s_%d(%s, %s)%s", params, variadic, results, site, w.function(call.Fun), args)
}

// function is a function as a value; one that is generic gets the type arguments that the compiler inferred.
func (w *writer) function(fun ast.Expr) string {
	text := w.value(fun)
	id, ok := ast.Unparen(fun).(*ast.Ident)
	if sel, isSel := ast.Unparen(fun).(*ast.SelectorExpr); isSel {
		id, ok = sel.Sel, true
	}
	if !ok {
		return text
	}
	instance, generic := w.pkg.info.Instances[id]
	if !generic {
		return text
	}
	var args []string
	for i := range instance.TypeArgs.Len() {
		args = append(args, types.TypeString(instance.TypeArgs.At(i), w.qualifier))
	}
	return text + "[" + strings.Join(args, ", ") + "]"
}

// qualifier names a package as this file does.
func (w *writer) qualifier(p *types.Package) string {
	if p == w.pkg.types {
		return ""
	}
	for _, spec := range w.file.Imports {
		if strings.Trim(spec.Path.Value, `"`) == p.Path() && spec.Name != nil {
			return spec.Name.Name
		}
	}
	return p.Name()
}

// goBuiltin evaluates the arguments first; the builtin itself is called by the new task.
func (w *writer) goBuiltin(call *ast.CallExpr, site string) string {
	var acts []ast.Expr
	for _, a := range call.Args {
		if tv := w.pkg.info.Types[a]; tv.Value == nil && !tv.IsNil() {
			acts = append(acts, a)
		}
	}
	before, restore := w.hoisted(acts)
	defer restore()
	return fmt.Sprintf("{ %sslab__.Go(%s, func() { %s }) }", before, site, w.call(call, true))
}
