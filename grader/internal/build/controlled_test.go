package build

import (
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/interleave/rewrite"
)

func TestASuiteUnderControlMayMakeItsSequencesWithRapid(t *testing.T) {
	suite := rewrite.Package{Path: "scalelab/grader/suites/tiny_test", Files: map[string][]byte{"tiny_test.go": []byte(`package tiny_test

import (
	"flag"
	"testing"

	"pgregory.net/rapid"
)

func TestSomething(t *testing.T) {
	_ = flag.Set("rapid.seed", "1")
	rapid.Check(t, func(t *rapid.T) { rapid.Int().Draw(t, "n") })
}
`)}}
	exports, err := rewrite.GoList(t.Context(), rewrite.GoCommand("../../.."), []rewrite.Package{suite})
	require.NoError(t, err)
	_, err = rewrite.Packages(rewrite.Config{Packages: []rewrite.Package{suite}, Exports: exports, Imports: suiteImports})
	require.NoError(t, err)
}
