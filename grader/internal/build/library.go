package build

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"scalelab/grader/internal/archive"
	"scalelab/grader/internal/kit"
	"scalelab/pkg/interleave/rewrite"
)

// library is everything that a suite is linked with but the two packages that are compiled for each subject: the student's and the
// suite's. It is the same for all subjects of a lab, in every mode but with the race detector; and so is how the suite is put together.
type library struct {
	*archive.Set
	importcfg string   // file that tells compiler and linker where the archives are
	suite     []string // the suite's files
	main      string   // source of the package that runs its tests
}

// libraries has one for each lab, found when it is first needed.
type libraries struct {
	mu    sync.Mutex
	byLab map[string]*found
}

type found struct {
	mu      sync.Mutex
	library *library
}

func (l *libraries) of(lab *kit.Lab) *found {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byLab == nil {
		l.byLab = map[string]*found{}
	}
	if l.byLab[lab.ID] == nil {
		l.byLab[lab.ID] = &found{}
	}
	return l.byLab[lab.ID]
}

// library finds the lab's. An error is not kept: it may be that of a grading that was ended.
func (b *Builder) library(ctx context.Context, lab *kit.Lab) (*library, error) {
	f := b.libraries.of(lab)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.library != nil {
		return f.library, nil
	}
	suite, err := suiteSources(lab)
	if err != nil {
		return nil, err
	}
	imports, err := importsOf(lab, suite)
	if err != nil {
		return nil, err
	}
	set, err := b.Archives.Find(ctx, imports)
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(b.Dir, lab.Name+"-*.importcfg")
	if err != nil {
		return nil, fmt.Errorf("import configuration of %s: %w", lab.ID, err)
	}
	defer file.Close()
	for _, path := range slices.Sorted(maps.Keys(set.Files)) {
		if _, err := fmt.Fprintf(file, "packagefile %s=%s\n", path, set.Files[path]); err != nil {
			return nil, fmt.Errorf("import configuration of %s: %w", lab.ID, err)
		}
	}
	main, err := mainOf(suite)
	if err != nil {
		return nil, fmt.Errorf("suite of %s: %w", lab.ID, err)
	}
	f.library = &library{set, file.Name(), slices.Sorted(maps.Keys(suite.Files)), main}
	return f.library, nil
}

// with writes the library's import configuration with more archives, by import path.
func (l *library) with(file string, more map[string]string) error {
	text, err := os.ReadFile(l.importcfg)
	if err != nil {
		return err
	}
	for _, path := range slices.Sorted(maps.Keys(more)) {
		text = fmt.Appendf(text, "packagefile %s=%s\n", path, more[path])
	}
	return os.WriteFile(file, text, 0o600)
}

// fixedImports are those of the files that every build adds, in any mode.
var fixedImports = []string{
	"scalelab/pkg/check", "scalelab/pkg/lab", durableSync, "testing", "testing/internal/testdeps",
}

// importsOf are the packages that a build of the lab's suite may import, whoever's the subject is and in whatever mode.
func importsOf(lab *kit.Lab, suite rewrite.Package) ([]string, error) {
	given, err := givenSources(lab)
	if err != nil {
		return nil, err
	}
	imports, err := rewrite.Imports([]rewrite.Package{{Path: lab.Package(), Files: given}, suite}, lab.Imports...)
	return append(imports, fixedImports...), err
}

// givenSources are the lab's given files, under the names that the overlay replaces.
func givenSources(lab *kit.Lab) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, name := range lab.Given {
		source, err := os.ReadFile(filepath.Join(lab.SolutionDir(), name))
		if err != nil {
			return nil, err
		}
		files[filepath.Join(lab.Dir(), name)] = source
	}
	return files, nil
}

// suiteSources is the lab's suite, as it lies in the kit.
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
