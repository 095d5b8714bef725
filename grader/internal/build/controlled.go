package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

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
	lib, err := b.library(ctx, s.Lab)
	if err != nil {
		return err
	}
	files, err := rewrite.Packages(rewrite.Config{Packages: packages, Exports: rewrite.Archives(lib.Files), Imports: suiteImports})
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
	files, err := givenSources(s.Lab)
	if err != nil {
		return nil, err
	}
	for name, source := range s.Files {
		files[filepath.Join(s.Lab.Dir(), name)] = source
	}
	suite, err := suiteSources(s.Lab)
	return []rewrite.Package{{Path: s.Lab.Package(), Files: files}, suite}, err
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
