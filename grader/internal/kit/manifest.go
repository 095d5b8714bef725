package kit

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// manifest is lab.yaml as it is written.
type manifest struct {
	Title     string          `yaml:"title"`
	Summary   string          `yaml:"summary"`
	Chapter   int             `yaml:"chapter"`
	Sections  []string        `yaml:"sections"`
	Files     []string        `yaml:"files"`
	API       []string        `yaml:"api"`
	Level     string          `yaml:"level"`
	Minutes   int             `yaml:"minutes"`
	Mode      Mode            `yaml:"mode"`
	Race      bool            `yaml:"race"`
	Timeout   string          `yaml:"timeout"`
	Services  []string        `yaml:"services"`
	Needs     []string        `yaml:"needs"`
	Exclusive bool            `yaml:"exclusive"`
	Imports   []string        `yaml:"imports"`
	Checks    []manifestCheck `yaml:"checks"`
}

// manifestCheck holds pointers where the lab's value is the default.
type manifestCheck struct {
	Test      string    `yaml:"test"`
	Points    int       `yaml:"points"`
	Rule      string    `yaml:"rule"`
	Hints     []string  `yaml:"hints"`
	Mode      *Mode     `yaml:"mode"`
	Race      *bool     `yaml:"race"`
	Timeout   *string   `yaml:"timeout"`
	Services  *[]string `yaml:"services"`
	Needs     *[]string `yaml:"needs"`
	Exclusive *bool     `yaml:"exclusive"`
}

// loadLab reads and checks one lab.yaml.
func loadLab(root, file string) (*Lab, error) {
	rel, err := filepath.Rel(root, file)
	if err != nil {
		return nil, err
	}
	rel = filepath.ToSlash(rel)
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", rel, err)
	}
	var m manifest
	if err := yaml.UnmarshalWithOptions(source, &m, yaml.Strict()); err != nil {
		return nil, decodeError(rel, err)
	}
	tree, err := parser.ParseBytes(source, 0)
	if err != nil {
		return nil, decodeError(rel, err)
	}
	id := strings.TrimPrefix(path.Dir(rel), "labs/")
	lab := &Lab{
		ID: id, Chapter: path.Dir(id), Name: path.Base(id), Root: root, Manifest: rel,
		Title: m.Title, Summary: m.Summary, Number: m.Chapter, Sections: m.Sections,
		Files: m.Files, API: m.API, Level: m.Level, Minutes: m.Minutes, Imports: m.Imports,
	}
	v := &validator{lab: lab, tree: tree}
	for i, c := range m.Checks {
		lab.Checks = append(lab.Checks, v.check(i, c, m))
	}
	lab.Given = givenFiles(lab)
	v.validate(m)
	return lab, v.err()
}

// decodeError rewrites an error of the YAML library as file:line: message.
func decodeError(file string, err error) error {
	if e, ok := err.(yaml.Error); ok && e.GetToken() != nil {
		return fmt.Errorf("%s:%d: %s", file, e.GetToken().Position.Line, e.GetMessage())
	}
	return fmt.Errorf("%s: %w", file, err)
}

// givenFiles are the solution's Go files that the student does not submit.
func givenFiles(lab *Lab) []string {
	entries, _ := filepath.Glob(filepath.Join(lab.SolutionDir(), "*.go"))
	var given []string
	for _, entry := range entries {
		name := filepath.Base(entry)
		if !slices.Contains(lab.Files, name) && !strings.HasSuffix(name, "_test.go") {
			given = append(given, name)
		}
	}
	return given
}

// check merges one check with the lab's defaults.
func (v *validator) check(i int, c manifestCheck, m manifest) Check {
	return Check{
		Test: c.Test, Points: c.Points, Rule: c.Rule, Hints: c.Hints,
		Mode:      or(c.Mode, m.Mode),
		Race:      or(c.Race, m.Race),
		Timeout:   v.duration(fmt.Sprintf("$.checks[%d].timeout", i), or(c.Timeout, m.Timeout)),
		Services:  or(c.Services, m.Services),
		Needs:     or(c.Needs, m.Needs),
		Exclusive: or(c.Exclusive, m.Exclusive),
	}
}

func or[T any](own *T, inherited T) T {
	if own != nil {
		return *own
	}
	return inherited
}

func (v *validator) duration(at, text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		v.problem(at, "$.timeout", "timeout %q is not a positive duration such as 10s", text)
	}
	return d
}

// lineOf returns the line of the first path that the document has.
func lineOf(tree *ast.File, paths ...string) int {
	for _, text := range paths {
		p, err := yaml.PathString(text)
		if err != nil {
			continue
		}
		if node, err := p.FilterFile(tree); err == nil && node != nil && node.GetToken() != nil {
			return node.GetToken().Position.Line
		}
	}
	return 1
}
