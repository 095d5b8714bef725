package spacetime

import (
	"fmt"
	"strings"
)

// bottomLine is a line below the picture. Lines that continue another have no name.
type bottomLine struct{ name, text string }

// bottomLines are the facts, the notes, the legend and the key.
func (l *layout) bottomLines(facts []Fact) []bottomLine {
	var all []bottomLine
	for _, f := range facts {
		all = append(all, bottomLine{cut(clean(f.Name), 20, "…"), clean(f.Text)})
	}
	if key := l.key(); key != "" {
		all = append(all, bottomLine{keyName, key})
	}
	if l.files.common != "" {
		all = append(all, bottomLine{"note", ":n is a line of " + l.files.common})
	}
	for _, n := range l.sc.notes {
		all = append(all, bottomLine{"note", clean(n)})
	}
	for i, t := range l.legend.texts {
		all = append(all, bottomLine{fmt.Sprintf("[%d]", i+1), t})
	}
	return all
}

// bottomText wraps the bottom lines. Texts stand in a column of their own, which begins at indent.
func (p picture) bottomText() (lines []bottomLine, indent int) {
	for _, l := range p.bottom {
		indent = max(indent, columns(l.name)+2)
	}
	for _, l := range p.bottom {
		wrap := fill
		if l.name == keyName {
			wrap = fillKey
		}
		pieces := wrap(l.text, pageWidth-indent)
		if len(pieces) == 0 {
			pieces = []string{""}
		}
		for i, piece := range pieces {
			if i > 0 {
				l.name = ""
			}
			lines = append(lines, bottomLine{l.name, piece})
		}
	}
	return lines, indent
}

// fillKey wraps the key between its entries.
func fillKey(s string, n int) []string {
	var lines []string
	for entry := range strings.SplitSeq(s, keyGap) {
		if last := len(lines) - 1; last >= 0 && columns(lines[last]+keyGap+entry) <= n {
			lines[last] += keyGap + entry
			continue
		}
		lines = append(lines, entry)
	}
	return lines
}
