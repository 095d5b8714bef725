package policy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever a student writes, both passes end without a panic, and every finding
// has a place in one of the files.
func FuzzSource(f *testing.F) {
	for _, s := range situations(f) {
		f.Add(s.files["boundedbuffer.go"], s.rules.NoState)
	}
	imp := exports(f)
	const given = "package boundedbuffer\n\nvar ErrClosed error\n"
	f.Fuzz(func(t *testing.T, source []byte, noState bool) {
		if strings.Count(string(source), "\n") > 200 {
			return
		}
		s := situation{files: map[string][]byte{"boundedbuffer.go": source}, rules: Rules{
			Package: "boundedbuffer", Path: "scalelab/labs/ch04-concurrency/boundedbuffer",
			Imports: []string{"errors", "sync", "io", "net/http"}, NoState: noState,
			API:   []string{"type Buffer[T any]", "func (b *Buffer[T]) Put(v T) error", "func New[T any](n int) *Buffer[T]", "var ErrClosed error"},
			Given: map[string][]byte{"api.go": []byte(given)},
		}}
		findings, err := examine(s, imp)
		require.NoError(t, err)
		lines := 1 + strings.Count(string(source), "\n")
		for _, r := range findings.Refusals {
			require.Equal(t, "boundedbuffer.go", r.File)
			require.True(t, 1 <= r.Line && r.Line <= lines, "%v", r)
			require.NotEmpty(t, r.Message)
		}
		for _, e := range findings.Errors {
			require.Contains(t, []string{"boundedbuffer.go", "api.go"}, e.File)
			require.GreaterOrEqual(t, e.Line, 1)
			require.NotEmpty(t, e.Message)
		}
	})
}

func FuzzAPI(f *testing.F) {
	for _, s := range situations(f) {
		for _, line := range s.rules.API {
			f.Add(line)
		}
	}
	f.Add("type")
	f.Add("func (")
	f.Add("var A, B int")
	f.Add("func F(); func G()")
	f.Fuzz(func(t *testing.T, line string) {
		_ = CheckAPI([]string{line}) // no panic
	})
}

func TestAPIThatIsNone(t *testing.T) {
	for line, message := range map[string]string{
		"":                               "one declaration expected",
		"New(capacity int)":              "is no declaration",
		"func new()":                     "must be exported",
		"func (b *buffer) Put()":         "must be exported",
		"var A, B int":                   "one name expected",
		"var (\nA int\nB int\n)":         "one declaration expected",
		"func F() {}; func G()":          "one declaration expected",
		"import \"os\"":                  "one declaration expected",
		"type Buffer[T any":              "is no declaration",
		"func (b *Buffer[T]) Put(v T) {": "is no declaration",
	} {
		require.ErrorContains(t, CheckAPI([]string{"func Fine()", line}), message, line)
	}
	require.NoError(t, CheckAPI([]string{"type A", "type B struct", "type C[T any]", "type D int", "var E error", "const F = 1", "func G()", "func (h *H[T]) I()", "func (H) J() int"}))
}

// An interface that speaks of what the lab cannot know is the kit's mistake.
func TestAPIOfUnknownPackages(t *testing.T) {
	src, findings := Syntax(map[string][]byte{"boundedbuffer.go": []byte("package boundedbuffer\n")}, Rules{Package: "boundedbuffer"})
	require.True(t, findings.OK())
	_, err := Types(src, exports(t), Rules{Package: "boundedbuffer", Imports: []string{"errors"}, API: []string{"func New(c *redis.Client)"}})
	require.ErrorContains(t, err, "no import of the lab is called redis")
	_, err = Types(src, exports(t), Rules{Package: "boundedbuffer", Given: map[string][]byte{"api.go": []byte("package")}})
	require.ErrorContains(t, err, "given file api.go")
}
