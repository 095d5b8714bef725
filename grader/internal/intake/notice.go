package intake

import (
	"fmt"
	"slices"
	"strings"
)

// Notice is a remark that costs no points.
type Notice struct {
	Path  string // the file or folder, inside the submission
	Text  string
	Quiet bool // of no interest unless somebody asks
}

// String is the notice as a student reads it.
func (n Notice) String() string {
	if n.Path == "" {
		return n.Text
	}
	return shown(n.Path) + ": " + n.Text
}

const (
	mostNotices   = 20 // of one lab; the rest is counted
	mostJunkNamed = 5  // in the one notice about junk
)

// capped keeps the first notices and counts the others.
func capped(notices []Notice) []Notice {
	if len(notices) <= mostNotices {
		return notices
	}
	rest := len(notices) - mostNotices
	return append(notices[:mostNotices:mostNotices],
		Notice{Text: fmt.Sprintf("%d more files were not taken", rest)})
}

// junkNotice is the one quiet notice about everything that is not source.
func junkNotice(names []string) Notice {
	slices.Sort(names)
	var b strings.Builder
	for i, name := range names {
		if i == mostJunkNamed {
			fmt.Fprintf(&b, " and %d more", len(names)-i)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(shown(name))
	}
	return Notice{Text: "ignored, not source: " + b.String(), Quiet: true}
}
