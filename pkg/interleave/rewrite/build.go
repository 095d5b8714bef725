package rewrite

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Dir reads the Go files of a folder as a package with that import path. Test files belong to an external test package if their
// name says so; tests says which of the two is wanted.
func Dir(path, folder string, tests bool) (Package, error) {
	p := Package{Path: path, Files: map[string][]byte{}}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return p, err
	}
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") != tests {
			continue
		}
		full, err := filepath.Abs(filepath.Join(folder, name))
		if err != nil {
			return p, err
		}
		if p.Files[full], err = os.ReadFile(full); err != nil {
			return p, err
		}
	}
	return p, nil
}

// Overlay rewrites packages and writes the result below dir with an overlay file for the go command, whose name it returns.
func Overlay(ctx context.Context, dir string, list Lister, packages ...Package) (string, error) {
	exports, err := GoList(ctx, list, packages)
	if err != nil {
		return "", err
	}
	files, err := Packages(Config{Packages: packages, Exports: exports})
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for name, text := range files {
		to := filepath.Join(dir, fmt.Sprintf("%d_%s", len(replace), filepath.Base(name)))
		if err := os.WriteFile(to, text, 0o600); err != nil {
			return "", err
		}
		replace[name] = to
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "overlay.json")
	return file, os.WriteFile(file, text, 0o600)
}
