package intake

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "record the golden files anew")

// A kit with three labs, one of them of two files.
const (
	bufferSource = "package boundedbuffer\n\nfunc mine() {}\n"
	cacheSource  = "package cacheaside\n"
	frameSource  = "package wire\n\nfunc frame() {}\n"
	codecStub    = "package wire\n\nfunc codec() { panic(1) }\n"
	apiSource    = "package boundedbuffer\n\nvar ErrClosed error\n"
)

// kit writes the labs' own files and returns the labs that may be handed in.
func kit(t *testing.T) []Wanted {
	t.Helper()
	root := t.TempDir()
	labs := []Wanted{
		{ID: "ch04-concurrency/boundedbuffer", Files: []string{"boundedbuffer.go"}, Given: []string{"api.go"}},
		{ID: "ch06-caching/cacheaside", Files: []string{"cacheaside.go"}, Given: []string{"api.go"}},
		{ID: "ch03-essentials/wire", Files: []string{"frame.go", "codec.go"}, Given: []string{"api.go"}},
	}
	for i := range labs {
		labs[i].Chapter, labs[i].Name, _ = strings.Cut(labs[i].ID, "/")
		labs[i].Dir = filepath.Join(root, labs[i].ID)
	}
	write(t, root, map[string]string{
		"ch04-concurrency/boundedbuffer/api.go":                apiSource,
		"ch04-concurrency/boundedbuffer/boundedbuffer.go":      "package boundedbuffer\n",
		"ch04-concurrency/boundedbuffer/boundedbuffer_test.go": "package boundedbuffer_test\n",
		"ch06-caching/cacheaside/cacheaside.go":                "package cacheaside\n",
		"ch03-essentials/wire/frame.go":                        "package wire\n",
		"ch03-essentials/wire/codec.go":                        codecStub,
	})
	return labs
}

// asking marks labs as asked for by name.
func asking(labs []Wanted, names ...string) []Wanted {
	labs = slices.Clone(labs)
	for i := range labs {
		labs[i].Named = slices.Contains(names, labs[i].Name)
	}
	return labs
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(content), 0o644))
	}
}

// describe is everything that a caller learns, as text, with the submission's
// path as PATH.
func describe(path string, sub *Submission, err error) string {
	var b strings.Builder
	if err != nil {
		fmt.Fprintf(&b, "error: %s\n", err)
		for _, kind := range []error{ErrNoLab, fs.ErrNotExist, fs.ErrPermission} {
			if errors.Is(err, kind) {
				fmt.Fprintf(&b, "is: %s\n", kind)
			}
		}
		return strings.ReplaceAll(b.String(), path, "PATH")
	}
	notices := func(indent string, list []Notice) {
		for _, n := range list {
			quiet := ""
			if n.Quiet {
				quiet = " (quiet)"
			}
			fmt.Fprintf(&b, "%snotice%s: %s\n", indent, quiet, n)
		}
	}
	fmt.Fprintf(&b, "submission %s\n", sub.Name)
	notices("  ", sub.Notices)
	for _, found := range sub.Labs {
		fmt.Fprintf(&b, "  %s: %s", found.LabID, found.Status)
		if found.Place != "" {
			fmt.Fprintf(&b, " in %s", found.Place)
		}
		b.WriteString("\n")
		if found.Message != "" {
			fmt.Fprintf(&b, "    %s\n", found.Message)
		}
		for _, r := range found.Refusals {
			fmt.Fprintf(&b, "    refused: %s [%s]\n", r, r.Rule)
		}
		for _, name := range slices.Sorted(maps.Keys(found.Subject.Files)) {
			fmt.Fprintf(&b, "    file: %s, %d bytes\n", name, len(found.Subject.Files[name]))
		}
		notices("    ", found.Subject.Notices)
	}
	return strings.ReplaceAll(b.String(), path, "PATH")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name+".txt")
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "record it with -update")
	require.Equal(t, string(want), got, "golden %s (if the new text is right: -update)", name)
}

// Every situation names what lies in the submission's folder.
func TestFolders(t *testing.T) {
	const buffer, cache = "ch04-concurrency/boundedbuffer/", "ch06-caching/cacheaside/"
	situations := []struct {
		name  string
		ask   []string
		files map[string]string
	}{
		{"kit-shaped", nil, map[string]string{buffer + "boundedbuffer.go": bufferSource, cache + "cacheaside.go": cacheSource}},
		{"kit-shaped-under-labs", nil, map[string]string{"labs/" + buffer + "boundedbuffer.go": bufferSource, "README.md": "mine"}},
		{"kit-shaped-under-solutions", nil, map[string]string{"solutions/" + buffer + "boundedbuffer.go": bufferSource}},
		{"labs-before-solutions", nil, map[string]string{"labs/" + buffer + "boundedbuffer.go": bufferSource, "solutions/" + buffer + "boundedbuffer.go": "x"}},
		{"kit-shaped-in-wrapping-folder", nil, map[string]string{"ada-lovelace/final/labs/" + buffer + "boundedbuffer.go": bufferSource, "ada-lovelace/.DS_Store": "x", "__MACOSX/x/._y": ""}},
		{"chapter-folder", nil, map[string]string{"boundedbuffer/boundedbuffer.go": bufferSource, "notes.txt": "x"}},
		{"bare-lab", nil, map[string]string{"boundedbuffer.go": bufferSource}},
		{"bare-lab-named", []string{"boundedbuffer"}, map[string]string{"boundedbuffer.go": bufferSource}},
		{"bare-lab-ambiguous", nil, map[string]string{"boundedbuffer.go": bufferSource, "cacheaside.go": cacheSource}},
		{"bare-lab-ambiguous-but-named", []string{"cacheaside"}, map[string]string{"boundedbuffer.go": bufferSource, "cacheaside.go": cacheSource}},
		{"bare-lab-in-wrapping-folder", nil, map[string]string{"handin/boundedbuffer.go": bufferSource}},
		{"named-lab-absent", []string{"boundedbuffer", "cacheaside"}, map[string]string{cache + "cacheaside.go": cacheSource}},
		{"named-lab-absent-beside-bare-other", []string{"boundedbuffer"}, map[string]string{"cacheaside.go": cacheSource}},
		{"named-lab-only", []string{"cacheaside"}, map[string]string{buffer + "boundedbuffer.go": bufferSource, cache + "cacheaside.go": cacheSource}},
		{"lab-folder-without-its-file", nil, map[string]string{buffer + "BoundedBuffer.go": bufferSource, buffer + "api.go": apiSource}},
		{"one-of-two-files", nil, map[string]string{"ch03-essentials/wire/frame.go": frameSource}},
		{"no-lab", nil, map[string]string{"main.go": "package main", "go.mod": "module x", "a": "", "b": "", "c": "", "d": "", ".DS_Store": ""}},
		{"no-lab-named", []string{"cacheaside"}, map[string]string{"main.go": "package main"}},
		{"empty", nil, nil},
		{"as-handed-out", nil, map[string]string{buffer + "boundedbuffer.go": bufferSource, buffer + "api.go": apiSource,
			buffer + "boundedbuffer_test.go": "package boundedbuffer_test\n", buffer + "README.md": "# Story", buffer + "lab.yaml": "title: x"}},
		{"changed-given-file-and-tests", nil, map[string]string{buffer + "boundedbuffer.go": bufferSource, buffer + "api.go": apiSource + "// mine",
			buffer + "boundedbuffer_test.go": "package other", buffer + "my_test.go": "package boundedbuffer", buffer + "go.mod": "module evil", buffer + "vendor/x/x.go": "package x"}},
		{"extra-source-and-junk", nil, map[string]string{buffer + "boundedbuffer.go": bufferSource, buffer + "extra.go": "package boundedbuffer",
			buffer + "fast_amd64.s": "TEXT", buffer + ".DS_Store": "", buffer + "boundedbuffer.go~": "", buffer + ".git/HEAD": "", buffer + "._boundedbuffer.go": "",
			buffer + "Thumbs.db": "", buffer + "a.out": "", buffer + "sub/sub.go": "package sub"}},
		{"strange-names", nil, map[string]string{buffer + "boundedbuffer.go": bufferSource, buffer + "\x1b[31mred\nline.go": "", buffer + strings.Repeat("ä", 120) + ".go": "", buffer + "bad\xff.go": ""}},
		{"nul-byte", nil, map[string]string{buffer + "boundedbuffer.go": "package boundedbuffer\n\x00"}},
		{"not-utf8", nil, map[string]string{buffer + "boundedbuffer.go": "package boundedbuffer\n\n// caf\xe9\n", cache + "cacheaside.go": cacheSource}},
		{"bom-and-crlf-are-fine", nil, map[string]string{buffer + "boundedbuffer.go": "\ufeffpackage boundedbuffer\r\n"}},
		{"replacement-character-is-text", nil, map[string]string{buffer + "boundedbuffer.go": "package boundedbuffer // \ufffd\n"}},
		{"two-spellings", nil, map[string]string{buffer + "boundedbuffer.go": bufferSource, buffer + "boundedBuffer.go": bufferSource}},
		{"too-large-by-one-byte", nil, map[string]string{buffer + "boundedbuffer.go": strings.Repeat("/", 256<<10+1)}},
		{"as-large-as-allowed", nil, map[string]string{buffer + "boundedbuffer.go": strings.Repeat("/", 256<<10)}},
		{"folder-called-like-the-file", nil, map[string]string{buffer + "boundedbuffer.go/x": ""}},
		{"file-called-like-the-chapter", nil, map[string]string{"ch04-concurrency": "", "labs": "", "boundedbuffer.go": bufferSource}},
	}
	labs := kit(t)
	for _, s := range situations {
		t.Run(s.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "ada")
			require.NoError(t, os.Mkdir(dir, 0o755))
			write(t, dir, s.files)
			sub, err := Open(dir, asking(labs, s.ask...), Limits{})
			golden(t, s.name, describe(dir, sub, err))
		})
	}
}

func TestFilesAreTakenByteForByte(t *testing.T) {
	dir := t.TempDir()
	source := "\ufeffpackage boundedbuffer\r\n\r\n// end without newline"
	write(t, dir, map[string]string{"ch04-concurrency/boundedbuffer/boundedbuffer.go": source})
	sub, err := Open(dir, kit(t), Limits{})
	require.NoError(t, err)
	require.Equal(t, source, string(sub.Labs[0].Subject.Files["boundedbuffer.go"]))
}

func TestAbsentFilesOfALabKeepTheStub(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"wire/frame.go": frameSource})
	sub, err := Open(dir, kit(t), Limits{})
	require.NoError(t, err)
	files := sub.Labs[0].Subject.Files
	require.Equal(t, frameSource, string(files["frame.go"]))
	require.Equal(t, codecStub, string(files["codec.go"]))
}

func TestTooManyEntriesInAFolder(t *testing.T) {
	dir := t.TempDir()
	for i := range 51 {
		write(t, dir, map[string]string{fmt.Sprintf("ch04-concurrency/boundedbuffer/x%02d.txt", i): ""})
	}
	sub, err := Open(dir, kit(t), Limits{Entries: 50})
	golden(t, "too-many-entries-in-a-folder", describe(dir, sub, err))
}

func TestManyFilesNotTakenAreCounted(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"boundedbuffer.go": bufferSource})
	for i := range 100 {
		write(t, dir, map[string]string{fmt.Sprintf("x%02d.go", i): ""})
	}
	sub, err := Open(dir, kit(t), Limits{})
	require.NoError(t, err)
	notices := sub.Labs[0].Subject.Notices
	require.Len(t, notices, mostNotices+1)
	require.Equal(t, "80 more files were not taken", notices[mostNotices].String())
}

func TestSubmissionNames(t *testing.T) {
	for path, name := range map[string]string{
		"class/ada": "ada", "class/ada/": "ada", "ada.zip": "ada", "a/b.c.tar.gz": "b.c", "x.TGZ": "x", ".zip": ".zip", "ada.7z": "ada.7z",
	} {
		require.Equal(t, name, submissionName(path), path)
	}
}
