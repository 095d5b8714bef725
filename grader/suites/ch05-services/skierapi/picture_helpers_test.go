package skierapi_test

import (
	"fmt"
	"strings"

	"scalelab/pkg/check"
	"scalelab/pkg/spacetime"
)

// The lanes of a picture.
const (
	client  = "client"
	service = "service"
	inStore = "store"
)

// move is what a lane does, and what that does to another lane, if there is one.
type move struct {
	lane, text string
	to, then   string
	kind       spacetime.StepKind
	lost       bool // it never reaches the other lane
	look       bool // here it went wrong
}

// looks draws a step that whoever looks at the picture must see. In the text it is said by marks.
func (y *story) looks(lane, text string) {
	y.told = append(y.told, &exchange{moves: []move{{lane: lane, text: text, look: true}}})
}

// draw attaches the picture of these exchanges: who asked whom, and what came back.
func (y *story) draw(t *check.T, told []*exchange) {
	rec := spacetime.NewRecorder(y.title, client, service, inStore)
	last, marked := -1, false
	for _, e := range told {
		for _, m := range e.moves {
			last = rec.Step(m.lane, spacetime.Step{Text: m.text, Kind: m.kind, Highlight: m.look})
			marked = marked || m.look
			if m.lost {
				rec.Lose(last, m.to, m.then)
			} else if m.to != "" {
				to := rec.Step(m.to, spacetime.Step{Text: m.then})
				rec.Diagram.AddArrow(last, to)
				last = to
			}
		}
	}
	d := &rec.Diagram
	if last >= 0 && !marked {
		d.Steps[last].Highlight = true
	}
	d.AddFact("about", y.why)
	d.AddFact("expected", oneLine(y.want))
	d.AddFact("actual", oneLine(y.got))
	svg := d.SVG()
	d.Title = "" // the evidence has it
	check.Show(t, check.Evidence{Kind: "space-time diagram", Title: y.title, Text: d.Text(), SVG: svg})
}

func oneLine(text string) string { return strings.ReplaceAll(orNothing(text), "\n", "; ") }

// inShort is an answer in a few words.
func (a reply) inShort() string {
	text := fmt.Sprint(a.status)
	if ids, next := a.page(); len(ids) > 0 {
		text += ": " + strings.Join(ids, " ")
		if next == "" {
			return text + ", the last page"
		}
		return text + ", and a next"
	}
	if who := a.skier(); a.status < 300 && who != "" {
		id, profile, _ := strings.Cut(who, " ")
		name, _, _ := strings.Cut(profile, " ")
		text += ": " + id + " is " + name
	}
	return text
}
