package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/subject"
	"scalelab/pkg/interleave/rewrite"
)

// control rewrites the subject's package and the suite's, always both, so that a scheduler decides who runs when, and puts the
// result into the overlay. What cannot run under control is a *rewrite.UnsupportedError.
func (b *Builder) control(ctx context.Context, s *subject.Subject, replace map[string]string, dir string) error {
	packages, err := underControl(s)
	if err != nil {
		return err
	}
	exports, err := rewrite.GoList(ctx, b.lister(s.Lab.Root), packages)
	if err != nil {
		return err
	}
	files, err := rewrite.Packages(rewrite.Config{Packages: packages, Exports: exports, Imports: suiteImports})
	if err != nil {
		return err
	}
	for name, text := range files {
		to := filepath.Join(dir, filepath.Base(filepath.Dir(name))+"_controlled_"+filepath.Base(name))
		if err := os.WriteFile(to, text, 0o600); err != nil {
			return err
		}
		replace[name] = to
	}
	return nil
}

// suiteImports are what suites may use beyond what students may; the checks of a suite that use them are judged in another mode.
var suiteImports = []string{"testing/synctest", "weak", "flag", "pgregory.net/rapid"}

// underControl collects the sources of both packages, under the names that the overlay replaces.
func underControl(s *subject.Subject) ([]rewrite.Package, error) {
	lab := rewrite.Package{Path: s.Lab.Package(), Files: map[string][]byte{}}
	for name, source := range s.Files {
		lab.Files[filepath.Join(s.Lab.Dir(), name)] = source
	}
	for _, name := range s.Lab.Given {
		source, err := os.ReadFile(filepath.Join(s.Lab.SolutionDir(), name))
		if err != nil {
			return nil, err
		}
		lab.Files[filepath.Join(s.Lab.Dir(), name)] = source
	}
	suite, err := suiteSources(s.Lab)
	return []rewrite.Package{lab, suite}, err
}

func suiteSources(lab *kit.Lab) (rewrite.Package, error) {
	suite := rewrite.Package{Path: lab.SuitePackage() + "_test", Files: map[string][]byte{}}
	names, err := filepath.Glob(filepath.Join(lab.SuiteDir(), "*_test.go"))
	if err != nil {
		return suite, err
	}
	for _, name := range names {
		if suite.Files[name], err = os.ReadFile(name); err != nil {
			return suite, err
		}
	}
	return suite, nil
}

// listings remembers what the go command said about imports: it is the same for every subject of a lab, and takes longer than all
// the rest of the rewriting.
type listings struct {
	mu   sync.Mutex
	said map[string]string
}

// lister asks the go command in the kit's root, once for each question.
func (b *Builder) lister(root string) rewrite.Lister {
	return func(ctx context.Context, args ...string) (string, error) {
		question := strings.Join(args, " ")
		b.listed.mu.Lock()
		defer b.listed.mu.Unlock()
		if answer, ok := b.listed.said[question]; ok {
			return answer, nil
		}
		answer, err := b.Go.Run(ctx, root, args...)
		if err != nil {
			return "", fmt.Errorf("%w: %s", err, answer)
		}
		if b.listed.said == nil {
			b.listed.said = map[string]string{}
		}
		b.listed.said[question] = answer
		return answer, nil
	}
}

// uncontrolled explains why a suite could not be built under control: the student's own mistakes in the compiler's words, anything
// else as it is.
func (b *Builder) uncontrolled(ctx context.Context, s *subject.Subject, err error) error {
	var unsupported *rewrite.UnsupportedError
	if errors.As(err, &unsupported) {
		return fmt.Errorf("the interleavings of this code cannot be explored: %w", unsupported)
	}
	var own *StudentError
	if _, plain := b.Suite(ctx, s, Mode{}); errors.As(plain, &own) {
		return own
	}
	return err
}
