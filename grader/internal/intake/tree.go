package intake

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// tree is a submission as a folder of named entries, wherever it lies. Paths
// are slash-separated and relative; "." is the top. Nothing in it follows links.
type tree interface {
	// list returns a folder's entries in the order of their names.
	list(dir string) ([]entry, error)
	// read returns a regular file's bytes; errOversized if there are more than limit.
	read(file string, limit int64) ([]byte, error)
	close()
}

// entry is what lies under one name of a folder.
type entry struct {
	name   string
	kind   kind
	copies int // how many entries of an archive claim the name; 1 in a folder
}

type kind string

const (
	regularFile kind = "a regular file"
	folder      kind = "a folder"
	symlink     kind = "a symbolic link"
	hardLink    kind = "a hard link"
	namedPipe   kind = "a named pipe"
	socket      kind = "a socket"
	device      kind = "a device"
	unknownKind kind = "neither a file nor a folder"
)

var errOversized = errors.New("larger than the limit")

// kindOf reads the kind from a mode.
func kindOf(mode fs.FileMode) kind {
	switch {
	case mode.IsRegular():
		return regularFile
	case mode.IsDir():
		return folder
	case mode&fs.ModeSymlink != 0:
		return symlink
	case mode&fs.ModeNamedPipe != 0:
		return namedPipe
	case mode&fs.ModeSocket != 0:
		return socket
	case mode&fs.ModeDevice != 0:
		return device
	}
	return unknownKind
}

// openTree opens the folder or archive at path. The path itself may be a link:
// it was chosen by who runs the grader, not by who wrote the submission.
func openTree(path string, wanted []Wanted, limits Limits) (tree, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, unreadable(path, "", err)
	}
	switch kindOf(info.Mode()) {
	case folder:
		return openDisk(path, limits)
	case regularFile:
		return openArchive(path, wanted, limits)
	}
	return nil, &InputError{Path: path, Problem: "is " + string(kindOf(info.Mode())),
		Remedy: "give a folder, a .zip or a .tar.gz"}
}

// openArchive tells archives apart by their first bytes, not by their names.
func openArchive(path string, wanted []Wanted, limits Limits) (tree, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|neverBlock, 0)
	if err != nil {
		return nil, unreadable(path, "", err)
	}
	opened, err := openedArchive(path, f, wanted, limits)
	if err != nil {
		f.Close()
		return nil, err
	}
	return opened, nil
}

// openedArchive takes over f if it succeeds.
func openedArchive(path string, f *os.File, wanted []Wanted, limits Limits) (tree, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, unreadable(path, "", err)
	}
	head := make([]byte, 4)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, unreadable(path, "", err)
	}
	head = head[:n]
	isZip := bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06"))
	isGzip := bytes.HasPrefix(head, []byte{0x1f, 0x8b})
	switch {
	case !isZip && !isGzip:
		return nil, notAnArchive(path, n == 0)
	case info.Size() > limits.ArchiveBytes:
		return nil, &InputError{Path: path,
			Problem: "the archive is " + bytesText(info.Size()) + ", more than " + bytesText(limits.ArchiveBytes),
			Remedy:  onlyTheLabs}
	case isZip:
		return openZip(path, f, info.Size(), limits)
	}
	return readTarGz(path, f, wanted, limits)
}

// onlyTheLabs is the remedy for everything that is too much.
const onlyTheLabs = "hand in only the lab folders, without .git and built programs"

// archiveSuffix is the suffix by which path claims to be an archive, or "".
func archiveSuffix(path string) string {
	for _, suffix := range []string{".zip", ".tar.gz", ".tgz"} {
		if strings.HasSuffix(strings.ToLower(path), suffix) {
			return suffix
		}
	}
	return ""
}

func notAnArchive(name string, empty bool) error {
	e := &InputError{Path: name, Problem: "is neither a folder nor a .zip nor a .tar.gz",
		Remedy: "give the folder that holds the lab's files, or an archive of it"}
	suffix := archiveSuffix(name)
	switch {
	case empty:
		e.Problem = "the file is empty"
	case suffix == ".zip":
		e.Problem, e.Remedy = "does not begin like a .zip", "make the archive again"
	case suffix != "":
		e.Problem, e.Remedy = "does not begin like a gzip file", "make the archive again, for example with tar czf"
	case strings.HasSuffix(name, ".go"):
		e.Problem = "is a single file"
		e.Remedy = "give the folder that it lies in"
	}
	return e
}

// unreadable explains an error of the operating system.
func unreadable(where, entry string, err error) error {
	e := &InputError{Path: where, Entry: entry, Err: err}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Problem, e.Remedy = "no such folder or archive", "check the path"
	case errors.Is(err, fs.ErrPermission):
		e.Problem, e.Remedy = "permission denied", "make it readable for the account that runs the grader"
	default:
		e.Problem = cause(err).Error()
	}
	return e
}

// cause is the system's own words, without the path that a PathError repeats.
func cause(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

// place is where a path of a tree leads.
type place struct {
	dir  string
	kind kind   // folder; "" if there is nothing; anything else is in the way
	stop string // the element of dir that is in the way, "" if none is
}

// reach follows dir element by element, by exact names, as far as it goes
// without a link or a name that an archive claims twice.
func reach(t tree, dir string) (place, error) {
	at := "."
	for _, name := range strings.Split(dir, "/") {
		if name == "." {
			continue
		}
		entries, err := t.list(at)
		if err != nil {
			return place{}, err
		}
		e, ok := named(entries, name)
		if !ok {
			return place{dir: dir}, nil
		}
		at = path.Join(at, name)
		if e.kind == symlink || e.copies > 1 {
			return place{dir: dir, kind: e.kind, stop: at}, nil
		}
		if e.kind != folder {
			return place{dir: dir}, nil
		}
	}
	return place{dir: dir, kind: folder}, nil
}

func named(entries []entry, name string) (entry, bool) {
	for _, e := range entries {
		if e.name == name {
			return e, true
		}
	}
	return entry{}, false
}
