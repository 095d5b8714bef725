package grading_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/grading"
	"scalelab/grader/internal/kit"
	"scalelab/grader/internal/subject"
)

// course is a tree with as much of a kit as a token is bound to.
func course(t *testing.T) *kit.Lab {
	root := t.TempDir()
	for name, text := range map[string]string{
		"grader/suites/ch04-x/tiny/suite_test.go": "package tiny_test",
		"solutions/ch04-x/tiny/api.go":            "package tiny",
		"pkg/interleave/explore.go":               "package interleave",
		"pkg/interleave/explore_test.go":          "package interleave",
	} {
		write(t, filepath.Join(root, name), text)
	}
	return &kit.Lab{ID: "ch04-x/tiny", Name: "tiny", Root: root, Given: []string{"api.go"}}
}

func write(t *testing.T, name, text string) {
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
}

func TestATokenIsTakenApartAsItWasMade(t *testing.T) {
	s := &subject.Subject{Lab: course(t), Files: map[string][]byte{"tiny.go": []byte("package tiny")}}
	text := grading.TokenFor(s, "TestIt", "i1/2/u/0.3-1.2//abcd")
	token, err := grading.ParseToken(text)
	require.NoError(t, err)
	require.Equal(t, text, token.String())
	require.Equal(t, "tiny", token.Lab)
	require.Equal(t, "TestIt", token.Check)
	require.Equal(t, s.Digest()[:8], token.Files)
	require.Equal(t, "i1/2/u/0.3-1.2//abcd", token.Interleaving)
	require.Empty(t, grading.TokenFor(s, "TestIt", ""), "a failure without an interleaving has no token")
}

func TestHalfATokenIsRefused(t *testing.T) {
	for _, text := range []string{"", "tiny", "tiny/TestIt/1/2", "tiny//1/2/i1/1", "/TestIt/1/2/i1"} {
		_, err := grading.ParseToken(text)
		require.ErrorContains(t, err, "copy it whole", text)
	}
}

func TestTheKitsVersionFollowsSuiteGivenFilesAndEngine(t *testing.T) {
	lab := course(t)
	version := func() string {
		digest, err := grading.KitDigest(lab)
		require.NoError(t, err)
		return digest
	}
	before := version()
	write(t, filepath.Join(lab.Root, "pkg/interleave/explore_test.go"), "package interleave // changed")
	require.Equal(t, before, version(), "tests of the engine decide nothing")
	for _, name := range []string{"grader/suites/ch04-x/tiny/suite_test.go", "solutions/ch04-x/tiny/api.go", "pkg/interleave/explore.go"} {
		write(t, filepath.Join(lab.Root, name), "package changed")
		after := version()
		require.NotEqual(t, before, after, name)
		before = after
	}
}
