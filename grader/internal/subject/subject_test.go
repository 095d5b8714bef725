package subject_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/grader/internal/subject"
)

// digest is that of a subject with these files.
func digest(files map[string][]byte) string { return (&subject.Subject{Files: files}).Digest() }

func TestDigestIsOfNamesAndContentsAlone(t *testing.T) {
	one := digest(map[string][]byte{"a.go": []byte("x"), "b.go": []byte("y")})
	require.Len(t, one, 64)
	require.Equal(t, one, digest(map[string][]byte{"b.go": []byte("y"), "a.go": []byte("x")}))
	for _, files := range []map[string][]byte{
		{"a.go": []byte("xb.go"), "": []byte("y")},
		{"a.go": []byte("xy"), "b.go": nil},
		{"a.go": []byte("y"), "b.go": []byte("x")},
		{"a.go": []byte("x")},
		{"a.go 1\nxb.go": []byte("y")},
		{},
	} {
		require.NotEqual(t, one, digest(files))
	}
}
