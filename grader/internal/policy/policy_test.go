package policy

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"scalelab/grader/internal/archive"
)

var update = flag.Bool("update", false, "record the golden sections anew")

// A situation is a file of testdata/situations: a sentence that says what it
// shows, the rules, the subject's files, and what is found.
//
//	Writing io.EOF changes what the suite compares with.
//
//	imports: errors io
//	api: func New() error
//	state: none                      (NoState)
//	-- boundedbuffer.go --
//	-- api.go --                     given
//	-- findings --
type situation struct {
	path    string
	archive *txtar.Archive
	files   map[string][]byte
	rules   Rules
	want    string
}

func situations(t testing.TB) map[string]situation {
	t.Helper()
	paths, err := filepath.Glob("testdata/situations/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	all := map[string]situation{}
	for _, path := range paths {
		all[strings.TrimSuffix(filepath.Base(path), ".txtar")] = readSituation(t, path)
	}
	return all
}

func readSituation(t testing.TB, path string) situation {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	require.NoError(t, err)
	s := situation{path: path, archive: archive, files: map[string][]byte{},
		rules: Rules{Package: "boundedbuffer", Path: "scalelab/labs/ch04-concurrency/boundedbuffer", Given: map[string][]byte{}}}
	for line := range strings.Lines(string(archive.Comment)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "imports":
			s.rules.Imports = strings.Fields(value)
		case "api":
			s.rules.API = append(s.rules.API, value)
		case "state":
			s.rules.NoState = value == "none"
		}
	}
	for _, file := range archive.Files {
		switch file.Name {
		case "api.go":
			s.rules.Given[file.Name] = file.Data
		case "findings":
			s.want = string(file.Data)
		default:
			s.files[file.Name] = file.Data
		}
	}
	return s
}

// examine runs both passes as the grader does: the second if the first found nothing.
func examine(s situation, imp *Exports) (Findings, error) {
	src, findings := Syntax(s.files, s.rules)
	if !findings.OK() {
		return findings, nil
	}
	return Types(src, imp, s.rules)
}

func text(f Findings) string {
	var b strings.Builder
	for _, r := range f.Refusals {
		fmt.Fprintf(&b, "%s [%s, column %d]\n", r, r.Rule, r.Column)
	}
	for _, e := range f.Errors {
		fmt.Fprintf(&b, "%s [build error, column %d]\n", e, e.Column)
	}
	if f.OK() {
		b.WriteString("nothing\n")
	}
	return b.String()
}

func TestSituations(t *testing.T) {
	imp := exports(t)
	for name, s := range situations(t) {
		t.Run(name, func(t *testing.T) {
			findings, err := examine(s, imp)
			require.NoError(t, err)
			got := text(findings)
			if *update {
				record(t, s, got)
				return
			}
			require.Equal(t, s.want, got, "the findings of %s (if the new text is right: -update)", s.path)
		})
	}
}

func record(t *testing.T, s situation, got string) {
	t.Helper()
	files := s.archive.Files
	if len(files) == 0 || files[len(files)-1].Name != "findings" {
		files = append(files, txtar.File{Name: "findings"})
	}
	files[len(files)-1].Data = []byte(got)
	s.archive.Files = files
	require.NoError(t, os.WriteFile(s.path, txtar.Format(s.archive), 0o644))
}

// exports are the export data of everything that a situation imports, read once
// for all tests: sharing them is part of the promise.
func exports(t testing.TB) *Exports {
	t.Helper()
	x, err := sharedExports()
	require.NoError(t, err)
	return x
}

var sharedExports = sync.OnceValues(func() (*Exports, error) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		return nil, err
	}
	imports := []string{"context", "errors", "fmt", "io", "log", "net", "net/http", "os", "sort", "strings",
		"sync", "sync/atomic", "time", "encoding/base64", "encoding/binary", "github.com/redis/go-redis/v9", "scalelab/pkg/lab"}
	set, err := archive.Finder{Run: goCommand, Root: root}.Find(context.Background(), imports)
	if err != nil {
		return nil, err
	}
	return ExportsOf(set, imports), nil
})

// goCommand runs the go command as the grader does.
func goCommand(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GOPROXY=off", "GOTOOLCHAIN=local")
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err != nil {
		err = errors.Join(err, errors.New(stderr.String()))
	}
	return stdout.String(), err
}
