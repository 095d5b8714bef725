package intake

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// item is one entry of an archive under test.
type item struct {
	name, content string
	mode          fs.FileMode
}

const bufferFile = "ch04-concurrency/boundedbuffer/boundedbuffer.go"

func zipOf(t testing.TB, items ...item) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, it := range items {
		h := &zip.FileHeader{Name: it.name, Method: zip.Deflate}
		h.SetMode(it.mode | 0o644)
		f, err := w.CreateHeader(h)
		require.NoError(t, err)
		if !strings.HasSuffix(it.name, "/") {
			_, err = io.WriteString(f, it.content)
			require.NoError(t, err)
		}
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

func gzipOf(t testing.TB, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

func tarOf(t testing.TB, items ...item) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	types := map[fs.FileMode]byte{0: tar.TypeReg, fs.ModeDir: tar.TypeDir, fs.ModeSymlink: tar.TypeSymlink,
		fs.ModeIrregular: tar.TypeLink, fs.ModeNamedPipe: tar.TypeFifo, fs.ModeDevice: tar.TypeBlock}
	for _, it := range items {
		h := &tar.Header{Name: it.name, Mode: 0o644, Typeflag: types[it.mode], Size: int64(len(it.content))}
		if it.mode != 0 {
			h.Size = 0
			h.Linkname = "/etc/passwd"
		}
		require.NoError(t, w.WriteHeader(h))
		if it.mode == 0 {
			_, err := io.WriteString(w, it.content)
			require.NoError(t, err)
		}
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

// archiveSituations are handed in twice, as a zip and as a tar.gz, and must give
// the same answer but for the words zip and tar.gz.
var archiveSituations = []struct {
	name  string
	items []item
}{
	{"archive-kit-shaped", []item{{name: bufferFile, content: bufferSource}, {name: "ch06-caching/", mode: fs.ModeDir}, {name: "ch06-caching/cacheaside/cacheaside.go", content: cacheSource}}},
	{"archive-with-dot-prefix", []item{{name: "./", mode: fs.ModeDir}, {name: "./" + bufferFile, content: bufferSource}}},
	{"archive-wrapped", []item{{name: "ada-main/labs/" + bufferFile, content: bufferSource}, {name: "__MACOSX/ada-main/._x", content: ""}}},
	{"archive-of-a-bare-folder", []item{{name: "boundedbuffer/boundedbuffer.go", content: bufferSource}, {name: "boundedbuffer/api.go", content: apiSource}}},
	{"archive-of-bare-files", []item{{name: "boundedbuffer.go", content: bufferSource}, {name: "extra.go", content: "package x"}}},
	{"archive-climbs-out", []item{{name: bufferFile, content: bufferSource}, {name: "../../../etc/cron.d/x", content: "x"}}},
	{"archive-climbs-out-and-back", []item{{name: "labs/../labs/" + bufferFile, content: bufferSource}}},
	{"archive-absolute-name", []item{{name: "/" + bufferFile, content: bufferSource}}},
	{"archive-drive-letter", []item{{name: "C:/" + bufferFile, content: bufferSource}}},
	{"archive-backslashes", []item{{name: `ch04-concurrency\boundedbuffer\boundedbuffer.go`, content: bufferSource}}},
	{"archive-too-deep", []item{{name: strings.Repeat("a/", 40) + "boundedbuffer.go", content: bufferSource}}},
	{"archive-linked-file", []item{{name: bufferFile, content: "/etc/passwd", mode: fs.ModeSymlink}, {name: "ch06-caching/cacheaside/cacheaside.go", content: cacheSource}}},
	{"archive-linked-folder", []item{{name: "ch04-concurrency/boundedbuffer", content: "/etc", mode: fs.ModeSymlink}, {name: bufferFile, content: bufferSource}}},
	{"archive-linked-elsewhere", []item{{name: bufferFile, content: bufferSource}, {name: "notes", content: "/etc/passwd", mode: fs.ModeSymlink}}},
	{"archive-device", []item{{name: bufferFile, mode: fs.ModeDevice}}},
	{"archive-pipe", []item{{name: bufferFile, mode: fs.ModeNamedPipe}}},
	{"archive-two-entries", []item{{name: bufferFile, content: bufferSource}, {name: bufferFile, content: "package other"}}},
	{"archive-two-entries-by-spelling-of-the-path", []item{{name: bufferFile, content: bufferSource}, {name: "./ch04-concurrency//boundedbuffer/boundedbuffer.go", content: "package other"}}},
	{"archive-two-entries-of-an-ignored-file", []item{{name: bufferFile, content: bufferSource}, {name: "ch04-concurrency/boundedbuffer/api.go"}, {name: "ch04-concurrency/boundedbuffer/api.go"}}},
	{"archive-two-spellings", []item{{name: bufferFile, content: bufferSource}, {name: "ch04-concurrency/boundedbuffer/BOUNDEDBUFFER.go", content: "package other"}}},
	{"archive-file-and-folder", []item{{name: bufferFile, content: bufferSource}, {name: bufferFile + "/x", content: "package other"}}},
	{"archive-oversized-file", []item{{name: bufferFile, content: strings.Repeat("/", 300<<10)}, {name: "ch06-caching/cacheaside/cacheaside.go", content: cacheSource}}},
	{"archive-not-text", []item{{name: bufferFile, content: "package boundedbuffer\x00"}}},
	{"archive-without-lab", []item{{name: "thesis/main.tex", content: "x"}}},
	{"archive-empty", nil},
}

func TestArchives(t *testing.T) {
	labs := kit(t)
	for _, s := range archiveSituations {
		t.Run(s.name, func(t *testing.T) {
			for suffix, content := range map[string][]byte{
				".zip":    zipOf(t, s.items...),
				".tar.gz": gzipOf(t, tarOf(t, s.items...)),
			} {
				path := filepath.Join(t.TempDir(), "ada"+suffix)
				require.NoError(t, os.WriteFile(path, content, 0o644))
				sub, err := Open(path, labs, Limits{})
				golden(t, s.name, describe(path, sub, err))
			}
		})
	}
}

// brokenSituations are archives that no archiver wrote.
func brokenSituations(t testing.TB) map[string][]byte {
	whole := zipOf(t, item{name: bufferFile, content: bufferSource})
	wholeTar := tarOf(t, item{name: bufferFile, content: bufferSource})
	packed := gzipOf(t, wholeTar)

	wrongSum := bytes.Clone(whole)
	wrongSum[bytes.Index(wrongSum, []byte("PK\x01\x02"))+16] ^= 0xff // CRC in the directory
	locked := bytes.Clone(whole)
	locked[bytes.Index(locked, []byte("PK\x01\x02"))+8] |= encrypted
	strange := bytes.Clone(whole)
	strange[bytes.Index(strange, []byte("PK\x01\x02"))+10] = 9 // deflate64
	wrongGzipSum := bytes.Clone(packed)
	wrongGzipSum[len(wrongGzipSum)-6] ^= 0xff

	return map[string][]byte{
		"broken-cut.zip":               whole[:len(whole)-30],
		"broken-wrong-checksum.zip":    wrongSum,
		"broken-encrypted.zip":         locked,
		"broken-unknown-method.zip":    strange,
		"broken-not-a-zip.zip":         []byte("this is a letter"),
		"broken-empty.zip":             nil,
		"broken-cut.tar.gz":            packed[:len(packed)-20],
		"broken-cut-in-header.tgz":     packed[:6],
		"broken-cut-tar.tar.gz":        gzipOf(t, wholeTar[:530]),
		"broken-wrong-checksum.tgz":    wrongGzipSum,
		"broken-not-a-gzip.tgz":        []byte("this is a letter"),
		"broken-gzip-of-a-letter.tgz":  gzipOf(t, []byte(strings.Repeat("this is a letter ", 100))),
		"broken-single-file.go":        []byte(bufferSource),
		"broken-rar.rar":               []byte("Rar!\x1a\x07"),
		"broken-no-go-with-spaces":     []byte("x"),
		"fine-tar-without-its-end.tgz": gzipOf(t, wholeTar[:600]),
		"fine-mailers-appendix.tgz":    append(bytes.Clone(packed), "-- \nsent from my telephone"...),
		"fine-two-gzip-members.tgz":    append(gzipOf(t, wholeTar[:700]), gzipOf(t, wholeTar[700:])...),
		"fine-zip-called-otherwise":    whole,
	}
}

func TestBrokenArchives(t *testing.T) {
	labs := kit(t)
	for name, content := range brokenSituations(t) {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			require.NoError(t, os.WriteFile(path, content, 0o644))
			sub, err := Open(path, labs, Limits{})
			golden(t, name, describe(path, sub, err))
		})
	}
}

func TestNothingAtThePath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nobody")
	sub, err := Open(path, kit(t), Limits{})
	golden(t, "nothing-at-the-path", describe(path, sub, err))
}

// A quarter of a gigabyte of zeros packs into a megabyte. It is refused by its declared size,
// and by what comes out if the declaration lies.
func TestZipBomb(t *testing.T) {
	honest := bombZip(t, 1<<28)
	lying := bytes.Clone(honest)
	directory := bytes.Index(lying, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(lying[directory+24:], 1000) // the declared size
	labs := kit(t)
	for name, content := range map[string][]byte{"bomb-declared": honest, "bomb-lying": lying} {
		path := filepath.Join(t.TempDir(), "ada.zip")
		require.NoError(t, os.WriteFile(path, content, 0o644))
		var sub *Submission
		var err error
		used := allocated(func() { sub, err = Open(path, labs, Limits{}) })
		golden(t, name, describe(path, sub, err))
		require.Less(t, used, uint64(little), name)
	}
}

func bombZip(t *testing.T, size int64) []byte {
	t.Helper()
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestSpeed)
	require.NoError(t, err)
	_, err = io.CopyN(w, zeros{}, size)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	raw, err := z.CreateRaw(&zip.FileHeader{Name: bufferFile, Method: zip.Deflate,
		CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(size)})
	require.NoError(t, err)
	_, err = raw.Write(packed.Bytes())
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return out.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// The stream of a tar.gz has to be unpacked to be read, but only so far.
func TestTarBomb(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ada.tar.gz")
	f, err := os.Create(path)
	require.NoError(t, err)
	gz := gzip.NewWriter(f)
	w := tar.NewWriter(gz)
	require.NoError(t, w.WriteHeader(&tar.Header{Name: bufferFile, Mode: 0o644, Size: 80 << 20}))
	_, err = io.CopyN(w, zeros{}, 80<<20)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.NoError(t, gz.Close())
	require.NoError(t, f.Close())
	labs := kit(t)
	var sub *Submission
	used := allocated(func() { sub, err = Open(path, labs, Limits{}) })
	golden(t, "bomb-tar", describe(path, sub, err))
	require.Less(t, used, uint64(little))
}

func TestArchiveWithTooManyEntries(t *testing.T) {
	var items []item
	for i := range 101 {
		items = append(items, item{name: fmt.Sprintf("x%03d", i)})
	}
	labs := kit(t)
	for suffix, content := range map[string][]byte{".zip": zipOf(t, items...), ".tgz": gzipOf(t, tarOf(t, items...))} {
		path := filepath.Join(t.TempDir(), "ada"+suffix)
		require.NoError(t, os.WriteFile(path, content, 0o644))
		sub, err := Open(path, labs, Limits{Entries: 100})
		golden(t, "archive-too-many-entries", describe(path, sub, err))
	}
}

// Folders that exist only as parts of names are entries, too.
func TestArchiveWithTooManyImpliedFolders(t *testing.T) {
	var items []item
	for i := range 40 {
		items = append(items, item{name: fmt.Sprintf("a%d/b/c", i)})
	}
	path := filepath.Join(t.TempDir(), "ada.zip")
	require.NoError(t, os.WriteFile(path, zipOf(t, items...), 0o644))
	_, err := Open(path, kit(t), Limits{Entries: 100})
	require.ErrorContains(t, err, "more than 100 entries")
}

// The directory of a zip is larger than its own count says: half a million
// entries behind a count that is theirs modulo 65 536.
func TestZipDirectoryIsBounded(t *testing.T) {
	one := zipOf(t, item{name: "x"})
	start := bytes.Index(one, []byte("PK\x01\x02"))
	end := bytes.Index(one, []byte("PK\x05\x06"))
	const copies = 8 << 16
	content := append(bytes.Clone(one[:start]), bytes.Repeat(one[start:end], copies)...)
	tail := bytes.Clone(one[end:])
	binary.LittleEndian.PutUint16(tail[8:], copies&0xffff)
	binary.LittleEndian.PutUint16(tail[10:], copies&0xffff)
	binary.LittleEndian.PutUint32(tail[12:], uint32(copies*(end-start)))
	path := filepath.Join(t.TempDir(), "ada.zip")
	require.NoError(t, os.WriteFile(path, append(content, tail...), 0o644))
	labs := kit(t)
	var err error
	used := allocated(func() { _, err = Open(path, labs, Limits{}) })
	require.ErrorContains(t, err, "more than 10000 entries")
	require.Less(t, used, uint64(64<<20))
}

func TestArchiveTooLarge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ada.zip")
	require.NoError(t, os.WriteFile(path, zipOf(t, item{name: bufferFile, content: bufferSource}), 0o644))
	sub, err := Open(path, kit(t), Limits{ArchiveBytes: 100})
	require.Nil(t, sub)
	var input *InputError
	require.ErrorAs(t, err, &input)
	require.Contains(t, input.Problem, "more than 100 bytes")
}

// allocated is how many bytes f allocates, all of them, freed or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

const little = 4 << 20 // bytes: what refusing something huge may allocate
