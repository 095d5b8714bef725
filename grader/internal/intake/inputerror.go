package intake

import (
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrNoLab is the cause of an *InputError for a submission in which nothing
// looks like a lab.
var ErrNoLab = errors.New("no lab in it")

// InputError says that a submission cannot be read: where, what is wrong, and
// what to do about it. It is nobody's lost point.
type InputError struct {
	Path    string // as the caller gave it
	Entry   string // inside the submission; "" if it is the submission itself
	Problem string
	Remedy  string
	Err     error // the cause, if there is one
}

func (e *InputError) Error() string {
	var b strings.Builder
	b.WriteString(e.Path)
	if e.Entry != "" {
		b.WriteString(": " + shown(e.Entry))
	}
	b.WriteString(": " + e.Problem)
	if e.Remedy != "" {
		b.WriteString("; " + e.Remedy)
	}
	return b.String()
}

func (e *InputError) Unwrap() error { return e.Err }

const longestName = 120 // bytes of a foreign name that a message repeats

// shown is a name from a submission, safe to print: quoted when it holds
// anything but visible characters, and cut when it is long.
func shown(name string) string {
	cut := name
	if len(cut) > longestName {
		cut = cut[:longestName]
		for !utf8.ValidString(cut) && utf8.ValidString(name) {
			cut = cut[:len(cut)-1] // do not cut through a character
		}
	}
	for i, r := range cut {
		_, size := utf8.DecodeRuneInString(cut[i:])
		if r == utf8.RuneError && size == 1 || !unicode.IsPrint(r) {
			cut = strconv.Quote(cut)
			break
		}
	}
	if len(name) > longestName {
		cut += "…"
	}
	return cut
}
