package intake

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// Whatever an archive holds, reading it ends, and what it yields keeps the
// promises of the package.
func fuzzArchive(t *testing.T, labs []Wanted, content []byte) {
	limits := Limits{FileBytes: 1 << 10, Entries: 100, ArchiveBytes: 1 << 16, UnpackedBytes: 1 << 16}
	path := filepath.Join(t.TempDir(), "ada")
	require.NoError(t, os.WriteFile(path, content, 0o644))
	sub, err := Open(path, labs, limits)
	if err != nil {
		var input *InputError
		require.ErrorAs(t, err, &input)
		require.True(t, utf8.ValidString(err.Error()), "%q", err.Error())
		return
	}
	require.NotEmpty(t, sub.Labs)
	for _, found := range sub.Labs {
		at := slices.IndexFunc(labs, func(w Wanted) bool { return w.ID == found.LabID })
		if found.Status != Taken {
			require.Empty(t, found.Subject.Files)
			require.True(t, found.Message != "" || len(found.Refusals) > 0)
			continue
		}
		require.Len(t, found.Subject.Files, len(labs[at].Files))
		for name, src := range found.Subject.Files {
			require.Contains(t, labs[at].Files, name)
			require.LessOrEqual(t, len(src), int(limits.FileBytes))
			require.True(t, utf8.Valid(src))
			require.NotContains(t, string(src), "\x00")
		}
	}
}

func FuzzZip(f *testing.F) {
	addSmall(f, func(items []item) []byte { return zipOf(f, items...) })
	for _, content := range brokenSituations(f) {
		f.Add(content)
	}
	labs := fuzzLabs()
	f.Fuzz(func(t *testing.T, content []byte) { fuzzArchive(t, labs, content) })
}

func FuzzTar(f *testing.F) {
	addSmall(f, func(items []item) []byte { return tarOf(f, items...) })
	labs := fuzzLabs()
	f.Fuzz(func(t *testing.T, content []byte) { fuzzArchive(t, labs, gzipOf(t, content)) })
}

func FuzzGzip(f *testing.F) {
	for _, content := range brokenSituations(f) {
		f.Add(content)
	}
	labs := fuzzLabs()
	f.Fuzz(func(t *testing.T, content []byte) {
		fuzzArchive(t, labs, append([]byte{0x1f, 0x8b}, content...))
	})
}

// fuzzLabs have no folders in a kit, so that nothing but the archive is read.
func fuzzLabs() []Wanted {
	return []Wanted{
		{ID: "ch04-concurrency/boundedbuffer", Chapter: "ch04-concurrency", Name: "boundedbuffer", Files: []string{"boundedbuffer.go"}, Given: []string{"api.go"}},
		{ID: "ch06-caching/cacheaside", Chapter: "ch06-caching", Name: "cacheaside", Files: []string{"cacheaside.go"}},
	}
}

// addSmall seeds a fuzzer with the situations, but for those of which mutations
// would only be slow.
func addSmall(f *testing.F, pack func([]item) []byte) {
	for _, s := range archiveSituations {
		if content := pack(s.items); len(content) < 8<<10 {
			f.Add(content)
		}
	}
}
