package hashring_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// letter stands for an owner.
func letter(owner string) string {
	switch {
	case owner == "":
		return "·"
	case slices.Contains(trees, owner):
		return strings.ToUpper(owner[:1])
	}
	return "?"
}

// text draws the circle as a line.
func (c comparison) text() string {
	var lines [3]strings.Builder
	var seen []string
	for _, i := range c.sample() {
		mark := " "
		if c.wrong(i) {
			mark = "◆"
		}
		for side, owner := range []string{c.first(i), c.owners[1][i]} {
			lines[side].WriteString(letter(owner))
			seen = append(seen, owner)
		}
		lines[2].WriteString(mark)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%d keys by their hashes, in %d groups; of each group one key, a wrong one if there is any\n\n", len(c.owners[1]), groups)
	if c.owners[0] != nil {
		fmt.Fprintf(&text, "%-15s %s\n", c.labels[0], lines[0].String())
	}
	fmt.Fprintf(&text, "%-15s %s\n", c.labels[1], lines[1].String())
	if marks := strings.TrimRight(lines[2].String(), " "); marks != "" {
		fmt.Fprintf(&text, "%-15s %s\n", "wrong ◆", marks)
	}
	return text.String() + "\n" + c.key(seen)
}

// key explains the letters that occur.
func (c comparison) key(seen []string) string {
	var words []string
	for _, tree := range trees {
		if slices.Contains(seen, tree) {
			words = append(words, letter(tree)+" "+tree)
		}
	}
	if c.owners[0] == nil && slices.Contains(c.owners[1], "") || c.owners[0] != nil && slices.Contains(seen, "") {
		words = append(words, "· nobody")
	}
	return strings.Join(words, "  ") + "\n"
}

// colours are light, so that a dark letter can be read on each of them, whatever colour the page has.
var colours = []string{"#f7b6b2", "#a6d3f5", "#b9e3b0", "#f4dc8c", "#d5c0f0", "#f7c59b", "#9fe0da", "#f5b9dc", "#cfd4da", "#d8dd8a"}

const svgStyle = `
.ring text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1f2328}
.ring .page{fill:#ffffff}
.ring .arc{stroke:#ffffff;stroke-width:1}
.ring .mid{text-anchor:middle}
.ring .bad{fill:#cf222e}
.ring .nobody{fill:#ffffff;stroke:#818b98;stroke-dasharray:2 2}
.ring .on{fill:#1f2328}
@media screen and (prefers-color-scheme:dark){
.ring text{fill:#f0f6fc}
.ring .page{fill:#0d1117}
.ring .arc{stroke:#0d1117}
.ring .bad{fill:#ff7b72}
.ring .nobody{fill:#ffffff}
.ring text.on{fill:#1f2328}
}
`

// svg draws the circle: outside the second owners, inside the first ones, if there are any, and a mark at each key that is wrong.
func (c comparison) svg() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="ring" width="700" height="540" viewBox="0 0 700 540" role="img" aria-label="%s">`, c.title)
	fmt.Fprintf(&b, `<style>%s</style><rect class="page" width="700" height="540"/><text x="20" y="24">%s</text>`, svgStyle, c.title)
	for g, i := range c.sample() {
		arc(&b, g, 205, 230, c.owners[1][i])
		if c.owners[0] != nil {
			arc(&b, g, 172, 197, c.first(i))
		}
		if x, y := onCircle(float64(g)+0.5, 241); c.wrong(i) {
			fmt.Fprintf(&b, `<path class="bad" d="M%.1f %.1fl5 5l-5 5l-5 -5z"/>`, x, y-5)
		}
	}
	fmt.Fprintf(&b, `<text class="mid" x="260" y="275">outside: %s</text>`, c.labels[1])
	if c.owners[0] != nil {
		fmt.Fprintf(&b, `<text class="mid" x="260" y="297">inside: %s</text>`, c.labels[0])
	}
	for i, tree := range trees {
		y := 60 + 26*i
		fmt.Fprintf(&b, `<rect x="560" y="%d" width="18" height="18" fill="%s"/><text class="mid on" x="569" y="%d">%s</text><text x="588" y="%d">%s</text>`,
			y, colours[i], y+13, letter(tree), y+13, strings.TrimSpace(tree+" "+c.notes[tree]))
		if c.bad[tree] {
			fmt.Fprintf(&b, `<path class="bad" d="M548 %dl5 5l-5 5l-5 -5z"/>`, y+4)
		}
	}
	b.WriteString(`<path class="bad" d="M569 328l5 5l-5 5l-5 -5z"/><text x="588" y="337">wrong</text></svg>`)
	return b.String()
}

// arc draws group g between two radii, in the owner's colour and with the owner's letter.
func arc(b *strings.Builder, g int, inner, outer float64, owner string) {
	x1, y1 := onCircle(float64(g), inner)
	x2, y2 := onCircle(float64(g), outer)
	x3, y3 := onCircle(float64(g+1), outer)
	x4, y4 := onCircle(float64(g+1), inner)
	look := `class="nobody"`
	if i := slices.Index(trees, owner); i >= 0 {
		look = fmt.Sprintf(`class="arc" fill="%s"`, colours[i])
	}
	fmt.Fprintf(b, `<path %s d="M%.1f %.1fL%.1f %.1fA%.0f %.0f 0 0 1 %.1f %.1fL%.1f %.1fA%.0f %.0f 0 0 0 %.1f %.1fz"/>`,
		look, x1, y1, x2, y2, outer, outer, x3, y3, x4, y4, inner, inner, x1, y1)
	x, y := onCircle(float64(g)+0.5, (inner+outer)/2)
	fmt.Fprintf(b, `<text class="mid on" x="%.1f" y="%.1f">%s</text>`, x, y+4, letter(owner))
}

// onCircle returns the place of a group on a circle round the middle of the picture. It begins at the top and goes clockwise.
func onCircle(group, radius float64) (x, y float64) {
	angle := 2 * math.Pi * group / groups
	return 260 + radius*math.Sin(angle), 285 - radius*math.Cos(angle)
}
