package kit_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"scalelab/grader/internal/kit"
)

// write lays the archive out in a fresh folder, after replacing old by new in every file, and returns the folder.
func write(t *testing.T, old, new string) string {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/good.txtar")
	require.NoError(t, err)
	root := t.TempDir()
	replaced := false
	for _, f := range archive.Files {
		text := string(f.Data)
		replaced = replaced || strings.Contains(text, old)
		path := filepath.Join(root, f.Name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(strings.Replace(text, old, new, 1)), 0o644))
	}
	require.True(t, replaced, "%q is not in the archive", old)
	return root
}

func TestLoadReadsALab(t *testing.T) {
	k, err := kit.Load(write(t, "", ""))
	require.NoError(t, err)
	require.Len(t, k.Labs, 1)
	lab := k.Labs[0]
	require.Equal(t, "ch04-concurrency/tiny", lab.ID)
	require.Equal(t, []string{"api.go"}, lab.Given)
	require.Equal(t, []string{"redis"}, lab.Services())
	require.Equal(t, "scalelab/labs/ch04-concurrency/tiny", lab.Package())

	one, ok := lab.Check("TestOne")
	require.True(t, ok)
	require.Equal(t, kit.Plain, one.Mode, "the lab's default")
	require.Equal(t, 10*time.Second, one.Timeout, "the lab's default")
	two, _ := lab.Check("TestTwo")
	require.Equal(t, kit.Services, two.Mode, "the check's own")
	require.Equal(t, 3*time.Second, two.Timeout, "the check's own")
}

func TestBrokenLabsAreNamedByFileAndLine(t *testing.T) {
	const file = "labs/ch04-concurrency/tiny/lab.yaml"
	for name, c := range map[string]struct{ old, new, want string }{
		"points that do not add up":   {"points: 40", "points: 30", file + ":13: the points add up to 90, not to 100"},
		"a check worth nothing":       {"points: 40", "points: 0", file + ":18: TestTwo is worth 0 points; a check is worth at least 1"},
		"an unknown key":              {"level: starter", "level: starter\ncolour: red", file + ":8: unknown field \"colour\""},
		"an unknown key of a check":   {"hints: [Count.]", "hint: [Count.]", file + ":16: unknown field \"hint\""},
		"an unknown test":             {"test: TestTwo", "test: TestThree", file + ":17: the suite has no test function TestThree"},
		"a test that is not listed":   {"test: TestTwo", "test: TestThree", file + ":13: the suite's TestTwo is not listed"},
		"a test listed twice":         {"test: TestTwo", "test: TestOne", file + ":17: TestOne is listed twice"},
		"no rule":                     {"rule: New returns one.", "rule: ''", file + ":15: TestOne has no rule"},
		"an unknown mode":             {"mode: plain", "mode: fast", file + ":9: mode \"fast\" of TestOne is none of plain, virtualtime, services, interleave"},
		"a bad time-out":              {"timeout: 3s", "timeout: soon", file + ":23: timeout \"soon\" is not a positive duration such as 10s"},
		"an unknown service":          {"services: [redis]", "services: [kafka]", file + ":22: service \"kafka\" of TestTwo is none of redis, rabbitmq"},
		"a file that is not there":    {"files: [tiny.go]", "files: [big.go]", file + ":5: big.go is not in labs/ch04-concurrency/tiny"},
		"a file that is a test":       {"files: [tiny.go]", "files: [tiny_test.go]", file + ":5: \"tiny_test.go\" is not the plain name of a Go file"},
		"a chapter that is another":   {"chapter: 4", "chapter: 5", file + ":3: chapter 5 does not match the folder ch04-concurrency"},
		"a level that does not exist": {"level: starter", "level: easy", file + ":7: level \"easy\" is none of starter, core, advanced"},
		"no api":                      {"api: [\"func New() int\"]", "api: []", file + ":6: api is empty"},
		"a declaration that is none":  {"func New() int\"]", "New() int\"]", file + ":6: api: "},
		"an import that never may":    {"imports: [errors]", "imports: [errors, unsafe]", file + ":11: unsafe cannot be allowed: "},
		"an unknown need":             {"timeout: 3s", "needs: [luck]", file + ":23: TestTwo: unknown need \"luck\""},
		"broken YAML":                 {"files: [tiny.go]", "files: [tiny.go", file + ":"},
		"a suite that does not parse": {"package tiny_test", "package", "suite_test.go:3:1: expected"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := kit.Load(write(t, c.old, c.new))
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestMissingSuite(t *testing.T) {
	root := write(t, "", "")
	require.NoError(t, os.RemoveAll(filepath.Join(root, "grader")))
	_, err := kit.Load(root)
	require.ErrorContains(t, err, "the suite grader/suites/ch04-concurrency/tiny: missing")
}

func TestEmptyKit(t *testing.T) {
	_, err := kit.Load(t.TempDir())
	require.ErrorContains(t, err, "no labs/<chapter>/<lab>/lab.yaml below it")
}

func TestFindRootLooksUpwards(t *testing.T) {
	root := write(t, "", "")
	t.Chdir(filepath.Join(root, "labs", "ch04-concurrency"))
	t.Setenv(kit.RootEnv, "")
	found, err := kit.FindRoot()
	require.NoError(t, err)
	require.Equal(t, root, found)

	t.Chdir(t.TempDir())
	_, err = kit.FindRoot()
	require.ErrorContains(t, err, "change into the kit's folder or set SCALELAB_ROOT")

	t.Setenv(kit.RootEnv, root)
	found, err = kit.FindRoot()
	require.NoError(t, err)
	require.Equal(t, root, found)
}

func TestChoose(t *testing.T) {
	k, err := kit.Load(write(t, "", ""))
	require.NoError(t, err)
	for _, name := range []string{"tiny", "ch04-concurrency/tiny", "labs/ch04-concurrency/tiny/", "ch04-concurrency", "all"} {
		labs, err := k.Choose(name)
		require.NoError(t, err, name)
		require.Len(t, labs, 1, name)
	}
	_, err = k.Choose("tinny")
	require.EqualError(t, err, "unknown lab \"tinny\"; did you mean tiny?")
	_, err = k.Choose("elephant")
	require.EqualError(t, err, "unknown lab \"elephant\"; `list` shows the course")
}
