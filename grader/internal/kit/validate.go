package kit

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	yamlast "github.com/goccy/go-yaml/ast"

	"scalelab/grader/internal/policy"
	servers "scalelab/grader/internal/services"
)

// validator collects everything that is wrong with one lab.yaml, each with its line.
type validator struct {
	lab      *Lab
	tree     *yamlast.File
	problems []error
}

func (v *validator) err() error { return errors.Join(v.problems...) }

// problem reports a fault at the YAML path at, or at the one that it inherits from.
func (v *validator) problem(at, inherited, format string, args ...any) {
	where := fmt.Sprintf("%s:%d: ", v.lab.Manifest, lineOf(v.tree, at, inherited))
	v.problems = append(v.problems, errors.New(where+fmt.Sprintf(format, args...)))
}

var (
	labName     = regexp.MustCompile(`^[a-z][a-z0-9]*$`)
	chapterName = regexp.MustCompile(`^ch\d\d-[a-z]+$`)
)

// validate holds the lab to the rules of a lab.yaml.
func (v *validator) validate(m manifest) {
	lab := v.lab
	if !labName.MatchString(lab.Name) || !chapterName.MatchString(lab.Chapter) {
		v.problem("$.title", "$", "the folder %s is not <chapter>/<lab> in lower case, such as ch04-concurrency/boundedbuffer", lab.ID)
	}
	for key, text := range map[string]string{"title": m.Title, "summary": m.Summary} {
		if strings.TrimSpace(text) == "" {
			v.problem("$."+key, "$", "%s is missing", key)
		}
	}
	if !strings.HasPrefix(lab.Chapter, fmt.Sprintf("ch%02d-", m.Chapter)) {
		v.problem("$.chapter", "$", "chapter %d does not match the folder %s", m.Chapter, lab.Chapter)
	}
	if !slices.Contains(levels, m.Level) {
		v.problem("$.level", "$", "level %q is none of %s", m.Level, strings.Join(levels, ", "))
	}
	if m.Minutes < 5 || m.Minutes > 240 {
		v.problem("$.minutes", "$", "minutes is %d; an honest estimate lies between 5 and 240", m.Minutes)
	}
	if len(m.API) == 0 {
		v.problem("$.api", "$", "api is empty: list the declarations that the student must export")
	}
	if err := policy.CheckAPI(m.API); err != nil {
		v.problem("$.api", "$", "api: %v", err)
	}
	for i, path := range m.Imports {
		if why := policy.NeverAllowed(path); why != "" {
			v.problem(fmt.Sprintf("$.imports[%d]", i), "$.imports", "%s cannot be allowed: %s", path, why)
		}
	}
	v.files()
	v.checks(m)
}

func (v *validator) files() {
	if len(v.lab.Files) == 0 {
		v.problem("$.files", "$", "files is empty: name what the student submits")
	}
	for i, name := range v.lab.Files {
		at := fmt.Sprintf("$.files[%d]", i)
		if filepath.Base(name) != name || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			v.problem(at, "$.files", "%q is not the plain name of a Go file", name)
			continue
		}
		for _, dir := range []string{v.lab.Dir(), v.lab.SolutionDir()} {
			if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
				v.problem(at, "$.files", "%s is not in %s", name, v.relative(dir))
			}
		}
	}
}

func (v *validator) relative(dir string) string {
	rel, err := filepath.Rel(v.lab.Root, dir)
	if err != nil {
		return dir
	}
	return filepath.ToSlash(rel)
}

func (v *validator) checks(m manifest) {
	tests, err := suiteTests(v.lab.SuiteDir())
	if err != nil {
		v.problem("$.checks", "$", "the suite %s: %v", v.relative(v.lab.SuiteDir()), err)
	}
	total := 0
	seen := map[string]bool{}
	for i, c := range v.lab.Checks {
		at := fmt.Sprintf("$.checks[%d]", i)
		total += c.Points
		v.oneCheck(at, c)
		if seen[c.Test] {
			v.problem(at+".test", at, "%s is listed twice", c.Test)
		}
		seen[c.Test] = true
		if err == nil && !slices.Contains(tests, c.Test) {
			v.problem(at+".test", at, "the suite has no test function %s", c.Test)
		}
	}
	for _, test := range tests {
		if !seen[test] {
			v.problem("$.checks", "$", "the suite's %s is not listed", test)
		}
	}
	if total != 100 {
		v.problem("$.checks", "$", "the points add up to %d, not to 100", total)
	}
}

func (v *validator) oneCheck(at string, c Check) {
	if strings.TrimSpace(c.Rule) == "" {
		v.problem(at+".rule", at, "%s has no rule", c.Test)
	}
	if c.Points < 1 {
		v.problem(at+".points", at, "%s is worth %d points; a check is worth at least 1", c.Test, c.Points)
	}
	if len(c.Hints) == 0 {
		v.problem(at+".hints", at, "%s has no hints", c.Test)
	}
	if !slices.Contains(modes, c.Mode) {
		v.problem(at+".mode", "$.mode", "mode %q of %s is none of plain, virtualtime, services, interleave", c.Mode, c.Test)
	}
	for _, s := range c.Services {
		if !slices.Contains(services, s) {
			v.problem(at+".services", "$.services", "service %q of %s is none of %s", s, c.Test, strings.Join(services, ", "))
		}
	}
	need := servers.Need{Exclusive: c.Exclusive, Needs: c.Needs}
	for _, s := range c.Services {
		need.Kinds = append(need.Kinds, servers.Kind(s))
	}
	if err := need.Validate(); err != nil && len(c.Needs) > 0 {
		v.problem(at+".needs", "$.needs", "%s: %v", c.Test, err)
	}
	if c.Mode == Services && len(c.Services) == 0 {
		v.problem(at+".mode", "$.mode", "%s has mode services but names no service", c.Test)
	}
}

// suiteTests lists the test functions of a suite's source, without compiling it.
func suiteTests(dir string) ([]string, error) {
	files, _ := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if len(files) == 0 {
		return nil, errors.New("missing: no *_test.go there")
	}
	var tests []string
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		tests = append(tests, TestFunctions(parsed)...)
	}
	return tests, nil
}

// TestFunctions lists the functions of a file that `go test` would run, in source order.
func TestFunctions(file *ast.File) []string {
	var tests []string
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Recv != nil || fn.Name.Name == "TestMain" || len(fn.Type.Params.List) != 1 {
			continue
		}
		if strings.HasPrefix(fn.Name.Name, "Test") {
			tests = append(tests, fn.Name.Name)
		}
	}
	return tests
}
