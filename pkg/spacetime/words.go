package spacetime

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// longestText bounds every string that comes in, in runes; what is longer ends in an ellipsis.
const longestText = 400

// clean makes a string printable on one line: no control or invisible characters, no runs of blanks, valid UTF-8 and XML.
func clean(s string) string {
	var b strings.Builder
	n, blank := 0, true
	for _, r := range s {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			r = ' '
		}
		if unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r) && blank || r == 0xFFFE || r == 0xFFFF {
			continue
		}
		if r == ' ' && blank {
			continue
		}
		if n++; n > longestText {
			return strings.TrimRight(b.String(), " ") + "…"
		}
		blank = r == ' '
		b.WriteRune(r)
	}
	return strings.TrimRight(b.String(), " ")
}

// runeWidth is the number of columns of a rune in a terminal: 0, 1 or 2.
func runeWidth(r rune) int {
	if r < utf8.RuneSelf {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// columns is the number of columns of a text in a terminal.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// cut shortens a text to at most n columns; if it had to, the text ends in the mark.
func cut(s string, n int, mark string) string {
	if columns(s) <= n {
		return s
	}
	head, _ := split(s, n-columns(mark))
	return strings.TrimRight(head, " ") + mark
}

// split divides a text after at most n columns.
func split(s string, n int) (head, tail string) {
	for i, r := range s {
		if n -= runeWidth(r); n < 0 {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// fill wraps a text into lines of at most n columns, between words where it can.
func fill(s string, n int) []string {
	n = max(n, 2) // a wide rune must fit
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && columns(line)+1+columns(word) <= n {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for columns(word) > n {
			var head string
			head, word = split(word, n)
			lines = append(lines, head)
		}
		line = word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
