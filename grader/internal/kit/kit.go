// Package kit knows the course: where the kit lies on this machine, which labs it has and what each of them asks.
//
// Everything about a lab stands in one file, labs/<chapter>/<lab>/lab.yaml. It is read strictly: an unknown key, points that do
// not add up or a check that the suite does not have is an error with file and line, found before anything is graded.
package kit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// RootEnv overrides the search for the kit's root.
const RootEnv = "SCALELAB_ROOT"

// Kit is the course on this machine.
type Kit struct {
	Root string // absolute
	Labs []*Lab // ordered by chapter, then by level, then by name
}

// Open finds the kit from the working directory upwards (or in SCALELAB_ROOT) and reads all its labs.
func Open() (*Kit, error) {
	root, err := FindRoot()
	if err != nil {
		return nil, err
	}
	return Load(root)
}

// FindRoot returns the folder whose go.mod says "module scalelab".
func FindRoot() (string, error) {
	if root := os.Getenv(RootEnv); root != "" {
		if !isRoot(root) {
			return "", fmt.Errorf("%s=%s: no go.mod with \"module scalelab\" there", RootEnv, root)
		}
		return filepath.Abs(root)
	}
	wd, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the kit: %w", err)
	}
	for dir := wd; ; dir = filepath.Dir(dir) {
		if isRoot(dir) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("find the kit: no go.mod with \"module scalelab\" in %s or above; change into the kit's folder or set %s", wd, RootEnv)
		}
	}
}

func isRoot(dir string) bool {
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(data)) {
		if strings.TrimSpace(line) == "module scalelab" {
			return true
		}
	}
	return false
}

// Load reads every lab below root. All that is wrong with the course is reported at once.
func Load(root string) (*Kit, error) {
	manifests, err := filepath.Glob(filepath.Join(root, "labs", "*", "*", "lab.yaml"))
	if err != nil {
		return nil, err
	}
	if len(manifests) == 0 {
		return nil, fmt.Errorf("%s: no labs/<chapter>/<lab>/lab.yaml below it", root)
	}
	k := &Kit{Root: root}
	labs, problems := loadLabs(root, manifests)
	for _, lab := range labs {
		if twin := k.named(lab.Name); twin != nil {
			problems = append(problems, fmt.Errorf("%s: the name %q is taken by %s; names are unique in the kit", lab.Manifest, lab.Name, twin.ID))
		}
		k.Labs = append(k.Labs, lab)
	}
	slices.SortStableFunc(k.Labs, func(a, b *Lab) int {
		if c := strings.Compare(a.Chapter, b.Chapter); c != 0 {
			return c
		}
		return slices.Index(levels, a.Level) - slices.Index(levels, b.Level)
	})
	return k, errors.Join(problems...)
}

// loadLabs reads the labs side by side: all suites of a course are many files. What it returns is in the order of the manifests.
func loadLabs(root string, manifests []string) (labs []*Lab, problems []error) {
	all, errs := make([]*Lab, len(manifests)), make([]error, len(manifests))
	var group sync.WaitGroup
	for i, manifest := range manifests {
		group.Go(func() { all[i], errs[i] = loadLab(root, manifest) })
	}
	group.Wait()
	none := func(err error) bool { return err == nil }
	return slices.DeleteFunc(all, func(lab *Lab) bool { return lab == nil }), slices.DeleteFunc(errs, none)
}

// Lab returns the lab with that id, or nil.
func (k *Kit) Lab(id string) *Lab {
	for _, lab := range k.Labs {
		if lab.ID == id {
			return lab
		}
	}
	return nil
}

func (k *Kit) named(name string) *Lab {
	for _, lab := range k.Labs {
		if lab.Name == name {
			return lab
		}
	}
	return nil
}
