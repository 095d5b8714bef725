package policy

import (
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"sync"

	"scalelab/grader/internal/archive"
)

// Exports are the archives of a set of packages, for the export data in them: what a type check needs of a package, without reading
// its source.
type Exports struct {
	Files map[string]string `json:"files"` // import path → file

	once     sync.Once
	mu       sync.Mutex
	importer types.Importer
}

// ExportsOf are the export data of the given packages, and of no others, out of a set that has them.
func ExportsOf(set *archive.Set, imports []string) *Exports {
	files := map[string]string{}
	for _, path := range imports {
		files[path] = set.Files[path]
	}
	return &Exports{Files: files}
}

// Import reads a package's export data, once. It may be called from several
// goroutines; what it returns may be shared by type checks that run in parallel.
func (e *Exports) Import(path string) (*types.Package, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.once.Do(func() {
		e.importer = importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
			file := e.Files[path]
			if file == "" {
				return nil, fmt.Errorf("no export data of %q was asked for", path)
			}
			return os.Open(file)
		})
	})
	return e.importer.Import(path)
}
