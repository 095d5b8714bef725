package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"scalelab/grader/internal/kit"
)

// suiteArchive is a compiled suite with its main package, which lie in one folder.
type suiteArchive struct{ dir, suite, main string }

func suiteArchiveIn(dir string) suiteArchive {
	return suiteArchive{dir, filepath.Join(dir, "suite.a"), filepath.Join(dir, "main.a")}
}

// suite compiles the lab's suite against a student's compiled package, or finds what was compiled for another that looks the same from
// outside. Should it ever not be the same, the linker refuses to put them together.
func (b *Builder) suite(ctx context.Context, lab *kit.Lab, mode Mode, o *overlay, lib *library, student string) (suiteArchive, error) {
	sources, err := suiteSources(lab)
	if err != nil {
		return suiteArchive{}, err
	}
	files := slices.Sorted(maps.Keys(sources.Files))
	key, err := suiteKey(mode, student, files, o)
	if err != nil {
		return suiteArchive{}, fmt.Errorf("suite of %s: %w", lab.ID, err)
	}
	kept := suiteArchiveIn(filepath.Join(b.Dir, "suite-"+lab.Name+"-"+key))
	if _, err := os.Stat(kept.dir); err == nil {
		return kept, nil
	}
	made := suiteArchiveIn(filepath.Join(o.dir, "suite"))
	if err := os.Mkdir(made.dir, 0o700); err != nil {
		return suiteArchive{}, fmt.Errorf("suite of %s: %w", lab.ID, err)
	}
	if err := b.compileSuite(ctx, lab, o, lib, student, made, files); err != nil {
		return suiteArchive{}, err
	}
	if os.Rename(made.dir, kept.dir) != nil { // another subject's build was faster
		return made, nil
	}
	return kept, nil
}

// compileSuite compiles the suite and the main package that runs its tests.
func (b *Builder) compileSuite(ctx context.Context, lab *kit.Lab, o *overlay, lib *library, student string, to suiteArchive, files []string) error {
	path := lab.SuitePackage() + "_test"
	known := map[string]string{lab.Package(): student}
	importcfg := filepath.Join(to.dir, "importcfg")
	if err := lib.with(importcfg, known); err != nil {
		return fmt.Errorf("suite of %s: %w", lab.ID, err)
	}
	output, err := b.compilePackage(ctx, lab, lib, unit{path: path, files: files, from: o, importcfg: importcfg, archive: to.suite})
	if err != nil {
		return explain(lab, o.dir, output, err)
	}
	known[path] = to.suite
	if err := lib.with(importcfg, known); err != nil {
		return fmt.Errorf("suite of %s: %w", lab.ID, err)
	}
	main := filepath.Join(to.dir, "main.go")
	if err := writeMain(main, path, files); err != nil {
		return fmt.Errorf("suite of %s: %w", lab.ID, err)
	}
	output, err = b.compilePackage(ctx, lab, lib, unit{path: "main", files: []string{main}, from: o, importcfg: importcfg, archive: to.main})
	if err != nil {
		return fmt.Errorf("suite of %s: %w\n%s", lab.ID, err, strings.TrimSpace(output))
	}
	return nil
}

// mainSource is what the go command would generate. Every suite has a TestMain, which ends the process.
var mainSource = template.Must(template.New("main").Parse(`package main

import (
	"testing"
	"testing/internal/testdeps"

	suite "{{.Path}}"
)

var tests = []testing.InternalTest{
{{- range .Tests}}
	{"{{.}}", suite.{{.}}},
{{- end}}
}

func main() {
	suite.TestMain(testing.MainStart(testdeps.TestDeps{}, tests, nil, nil, nil))
}
`))

func writeMain(file, path string, files []string) error {
	var tests []string
	for _, name := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		tests = append(tests, kit.TestFunctions(parsed)...)
	}
	var source bytes.Buffer
	err := mainSource.Execute(&source, struct {
		Path  string
		Tests []string
	}{path, tests})
	if err != nil {
		return err
	}
	return os.WriteFile(file, source.Bytes(), 0o600)
}

// suiteKey identifies what a compiled suite depends on: its sources and what the student's package looks like to those who import it.
func suiteKey(mode Mode, student string, files []string, o *overlay) (string, error) {
	h := sha256.New()
	exports, err := exportsIn(student)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(h, "%s %d\n%s", mode, len(exports), exports)
	for _, name := range files {
		source := name
		if by, replaced := o.replace[name]; replaced {
			source = by
		}
		text, err := os.ReadFile(source)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n%s", name, len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil))[:32], nil
}

// The form of an archive: a magic line, then entries with a header of fixed width, of which the first holds the export data.
const (
	archiveMagic  = "!<arch>\n"
	archiveHeader = 60
	exportsEntry  = "__.PKGDEF"
)

var errArchive = errors.New("not an archive of the compiler's")

// exportsIn reads the export data out of an archive.
func exportsIn(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	body, ok := bytes.CutPrefix(text, []byte(archiveMagic))
	if !ok || len(body) < archiveHeader || !bytes.HasPrefix(body, []byte(exportsEntry)) {
		return nil, fmt.Errorf("%s: %w", file, errArchive)
	}
	size, err := strconv.Atoi(strings.TrimSpace(string(body[48:58])))
	if err != nil || size < 0 || size > len(body)-archiveHeader {
		return nil, fmt.Errorf("%s: %w: %q", file, errArchive, body[:archiveHeader])
	}
	return body[archiveHeader:][:size], nil
}
