package build

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"scalelab/grader/internal/subject"
)

// subjectFile is added to the student's package. Its name sorts before any that a student can hand in, so its variable is
// initialised before the student's.
const subjectFile = "0_subject.go"

const (
	hideVisibleTests = true
	keepVisibleTests = false
)

// overlay says which files are compiled in place of which.
type overlay struct {
	dir     string            // of its own, with all that is written for the build
	replace map[string]string // file of the kit → file to compile in its place; "" hides it
}

// overlay writes the subject's sources and says where they belong.
func (b *Builder) overlay(ctx context.Context, s *subject.Subject, mode Mode, hideTests bool) (*overlay, error) {
	dir, err := os.MkdirTemp(b.Dir, s.Lab.Name+"-"+mode.String()+"-")
	if err != nil {
		return nil, fmt.Errorf("overlay of %s: %w", s.Lab.ID, err)
	}
	replace, err := b.replacements(s, mode, hideTests, dir)
	if err == nil && mode.Control {
		err = b.control(ctx, s, replace, dir)
	}
	if err != nil {
		return nil, fmt.Errorf("overlay of %s: %w", s.Lab.ID, err)
	}
	return &overlay{dir, replace}, nil
}

// file writes the overlay for the go command.
func (o *overlay) file() (string, error) {
	text, err := json.Marshal(map[string]map[string]string{"Replace": o.replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(o.dir, "overlay.json")
	return file, os.WriteFile(file, text, 0o600)
}

// replacements maps every file of labs/<id> to the one to compile instead; the empty string hides a file.
func (b *Builder) replacements(s *subject.Subject, mode Mode, hideTests bool, dir string) (map[string]string, error) {
	replace := map[string]string{}
	put := func(name string, source []byte) error {
		replace[filepath.Join(s.Lab.Dir(), name)] = filepath.Join(dir, name)
		return os.WriteFile(filepath.Join(dir, name), source, 0o600)
	}
	entries, err := os.ReadDir(s.Lab.Dir())
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		isTest := strings.HasSuffix(entry.Name(), "_test.go")
		if isSource(entry.Name()) && (hideTests || !isTest) {
			replace[filepath.Join(s.Lab.Dir(), entry.Name())] = ""
		}
	}
	for name, source := range s.Files {
		if mode.Virtual {
			source = withDurableSync(name, source)
		}
		if err := put(name, source); err != nil {
			return nil, err
		}
	}
	for _, name := range s.Lab.Given {
		replace[filepath.Join(s.Lab.Dir(), name)] = filepath.Join(s.Lab.SolutionDir(), name)
	}
	return replace, put(subjectFile, []byte(fmt.Sprintf(
		"package %s\n\nimport \"scalelab/pkg/check\"\n\nvar _ = check.RegisterSubject(%q)\n", s.Lab.Name, s.Digest())))
}

// isSource tells whether the compiler would look at a file of that name.
func isSource(name string) bool {
	return slices.Contains([]string{".go", ".s", ".S", ".c", ".h", ".cc", ".cpp", ".cxx", ".m", ".syso", ".f", ".F", ".swig"}, filepath.Ext(name))
}
