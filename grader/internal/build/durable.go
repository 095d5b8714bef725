package build

import (
	"go/parser"
	"go/token"
	"strconv"
)

const durableSync = "scalelab/pkg/durable/sync"

// withDurableSync makes a file import the drop-in for sync (see package scalelab/pkg/durable/sync). Lines stay where they are.
// A file that does not parse is left to the compiler to complain about.
func withDurableSync(name string, source []byte) []byte {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, source, parser.ImportsOnly)
	if err != nil {
		return source
	}
	for _, spec := range file.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err != nil || path != "sync" {
			continue
		}
		from, to := fset.Position(spec.Path.Pos()).Offset, fset.Position(spec.Path.End()).Offset
		rest := source[to:]
		return append(append(append([]byte{}, source[:from]...), strconv.Quote(durableSync)...), rest...)
	}
	return source
}
