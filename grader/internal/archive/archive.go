// Package archive finds what the compiler has made of packages: the files that it reads when another package imports them, and that the
// linker puts together.
//
// One question to the go command answers for a set of imports and all that they import; the answer is kept on disk until a source of the
// kit, the go command or the modules change, or Go's build cache has dropped a file. The question takes the go command a third of a
// second, the look at what was kept some milliseconds.
package archive

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Finder asks the go command.
type Finder struct {
	// Run runs the go command in a folder and returns what it printed.
	Run       func(ctx context.Context, dir string, args ...string) (string, error)
	GoCommand string // path of the go command: another one makes other archives
	Root      string // the kit's root, where go.mod lies
	CacheDir  string // where answers are kept; "" for nowhere
}

// Set is the archives of some packages and of all that these import.
type Set struct {
	Files     map[string]string // import path → archive
	GoVersion string            // of the language, as the kit's go.mod has it; empty if none of the packages is the kit's
}

// Find returns the archives of the given packages and of all that they import. It fails if one of them does not compile in the kit.
func (f Finder) Find(ctx context.Context, imports []string) (*Set, error) {
	imports = slices.Compact(slices.Sorted(slices.Values(imports)))
	kept, err := f.kept(imports)
	if err != nil {
		return nil, err
	}
	if answer, ok := kept.read(); ok {
		return answer.set(), nil
	}
	answer, err := f.list(ctx, imports)
	if err != nil {
		return nil, err
	}
	// Where nothing can be kept, the next grading asks again: slower, and the same.
	_ = kept.write(answer)
	return answer.set(), nil
}

// listed marks the lines of our own among what the go command prints.
const listed = "scalelab-archive"

// list asks the go command, which compiles what is not compiled yet.
func (f Finder) list(ctx context.Context, imports []string) (answer, error) {
	const form = listed + "\t{{.ImportPath}}\t{{.Export}}\t{{with .Module}}{{if .Main}}{{$.Dir}}\t{{.GoVersion}}{{else}}\t{{end}}{{else}}\t{{end}}"
	args := append([]string{"list", "-export", "-deps", "-f", form, "--"}, imports...)
	a := answer{Files: map[string]string{}, Sizes: map[string]int64{}, Dirs: map[string]string{}}
	if len(imports) == 0 {
		return a, nil
	}
	out, err := f.Run(ctx, f.Root, args...)
	if err != nil {
		return a, fmt.Errorf("archives of %s: go list: %w\n%s", strings.Join(imports, " "), err, out)
	}
	for line := range strings.Lines(out) {
		fields := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if len(fields) != 5 || fields[0] != listed {
			continue
		}
		if err := a.add(fields[1], fields[2], fields[3], fields[4]); err != nil {
			return a, err
		}
	}
	for _, path := range imports {
		if a.Files[path] == "" && path != "unsafe" {
			return a, fmt.Errorf("archives of %s: go list found none\n%s", path, out)
		}
	}
	return a, nil
}
