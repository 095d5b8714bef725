package files_test

import (
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/files"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
}

func TestDigestTreeIsOfNamesAndContents(t *testing.T) {
	dir := t.TempDir()
	digest := func() string {
		h := sha256.New()
		require.NoError(t, files.DigestTree(h, dir, func(d fs.DirEntry) bool { return d.Name() != "out" }))
		return string(h.Sum(nil))
	}
	write(t, filepath.Join(dir, "a.go"), "package a")
	write(t, filepath.Join(dir, "deep", "b.go"), "package b")
	first := digest()
	write(t, filepath.Join(dir, "out", "c.go"), "package c")
	write(t, filepath.Join(dir, "deep", "out"), "not a folder")
	require.Equal(t, first, digest(), "what is not wanted does not count, with all that is in it")
	for _, change := range [][2]string{{"a.go", "package z"}, {"a.go", "package a\n"}, {"deep/more.go", ""}} {
		write(t, filepath.Join(dir, change[0]), change[1])
		now := digest()
		require.NotEqual(t, first, now, "%v", change)
		first = now
	}
}

func TestReplaceLeavesTheOldFileIfItFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new folder", "file")
	say := func(text string, err error) func(io.Writer) error {
		return func(w io.Writer) error {
			_, wrote := io.WriteString(w, text)
			return errors.Join(wrote, err)
		}
	}
	require.NoError(t, files.Replace(path, say("one", nil)))
	require.ErrorIs(t, files.Replace(path, say("half of it", io.ErrShortWrite)), io.ErrShortWrite)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "one", string(text))
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing else is left in the folder")
}
