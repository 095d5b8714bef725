package hashring_test

import (
	"fmt"
	"slices"
	"strings"

	"scalelab/pkg/check"
)

// showLists shows a list of owners as it must be and as it is, and marks where they differ.
func showLists(t *check.T, what string, want, got []string) {
	t.Helper()
	title := "What Owners must return: " + what
	var lines [3]strings.Builder
	for i := range max(len(want), len(got)) {
		mark := ""
		if at(want, i) != at(got, i) {
			mark = "◆"
		}
		fmt.Fprintf(&lines[0], "%-9s", at(want, i))
		fmt.Fprintf(&lines[1], "%-9s", at(got, i))
		fmt.Fprintf(&lines[2], "%-9s", mark)
	}
	text := ""
	for i, label := range []string{"must be", "is", "wrong ◆"} {
		text += strings.TrimRight(fmt.Sprintf("%-9s%s", label, lines[i].String()), " ") + "\n"
	}
	check.Show(t, check.Evidence{Kind: "owners", Title: title, Text: text, SVG: listsSVG(title, want, got)})
}

func at(all []string, i int) string {
	if i < len(all) {
		return all[i]
	}
	return ""
}

// listsSVG draws both lists, one below the other, in the colours of the circle.
func listsSVG(title string, want, got []string) string {
	width := max(150+80*max(len(want), len(got)), 40+8*len(title))
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="ring" width="%d" height="150" viewBox="0 0 %d 150" role="img" aria-label="%s">`,
		width, width, title)
	fmt.Fprintf(&b, `<style>%s</style><rect class="page" width="%d" height="150"/><text x="20" y="24">%s</text>`, svgStyle, width, title)
	for row, list := range [][]string{want, got} {
		y := 45 + 35*row
		fmt.Fprintf(&b, `<text x="20" y="%d">%s</text>`, y+16, []string{"must be", "is"}[row])
		for i, owner := range list {
			look := `class="nobody"`
			if k := slices.Index(trees, owner); k >= 0 {
				look = fmt.Sprintf(`fill="%s"`, colours[k])
			}
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="72" height="24" %s/>`, 110+80*i, y, look)
			fmt.Fprintf(&b, `<text class="mid on" x="%d" y="%d">%s</text>`, 146+80*i, y+16, name(owner))
		}
	}
	fmt.Fprintf(&b, `<text x="20" y="133">wrong</text><path class="bad" d="M70 124l5 5l-5 5l-5 -5z"/>`)
	for i := range max(len(want), len(got)) {
		if at(want, i) != at(got, i) {
			fmt.Fprintf(&b, `<path class="bad" d="M%d 124l5 5l-5 5l-5 -5z"/>`, 146+80*i)
		}
	}
	b.WriteString("</svg>")
	return b.String()
}
