package rewrite

import (
	"context"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// Lister runs `go list` with the given arguments and returns what it prints.
type Lister func(ctx context.Context, args ...string) (string, error)

// GoCommand is a Lister that runs the go command of the environment in dir.
func GoCommand(dir string) Lister {
	return func(ctx context.Context, args ...string) (string, error) {
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Dir = dir
		out, err := cmd.Output()
		if exit, ok := err.(*exec.ExitError); ok {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		return string(out), err
	}
}

// Imports are all the packages whose export data the rewriting of these needs, sorted: what they import, and what their rewritten forms do.
// more is what others may import in their place.
func Imports(packages []Package, more ...string) ([]string, error) {
	wanted := map[string]bool{schedPath: true}
	want := func(path string) {
		wanted[path] = true
		if d, ok := dropIns[path]; ok {
			wanted[d] = true
		}
	}
	for _, path := range more {
		want(path)
	}
	for _, p := range packages {
		for name, source := range p.Files {
			file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
			if err != nil {
				return nil, fmt.Errorf("parse: %w", err)
			}
			for _, spec := range file.Imports {
				path, _ := strconv.Unquote(spec.Path.Value)
				want(path)
			}
		}
	}
	for _, p := range packages {
		delete(wanted, p.Path)
	}
	return slices.Sorted(maps.Keys(wanted)), nil
}

// GoList finds the export data of everything that the packages and their rewritten forms import; it is for Config.Exports.
func GoList(ctx context.Context, list Lister, packages []Package) (func(path string) (io.ReadCloser, error), error) {
	wanted, err := Imports(packages)
	if err != nil {
		return nil, err
	}
	args := append([]string{"list", "-export", "-deps", "-f", "{{.ImportPath}}={{.Export}}"}, wanted...)
	out, err := list(ctx, args...)
	if err != nil {
		return nil, fmt.Errorf("list imports: %w", err)
	}
	files := map[string]string{}
	for line := range strings.Lines(out) {
		if path, file, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			files[path] = file
		}
	}
	return Archives(files), nil
}

// Archives are the export data in the compiler's archives of packages, by import path.
func Archives(files map[string]string) func(path string) (io.ReadCloser, error) {
	return func(path string) (io.ReadCloser, error) {
		if files[path] == "" {
			return nil, fmt.Errorf("no export data for %q", path)
		}
		return os.Open(files[path])
	}
}
