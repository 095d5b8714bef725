package policy

import (
	"context"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
)

// Exporter finds the compiler's export data of packages: what a type check needs
// of them, without reading their source. One go list answers for a whole set of
// imports, and the answer is kept on disk.
type Exporter struct {
	// Run runs the go command in a folder and returns what it printed.
	Run       func(ctx context.Context, dir string, args ...string) (string, error)
	GoCommand string // path of the go command: another one has other export data
	Root      string // the kit's root, where go.mod lies
	CacheDir  string // where answers are kept; "" for nowhere
}

// Exports are the export data of a set of packages.
type Exports struct {
	Files map[string]string `json:"files"` // import path → file

	once     sync.Once
	mu       sync.Mutex
	importer types.Importer
}

// Load finds the export data of the given import paths. It fails if one of them
// does not compile in the kit.
func (x Exporter) Load(ctx context.Context, imports []string) (*Exports, error) {
	imports = slices.Compact(slices.Sorted(slices.Values(imports)))
	kept, err := x.kept(imports)
	if err != nil {
		return nil, err
	}
	if answer, ok := kept.read(); ok {
		return &Exports{Files: answer.Files}, nil
	}
	answer, err := x.list(ctx, imports)
	if err != nil {
		return nil, err
	}
	// Where nothing can be kept, the next grading asks again: slower, and the same.
	_ = kept.write(answer)
	return &Exports{Files: answer.Files}, nil
}

// listed marks the lines of our own among what the go command prints.
const listed = "scalelab-export"

// list asks the go command, which compiles what is not compiled yet.
func (x Exporter) list(ctx context.Context, imports []string) (answer, error) {
	const form = listed + "\t{{.ImportPath}}\t{{.Export}}\t{{with .Module}}{{if .Main}}{{$.Dir}}{{end}}{{end}}"
	args := append([]string{"list", "-export", "-deps", "-f", form, "--"}, imports...)
	if len(imports) == 0 {
		return answer{Files: map[string]string{}}, nil
	}
	out, err := x.Run(ctx, x.Root, args...)
	if err != nil {
		return answer{}, fmt.Errorf("export data of %s: go list: %w\n%s", strings.Join(imports, " "), err, out)
	}
	a := answer{Files: map[string]string{}, Sizes: map[string]int64{}, Dirs: map[string]string{}}
	for line := range strings.Lines(out) {
		fields := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if len(fields) != 4 || fields[0] != listed {
			continue
		}
		if err := a.add(fields[1], fields[2], fields[3], slices.Contains(imports, fields[1])); err != nil {
			return answer{}, err
		}
	}
	for _, path := range imports {
		if a.Files[path] == "" {
			return answer{}, fmt.Errorf("export data of %s: go list found none\n%s", path, out)
		}
	}
	return a, nil
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

// Preload reads the export data of every package, so that the first type check
// does not have to wait for it.
func (e *Exports) Preload() error {
	for path := range e.Files {
		if _, err := e.Import(path); err != nil {
			return fmt.Errorf("export data of %s: %w", path, err)
		}
	}
	return nil
}
