package spacetime_test

import (
	"math/rand/v2"
	"strings"

	"scalelab/pkg/spacetime"
)

// drawn from data makes any diagram at all, valid or not: each byte is a decision.
type decisions []byte

func (d *decisions) next(n int) int {
	if len(*d) == 0 || n <= 0 {
		return 0
	}
	b := int((*d)[0])
	*d = (*d)[1:]
	return b % n
}

func (d *decisions) yes(in int) bool { return d.next(in) == 1 }

var vocabulary = []string{"", "lock mu", "send", "x.go:12", "配達", "🐇🐇🐇", "a\u0301\u0301", "<&\"'>", "\x00\x07\xff", "\u202E",
	"a rather long label that has to be broken", strings.Repeat("unbreakable", 12), strings.Repeat("w o r d s ", 60), "…[1]", "\U000E0001x"}

func (d *decisions) word() string { return vocabulary[d.next(len(vocabulary))] }

// diagram of up to 12 lanes; indices are out of range now and then.
func (d *decisions) diagram() spacetime.Diagram {
	out := spacetime.Diagram{Title: d.word(), Story: d.word()}
	lanes, steps := d.next(13), d.next(100)
	for range lanes {
		out.Lanes = append(out.Lanes, spacetime.Lane{Name: d.word(), Value: d.word()})
	}
	for range steps {
		out.Steps = append(out.Steps, spacetime.Step{Lane: d.next(lanes+1) - d.next(2)*d.next(2), Text: d.word(), Where: d.word(),
			Value: d.word(), Kind: spacetime.StepKind(d.next(7)), Highlight: d.yes(3), Minor: d.yes(3)})
	}
	for range d.next(60) {
		from := d.next(steps + 1)
		out.Arrows = append(out.Arrows, spacetime.Arrow{From: from, To: from + 1 + d.next(4) - d.next(2)*d.next(9), Lost: d.yes(4),
			Lane: d.next(lanes + 1), Text: d.word(), Kind: spacetime.ArrowKind(d.next(6))})
	}
	for range d.next(3) {
		first := d.next(steps + 1)
		out.Loops = append(out.Loops, spacetime.Loop{First: first, Last: first + d.next(9), Times: d.next(200)})
	}
	for range d.next(3) {
		out.Facts = append(out.Facts, spacetime.Fact{Name: d.word(), Text: d.word()})
	}
	return out
}

// tidy is a valid diagram with short labels, so that every label has to be found in the picture.
func tidy(r *rand.Rand) spacetime.Diagram {
	var d spacetime.Diagram
	lanes := 2 + r.IntN(3)
	for i := range lanes {
		d.AddLane("lane" + string(rune('A'+i)))
	}
	steps := 2 + r.IntN(18)
	for i := range steps {
		d.AddStep(spacetime.Step{Lane: r.IntN(lanes), Text: "s" + string(rune('a'+i)) + "!", Highlight: r.IntN(4) == 0})
	}
	for range r.IntN(2 * steps) {
		from := r.IntN(steps - 1)
		a := spacetime.Arrow{From: from, To: from + 1 + r.IntN(min(5, steps-1-from)), Kind: spacetime.ArrowKind(r.IntN(5))}
		if a.Lost = r.IntN(5) == 0; a.Lost {
			a.Lane = r.IntN(lanes)
		}
		if r.IntN(3) == 0 {
			a.Text = "t" + string(rune('a'+len(d.Arrows)%26)) + "?"
		}
		d.Arrows = append(d.Arrows, a)
	}
	return d
}
