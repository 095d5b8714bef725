package intake

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
)

// disk is a submission that lies in a folder. Reading goes through [os.Root],
// so that even a folder that changes under our hands cannot lead outside.
type disk struct {
	path   string
	root   *os.Root
	limits Limits
	listed map[string][]entry // one look at each folder: the same answer every time
}

func openDisk(path string, limits Limits) (tree, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, unreadable(path, "", err)
	}
	return &disk{path: path, root: root, limits: limits, listed: map[string][]entry{}}, nil
}

func (d *disk) close() { d.root.Close() }

func (d *disk) list(dir string) ([]entry, error) {
	if entries, ok := d.listed[dir]; ok {
		return entries, nil
	}
	f, err := d.root.OpenFile(dir, os.O_RDONLY|neverBlock, 0)
	if err != nil {
		return nil, unreadable(d.path, inside(dir), err)
	}
	defer f.Close()
	found, err := f.ReadDir(d.limits.Entries + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, unreadable(d.path, inside(dir), err)
	}
	if len(found) > d.limits.Entries {
		return nil, &InputError{Path: d.path, Entry: inside(dir),
			Problem: fmt.Sprintf("the folder has more than %d entries", d.limits.Entries),
			Remedy:  "give the folder that holds only the labs"}
	}
	entries := make([]entry, 0, len(found))
	for _, e := range found {
		entries = append(entries, entry{name: e.Name(), kind: kindOf(e.Type()), copies: 1})
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.name, b.name) })
	d.listed[dir] = entries
	return entries, nil
}

// read opens only what lies there as a regular file, without blocking, and looks
// again once it is open: a pipe that takes a file's place is not waited for.
func (d *disk) read(file string, limit int64) ([]byte, error) {
	seen, err := d.root.Lstat(file)
	if err != nil {
		return nil, unreadable(d.path, file, err)
	}
	if !seen.Mode().IsRegular() {
		return nil, d.changed(file)
	}
	if seen.Size() > limit {
		return nil, errOversized
	}
	f, err := d.root.OpenFile(file, os.O_RDONLY|neverBlock, 0)
	if err != nil {
		return nil, unreadable(d.path, file, err)
	}
	defer f.Close()
	opened, err := f.Stat()
	if err != nil {
		return nil, unreadable(d.path, file, err)
	}
	if !opened.Mode().IsRegular() || !os.SameFile(seen, opened) {
		return nil, d.changed(file)
	}
	src, err := readLimited(f, limit)
	if err != nil && !errors.Is(err, errOversized) {
		return nil, unreadable(d.path, file, err)
	}
	return src, err
}

func (d *disk) changed(file string) error {
	return &InputError{Path: d.path, Entry: file, Problem: "changed while it was read",
		Remedy: "grade a copy that nobody writes to", Err: fs.ErrInvalid}
}

// readLimited reads to the end, or one byte past the limit.
func readLimited(r io.Reader, limit int64) ([]byte, error) {
	src, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(src)) > limit {
		return nil, errOversized
	}
	return src, nil
}

// inside is a folder of the tree as an InputError names it.
func inside(dir string) string {
	if dir == "." {
		return ""
	}
	return dir
}
