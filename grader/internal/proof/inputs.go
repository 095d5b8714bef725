package proof

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"scalelab/grader/internal/files"
	"scalelab/grader/internal/kit"
)

// saltOf identifies what every grading follows from, whatever the lab: this program, with the embedded servers in it; the packages that suites
// are compiled with; the versions of all modules; and the settings.
func saltOf(root string, settings []string) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "1 %q\n", settings)
	program, err := os.Executable()
	if err != nil {
		return "", err
	}
	for _, file := range []string{program, filepath.Join(root, "go.mod"), filepath.Join(root, "go.sum")} {
		if err := files.Digest(h, file); err != nil {
			return "", err
		}
	}
	err = files.DigestTree(h, filepath.Join(root, "pkg"), func(d fs.DirEntry) bool {
		return d.Name() != "testdata" && !strings.HasSuffix(d.Name(), "_test.go")
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

// digestLab takes in what the grade of every subject of the lab follows from: given files, visible tests and lab.yaml, and the suite. The
// staff's subjects lie there as well, but each is its own affair; so are texts to read.
func digestLab(h hash.Hash, lab *kit.Lab) error {
	for _, dir := range []string{lab.Dir(), lab.SolutionDir(), lab.SuiteDir()} {
		err := files.DigestTree(h, dir, func(d fs.DirEntry) bool {
			name := d.Name()
			return name != "alternates" && name != "mutants" && filepath.Ext(name) != ".md" && !slices.Contains(lab.Files, name)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
