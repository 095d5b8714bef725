package spacetime

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// Whatever lines meet in a cell, one character stands there.
func TestEveryJunctionHasACharacter(t *testing.T) {
	weights := []weight{none, light, heavy, double}
	for _, up := range weights {
		for _, down := range weights {
			for _, left := range weights {
				for _, right := range weights {
					for _, dashed := range []bool{false, true} {
						a := arms{up: up, down: down, left: left, right: right, dashed: dashed}
						g := glyph(a)
						require.Equal(t, 1, utf8.RuneCountInString(g), "%+v", a)
						require.Equal(t, 1, columns(g), "%+v", a)
						require.Equal(t, a == (arms{dashed: dashed}), g == " ", "%+v", a)
					}
				}
			}
		}
	}
}

func TestWidths(t *testing.T) {
	tests := map[string]int{"": 0, "abc": 3, "配達": 4, "e\u0301": 1, "●─►✗╳": 5, "🐇": 2, "ｆ": 2}
	for s, want := range tests {
		require.Equal(t, want, columns(s), "%q", s)
	}
	require.Equal(t, "配…", cut("配達した", 4, "…"))
	require.Equal(t, []string{"one two", "three", "12345678", "9"}, fill("one  two three 123456789", 8))
	require.Equal(t, "a b � c", clean(" a\tb\x00\xff\u202E  c\n"))
}
