package rewrite_test

import (
	"go/importer"
	"go/token"
	"go/types"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/interleave/rewrite"
)

// missing are names that a drop-in may lack: they need unsafe, which is refused, or make no sense under control. Using one is an
// unsupported construct.
var missing = map[string][]string{
	"sync/atomic": {"AddPointer", "LoadPointer", "StorePointer", "SwapPointer", "CompareAndSwapPointer"},
}

func TestDropInsHaveWhatTheyStandInFor(t *testing.T) {
	source := "package p\n\nimport (\n"
	for path, with := range rewrite.DropIns() {
		if path != "runtime" { // only a few of its names make sense
			source += "\t_ \"" + path + "\"\n\t_ \"" + with + "\"\n"
		}
	}
	p := rewrite.Package{Path: "p", Files: map[string][]byte{"p.go": []byte(source + ")\n")}}
	exports, err := rewrite.GoList(t.Context(), rewrite.GoCommand("."), []rewrite.Package{p})
	require.NoError(t, err)
	imports := importer.ForCompiler(token.NewFileSet(), "gc", exports)
	for path, with := range rewrite.DropIns() {
		if path == "runtime" {
			continue
		}
		t.Run(path, func(t *testing.T) {
			std, err := imports.Import(path)
			require.NoError(t, err)
			own, err := imports.Import(with)
			require.NoError(t, err)
			for _, name := range std.Scope().Names() {
				object := std.Scope().Lookup(name)
				if !object.Exported() || contains(missing[path], name) {
					continue
				}
				twin := own.Scope().Lookup(name)
				require.NotNil(t, twin, name)
				requireMethods(t, object, twin)
			}
		})
	}
}

func requireMethods(t *testing.T, object, twin types.Object) {
	t.Helper()
	if _, isType := object.(*types.TypeName); !isType {
		return
	}
	want, have := types.NewMethodSet(types.NewPointer(object.Type())), types.NewMethodSet(types.NewPointer(twin.Type()))
	for i := range want.Len() {
		if m := want.At(i).Obj(); m.Exported() {
			require.NotNil(t, have.Lookup(twin.Pkg(), m.Name()), "%s.%s", object.Name(), m.Name())
		}
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
