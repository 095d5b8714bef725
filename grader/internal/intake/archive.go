package intake

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// archive is the tree that an archive's entries describe. It holds names and,
// from a stream, the few contents that may be asked for; nothing is unpacked.
type archive struct {
	path    string
	dirs    map[string]map[string]*entry
	entries int
	limits  Limits
	content func(file string, limit int64) ([]byte, error)
	release io.Closer
}

func newArchive(path string, limits Limits) *archive {
	return &archive{path: path, limits: limits, dirs: map[string]map[string]*entry{".": {}}}
}

func (a *archive) close() {
	if a.release != nil {
		a.release.Close()
	}
}

func (a *archive) list(dir string) ([]entry, error) {
	entries := make([]entry, 0, len(a.dirs[dir]))
	for _, e := range a.dirs[dir] {
		entries = append(entries, *e)
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.name, b.name) })
	return entries, nil
}

func (a *archive) read(file string, limit int64) ([]byte, error) { return a.content(file, limit) }

// add records one entry under its name in the archive and returns its path in
// the tree. Folders that the name passes through come into being.
func (a *archive) add(name string, k kind) (string, error) {
	clean, problem := safePath(name)
	if problem != "" {
		return "", &InputError{Path: a.path, Entry: name, Problem: problem,
			Remedy: "make the archive again from the folder itself, with plain relative names"}
	}
	if clean == "." {
		return clean, nil
	}
	dir := "."
	elements := strings.Split(clean, "/")
	for i, element := range elements {
		at := folder
		if i == len(elements)-1 {
			at = k
		}
		if err := a.claim(dir, element, at); err != nil {
			return "", err
		}
		dir = path.Join(dir, element)
	}
	return clean, nil
}

// claim enters one name into one folder. A name claimed by anything but folders
// alone counts its claims, and its kind is never a plain folder.
func (a *archive) claim(dir, name string, k kind) error {
	if a.dirs[dir] == nil {
		a.dirs[dir] = map[string]*entry{}
	}
	switch e := a.dirs[dir][name]; {
	case e == nil:
		if a.entries++; a.entries > a.limits.Entries {
			return a.tooManyEntries()
		}
		a.dirs[dir][name] = &entry{name: name, kind: k, copies: 1}
	case e.kind != folder || k != folder:
		e.copies++
		if e.kind == folder || e.kind == regularFile {
			e.kind = k
		}
	}
	return nil
}

func (a *archive) tooManyEntries() error {
	return &InputError{Path: a.path,
		Problem: fmt.Sprintf("the archive has more than %d entries", a.limits.Entries),
		Remedy:  onlyTheLabs}
}

const deepestPath = 32 // elements of a name in an archive

// safePath is an entry's name as a path below the archive's top, or what is
// wrong with it. An honest archiver writes none of the names that it refuses.
func safePath(name string) (clean, problem string) {
	switch {
	case name == "":
		return "", "an entry without a name"
	case strings.ContainsRune(name, 0):
		return "", "a NUL byte in the name"
	case strings.ContainsRune(name, '\\'):
		return "", `a backslash in the name (some Windows tools write them for folders: use "Compress to ZIP file" or 7-Zip)`
	case strings.HasPrefix(name, "/"):
		return "", "an absolute name"
	case len(name) >= 2 && name[1] == ':':
		return "", "a name with a drive letter"
	}
	elements := strings.Split(name, "/")
	if slices.Contains(elements, "..") {
		return "", "a name that climbs out of the archive"
	}
	if len(elements) > deepestPath {
		return "", fmt.Sprintf("a name more than %d folders deep", deepestPath)
	}
	return path.Clean(name), ""
}
