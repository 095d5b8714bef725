package intake

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// readTarGz reads the stream once. It keeps names, and the contents of the files
// that a lab may ask for, as long as they are within the limit of one file. It
// closes f if it succeeds.
func readTarGz(path string, f *os.File, wanted []Wanted, limits Limits) (*archive, error) {
	s := tarStream{archive: newArchive(path, limits), keep: namesAskedFor(wanted), kept: map[string][]byte{}}
	zr, err := gzip.NewReader(f)
	if err != nil {
		return nil, damaged(path, "", "gzip file", err)
	}
	s.unpacked = &io.LimitedReader{R: zr, N: limits.UnpackedBytes + 1}
	if err := s.readAll(); err != nil {
		return nil, err
	}
	s.archive.content = func(file string, limit int64) ([]byte, error) {
		src, ok := s.kept[file]
		if !ok || int64(len(src)) > limit {
			return nil, errOversized
		}
		return src, nil
	}
	f.Close()
	return s.archive, nil
}

// namesAskedFor are the base names whose contents gather may read.
func namesAskedFor(wanted []Wanted) map[string]bool {
	names := map[string]bool{}
	for _, lab := range wanted {
		for _, name := range lab.Files {
			names[name] = true
		}
		for _, name := range lab.Given {
			names[name] = true
		}
		names[lab.Name+testSuffix] = true
	}
	return names
}

type tarStream struct {
	archive  *archive
	unpacked *io.LimitedReader
	keep     map[string]bool
	kept     map[string][]byte // an absent file that was asked for is oversized
}

func (s *tarStream) readAll() error {
	tr := tar.NewReader(s.unpacked)
	for {
		header, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return s.drain()
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) { // names are checked by add
			return s.failure("", err)
		}
		if err := s.take(header, tr); err != nil {
			return err
		}
	}
}

func (s *tarStream) take(header *tar.Header, content io.Reader) error {
	if header.Typeflag == tar.TypeXGlobalHeader {
		return nil
	}
	k := tarKind(header)
	place, err := s.archive.add(header.Name, k)
	if err != nil {
		return err
	}
	limit := s.archive.limits.FileBytes
	if k != regularFile || !s.keep[path.Base(place)] || header.Size > limit {
		return nil
	}
	src, err := readLimited(content, limit)
	if err != nil {
		return s.failure(place, err)
	}
	s.kept[place] = src
	return nil
}

func tarKind(h *tar.Header) kind {
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeGNUSparse:
		if strings.HasSuffix(h.Name, "/") {
			return folder // as very old archives write it
		}
		return regularFile
	case tar.TypeDir:
		return folder
	case tar.TypeSymlink:
		return symlink
	case tar.TypeLink:
		return hardLink
	case tar.TypeFifo:
		return namedPipe
	case tar.TypeChar, tar.TypeBlock:
		return device
	}
	return unknownKind
}

// drain reads to the end of the gzip stream, so that its checksum is checked and
// an archive that breaks off after its last file does not pass for whole.
func (s *tarStream) drain() error {
	_, err := io.Copy(io.Discard, s.unpacked)
	if errors.Is(err, gzip.ErrHeader) {
		return nil // something else follows the archive, as some mailers append it
	}
	if err != nil || s.unpacked.N <= 0 {
		return s.failure("", err)
	}
	return nil
}

// failure tells a stream that is too long from one that is damaged: the limit
// looks like a premature end to who reads through it.
func (s *tarStream) failure(entry string, err error) error {
	if s.unpacked.N <= 0 {
		return &InputError{Path: s.archive.path, Entry: entry,
			Problem: fmt.Sprintf("the archive unpacks to more than %s", bytesText(s.archive.limits.UnpackedBytes)),
			Remedy:  onlyTheLabs}
	}
	return damaged(s.archive.path, entry, "tar.gz", err)
}
