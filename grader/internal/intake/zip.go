package intake

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// directoryBytes bounds what is read of a zip's directory. The archive's own
// count of its entries is not to be believed, and the directory is read whole.
const directoryBytes = 4 << 20

var errDirectory = errors.New("directory larger than the limit")

// openZip reads the directory of a zip; contents are unpacked one by one, when
// they are asked for. It takes over f if it succeeds.
func openZip(path string, f *os.File, size int64, limits Limits) (*archive, error) {
	bounded := &boundedReader{r: f, left: directoryBytes}
	zr, err := zip.NewReader(bounded, size)
	a := newArchive(path, limits)
	switch {
	case errors.Is(err, errDirectory):
		return nil, a.tooManyEntries()
	case err != nil && !errors.Is(err, zip.ErrInsecurePath):
		return nil, damaged(path, "", "zip", err)
	}
	bounded.unbounded = true
	files := make(map[string]*zip.File, len(zr.File))
	for _, entry := range zr.File {
		place, err := a.add(entry.Name, zipKind(entry))
		if err != nil {
			return nil, err
		}
		files[place] = entry
	}
	a.release = f
	a.content = func(file string, limit int64) ([]byte, error) { return unzip(path, file, files[file], limit) }
	return a, nil
}

func zipKind(f *zip.File) kind {
	if strings.HasSuffix(f.Name, "/") {
		return folder
	}
	return kindOf(f.Mode())
}

const encrypted = 0x1 // the bit of a zip entry's flags

// unzip reads one entry, whatever size it declares, up to the limit.
func unzip(path, name string, f *zip.File, limit int64) ([]byte, error) {
	if f.Flags&encrypted != 0 {
		return nil, &InputError{Path: path, Entry: name, Problem: "is encrypted", Remedy: "make the archive again without a password"}
	}
	if f.UncompressedSize64 > uint64(limit) {
		return nil, errOversized
	}
	r, err := f.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		return nil, &InputError{Path: path, Entry: name, Err: err,
			Problem: fmt.Sprintf("is compressed by a method (number %d) that is not read here", f.Method),
			Remedy:  "make the archive again with the usual method, deflate"}
	}
	if err != nil {
		return nil, damaged(path, name, "zip", err)
	}
	defer r.Close()
	src, err := readLimited(r, limit)
	if err != nil && !errors.Is(err, errOversized) {
		return nil, damaged(path, name, "zip", err)
	}
	return src, err
}

// damaged explains an archive that breaks off or does not add up.
func damaged(path, entry, format string, err error) error {
	problem := "the " + format + " is damaged (" + cause(err).Error() + ")"
	if errors.Is(err, io.ErrUnexpectedEOF) {
		problem = "the " + format + " breaks off in the middle"
	}
	return &InputError{Path: path, Entry: entry, Problem: problem, Remedy: "make the archive again, or copy it again", Err: err}
}

// boundedReader fails once more than left bytes were read, until it is told that
// the rest is bounded otherwise.
type boundedReader struct {
	r         io.ReaderAt
	left      int64
	unbounded bool
}

func (b *boundedReader) ReadAt(p []byte, off int64) (int, error) {
	if b.unbounded {
		return b.r.ReadAt(p, off)
	}
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, errDirectory
	}
	return b.r.ReadAt(p, off)
}
