package policy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever can be nested is refused before a tool recurses into it.
func TestNesting(t *testing.T) {
	const n = 20_000
	nest := func(open, middle, end string) string {
		return strings.Repeat(open, n) + middle + strings.Repeat(end, n)
	}
	for name, source := range map[string]string{
		"parentheses": "var x = " + nest("(", "1", ")"),
		"sums":        "var x = 1" + strings.Repeat("+1", n),
		"signs":       "var x = " + strings.Repeat("^", n) + "1",
		"slices":      "var x " + strings.Repeat("[]", n) + "int",
		"pointers":    "var x " + strings.Repeat("*", n) + "int",
		"calls":       "var x = f" + strings.Repeat("()", n),
		"selectors":   "var x = f" + strings.Repeat(".f", n),
		"else-if":     "func f() { if true {}" + strings.Repeat(" else if true {}", n/8) + "}",
		"blocks":      "func f() { " + nest("{", "", "}") + "}",
		"functions":   "var x = " + nest("func(){", "", "}"),
		"literals":    "var x = T" + nest("{", "", "}"),
	} {
		t.Run(name, func(t *testing.T) {
			_, findings := Syntax(map[string][]byte{"boundedbuffer.go": []byte("package boundedbuffer\n" + source + "\n")}, Rules{Package: "boundedbuffer"})
			require.False(t, findings.OK())
			if len(findings.Errors) == 0 { // the parser has a limit of its own
				require.Len(t, findings.Refusals, 1)
				require.Equal(t, RuleNesting, findings.Refusals[0].Rule)
				require.Equal(t, 2, findings.Refusals[0].Line)
			}
		})
	}
}

func TestOrdinaryNestingIsFine(t *testing.T) {
	source := "package boundedbuffer\n\nvar text = \"\"" + strings.Repeat(" +\n\t\"line\"", 400) + "\n\nfunc f(n int) int {\n" +
		strings.Repeat("if n > 0 {\n", 50) + "n++\n" + strings.Repeat("}\n", 50) + "return n\n}\n"
	_, findings := Syntax(map[string][]byte{"boundedbuffer.go": []byte(source)}, Rules{Package: "boundedbuffer"})
	require.True(t, findings.OK(), "%v", findings)
}
