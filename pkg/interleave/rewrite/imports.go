package rewrite

import (
	"go/ast"
	"maps"
	"slices"
	"strconv"
)

const (
	kit       = "scalelab/pkg/interleave/"
	schedPath = kit + "sched"
)

// dropIns maps packages to those that stand in for them.
var dropIns = map[string]string{
	"sync":         kit + "det/sync",
	"sync/atomic":  kit + "det/atomic",
	"time":         kit + "det/time",
	"context":      kit + "det/context",
	"math/rand":    kit + "det/rand",
	"math/rand/v2": kit + "det/randv2",
	"hash/maphash": kit + "det/maphash",
	"maps":         kit + "det/maps",
	"runtime":      kit + "det/runtime",
}

// inert are packages that neither block nor start goroutines nor ask the time.
var inert = []string{
	"bufio", "bytes", "cmp", "container/heap", "container/list", "container/ring", "encoding/binary", "encoding/hex", "encoding/json",
	"errors", "fmt", "hash", "hash/crc32", "hash/fnv", "io", "iter", "math", "math/big", "math/bits", "math/cmplx", "os", "path", "regexp",
	"slices", "sort", "strconv", "strings", "testing", "text/tabwriter", "unicode", "unicode/utf8",
	"github.com/anishathalye/porcupine", "github.com/stretchr/testify/assert", "github.com/stretchr/testify/require",
	"scalelab/pkg/check", "scalelab/pkg/interleave", "scalelab/pkg/lab", "scalelab/pkg/spacetime",
}

// importText is the import spec with the path of the drop-in.
func (w *writer) importText(spec *ast.ImportSpec) string {
	path, _ := strconv.Unquote(spec.Path.Value)
	if d, ok := dropIns[path]; ok {
		return strconv.Quote(d)
	}
	if path == "C" || path == "unsafe" || !w.known(path) {
		w.unsupported(spec, "import of "+spec.Path.Value)
	}
	return spec.Path.Value
}

func (w *writer) known(path string) bool {
	for _, imported := range w.pkg.types.Imports() {
		if imported.Path() == path && w.pkg.shared.packages[imported] {
			return true
		}
	}
	return slices.Contains(inert, path) || slices.Contains(w.pkg.allowed, path)
}

// DropIns maps the import paths that are replaced to what replaces them.
func DropIns() map[string]string { return maps.Clone(dropIns) }
