package report

import (
	"os"

	"golang.org/x/term"
)

// paint sets words in a colour, or leaves them alone.
type paint struct{ good, bad, bold, dim func(string) string }

func palette(colour bool) paint {
	if !colour {
		plain := func(s string) string { return s }
		return paint{plain, plain, plain, plain}
	}
	ansi := func(code string) func(string) string {
		return func(s string) string { return "\x1b[" + code + "m" + s + "\x1b[0m" }
	}
	return paint{good: ansi("32"), bad: ansi("31"), bold: ansi("1"), dim: ansi("2")}
}

// ColourFor tells whether to colour what goes to f: only on a terminal, and never where NO_COLOR is set (no-color.org).
func ColourFor(f *os.File) bool {
	return os.Getenv("NO_COLOR") == "" && term.IsTerminal(int(f.Fd()))
}
