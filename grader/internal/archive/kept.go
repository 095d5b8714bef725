package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"scalelab/grader/internal/files"
)

// answer is what go list said, with what tells whether it still holds.
type answer struct {
	Files     map[string]string `json:"files"` // import path → archive
	Sizes     map[string]int64  `json:"sizes"` // of those files; Go's build cache may drop them
	Dirs      map[string]string `json:"dirs"`  // folder of a package of the kit → digest of its source
	GoVersion string            `json:"go"`
}

// add takes one line of go list. dir and version are those of a package of the kit: its source may change.
func (a *answer) add(path, file, dir, version string) error {
	if file != "" {
		info, err := os.Stat(file)
		if err != nil {
			return fmt.Errorf("archive of %s: %w", path, err)
		}
		a.Files[path], a.Sizes[path] = file, info.Size()
	}
	if dir != "" {
		digest, err := sourceDigest(dir)
		if err != nil {
			return fmt.Errorf("archive of %s: %w", path, err)
		}
		a.Dirs[dir], a.GoVersion = digest, version
	}
	return nil
}

func (a *answer) set() *Set { return &Set{Files: a.Files, GoVersion: a.GoVersion} }

// holds reports whether every file is still there and every folder unchanged.
func (a *answer) holds() bool {
	for path, file := range a.Files {
		info, err := os.Stat(file)
		if err != nil || !info.Mode().IsRegular() || info.Size() != a.Sizes[path] {
			return false
		}
	}
	for dir, digest := range a.Dirs {
		if now, err := sourceDigest(dir); err != nil || now != digest {
			return false
		}
	}
	return true
}

// sourceDigest identifies the Go files of a folder, tests aside.
func sourceDigest(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		if err := files.Digest(h, filepath.Join(dir, name)); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// keptAnswer is the place of an answer on disk.
type keptAnswer struct{ file string }

// kept finds the place: another go command, another module or other imports have
// another one.
func (f Finder) kept(imports []string) (keptAnswer, error) {
	if f.CacheDir == "" {
		return keptAnswer{}, nil
	}
	h := sha256.New()
	fmt.Fprintf(h, "2 %s %s %s %s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, f.Root)
	command, err := filepath.EvalSymlinks(f.GoCommand)
	if err != nil {
		return keptAnswer{}, fmt.Errorf("go command: %w", err)
	}
	info, err := os.Stat(command)
	if err != nil {
		return keptAnswer{}, fmt.Errorf("go command: %w", err)
	}
	fmt.Fprintf(h, "%s %d %d\n", command, info.Size(), info.ModTime().UnixNano())
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(f.Root, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return keptAnswer{}, err
		}
		fmt.Fprintf(h, "%s %d\n%s", name, len(text), text)
	}
	fmt.Fprintf(h, "%q\n", imports)
	name := "archives-" + hex.EncodeToString(h.Sum(nil))[:32] + ".json"
	return keptAnswer{file: filepath.Join(f.CacheDir, name)}, nil
}

// read returns a kept answer that still holds. One that cannot be read is as good
// as none.
func (k keptAnswer) read() (answer, bool) {
	if k.file == "" {
		return answer{}, false
	}
	text, err := os.ReadFile(k.file)
	if err != nil {
		return answer{}, false
	}
	var a answer
	if json.Unmarshal(text, &a) != nil || !a.holds() {
		return answer{}, false
	}
	return a, true
}

// write puts the answer in its place in one step: several graders may share it.
func (k keptAnswer) write(a answer) error {
	if k.file == "" {
		return nil
	}
	if err := files.Replace(k.file, func(w io.Writer) error { return json.NewEncoder(w).Encode(a) }); err != nil {
		return fmt.Errorf("keep archives: %w", err)
	}
	return nil
}
