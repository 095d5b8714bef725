package build

import (
	"context"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"scalelab/grader/internal/kit"
	"scalelab/pkg/interleave/rewrite"
)

// compileSuite compiles the lab's suite against the student's compiled package, and the main package that runs its tests. It returns the
// latter, and the import configuration that leads from it to all others.
func (b *Builder) compileSuite(ctx context.Context, lab *kit.Lab, o *overlay, lib *library, student string) (main, importcfg string, err error) {
	path, known := lab.SuitePackage()+"_test", map[string]string{lab.Package(): student}
	suite := filepath.Join(o.dir, "suite.a")
	importcfg = filepath.Join(o.dir, "importcfg")
	if err := lib.with(importcfg, known); err != nil {
		return "", "", fmt.Errorf("suite of %s: %w", lab.ID, err)
	}
	output, err := b.compilePackage(ctx, lab, lib, unit{path: path, files: lib.suite, from: o, importcfg: importcfg, archive: suite, flags: []string{suiteFlags}})
	if err != nil {
		return "", "", explain(lab, o.dir, output, err)
	}
	known[path] = suite
	if err := lib.with(importcfg, known); err != nil {
		return "", "", fmt.Errorf("suite of %s: %w", lab.ID, err)
	}
	source := filepath.Join(o.dir, "main.go")
	main = filepath.Join(o.dir, "main.a")
	if err := os.WriteFile(source, []byte(lib.main), 0o600); err != nil {
		return "", "", fmt.Errorf("suite of %s: %w", lab.ID, err)
	}
	output, err = b.compilePackage(ctx, lab, lib, unit{path: "main", files: []string{source}, from: o, importcfg: importcfg, archive: main})
	if err != nil {
		return "", "", fmt.Errorf("suite of %s: %w\n%s", lab.ID, err, strings.TrimSpace(output))
	}
	return main, importcfg, nil
}

// suiteFlags: what is compiled for one subject and runs for a fraction of a second is not worth the compiler's work of inlining calls, a
// quarter of its time. The student's package, and all that was compiled before, are compiled as ever.
const suiteFlags = "-l"

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

// mainOf is the source of the package that runs the suite's tests.
func mainOf(suite rewrite.Package) (string, error) {
	var tests []string
	for _, name := range slices.Sorted(maps.Keys(suite.Files)) {
		parsed, err := parser.ParseFile(token.NewFileSet(), name, suite.Files[name], parser.SkipObjectResolution)
		if err != nil {
			return "", err
		}
		tests = append(tests, kit.TestFunctions(parsed)...)
	}
	var source strings.Builder
	err := mainSource.Execute(&source, struct {
		Path  string
		Tests []string
	}{suite.Path, tests})
	return source.String(), err
}
