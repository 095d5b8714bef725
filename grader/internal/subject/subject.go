// Package subject knows what can be graded: a subject is a set of student files for one lab.
//
// The stub, the reference solution, an alternate, a mutant and a student's submission are all subjects; grading is always
// "this subject against this lab's suite". So the kit is proved by the machinery that grades students.
package subject

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"scalelab/grader/internal/kit"
)

// Subject is what one person handed in for one lab, or one of the staff's own.
type Subject struct {
	Lab   *kit.Lab
	Name  string            // "stub", "solution", "alternate two-conds", "mutant lifo", or a submission's name
	Files map[string][]byte // base name → source; exactly the lab's files
	Ours  bool              // the kit's own, so certainly not hostile
}

// Digest identifies the files: names and contents, nothing else.
func (s *Subject) Digest() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(s.Files)) {
		fmt.Fprintf(h, "%q %d\n", name, len(s.Files[name]))
		h.Write(s.Files[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Stub is what the student starts from.
func Stub(lab *kit.Lab) (*Subject, error) { return fromDir(lab, "stub", lab.Dir()) }

// Solution is the staff's reference.
func Solution(lab *kit.Lab) (*Subject, error) { return fromDir(lab, "solution", lab.SolutionDir()) }

// Alternates are other right solutions; each must get full marks.
func Alternates(lab *kit.Lab) ([]*Subject, error) {
	dirs, err := filepath.Glob(filepath.Join(lab.SuiteDir(), "alternates", "*"))
	if err != nil {
		return nil, err
	}
	var all []*Subject
	for _, dir := range dirs {
		s, err := fromDir(lab, "alternate "+filepath.Base(dir), dir)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func fromDir(lab *kit.Lab, name, dir string) (*Subject, error) {
	s := &Subject{Lab: lab, Name: name, Files: map[string][]byte{}, Ours: true}
	for _, file := range lab.Files {
		source, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			return nil, fmt.Errorf("%s of %s: %w", name, lab.ID, err)
		}
		s.Files[file] = source
	}
	return s, nil
}
