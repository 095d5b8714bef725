package rpc_test

import (
	"scalelab/pkg/check"
	"scalelab/pkg/spacetime"
)

// story is what a check has done and seen, in the check's own order. What the student's code does meanwhile stands in it when the
// check looks, and not before: so the picture does not depend on which goroutine was faster.
type story struct {
	title    string
	recorder *spacetime.Recorder
	silent   bool // nothing is added but what was found wrong: the scene is too long to be drawn
}

func tell(title string) *story {
	return &story{title: title, recorder: spacetime.NewRecorder(title)}
}

// lanes gives lanes their places, from left to right.
func (y *story) lanes(names ...string) {
	for _, name := range names {
		y.recorder.Lane(name)
	}
}

// does adds a step, and returns it; -1 if the story is silent.
func (y *story) does(lane, text string) int { return y.step(lane, spacetime.Step{Text: text}) }

func (y *story) step(lane string, s spacetime.Step) int {
	if y.silent {
		return -1
	}
	return y.recorder.Step(lane, s)
}

// tells adds a message from one lane to another.
func (y *story) tells(from, text, to, then string) {
	y.leads(y.does(from, text), to, then)
}

// leads adds the effect of an earlier step in another lane.
func (y *story) leads(cause int, to, then string) {
	effect := y.does(to, then)
	if cause >= 0 && effect >= 0 {
		y.recorder.Diagram.AddArrow(cause, effect)
	}
}

// crashes ends a lane.
func (y *story) crashes(lane string) {
	y.step(lane, spacetime.Step{Text: "crashes", Kind: spacetime.Crashes})
}

// found adds the step at which the story went wrong.
func (y *story) found(lane, want, got string) {
	y.recorder.Step(lane, spacetime.Step{Text: got, Highlight: true})
	y.recorder.Diagram.AddFact("expected", want)
	y.recorder.Diagram.AddFact("actual", got)
}

// show draws the story for the scorecard.
func (y *story) show(t *check.T) {
	picture := y.recorder.Diagram
	if len(picture.Steps) == 0 {
		return
	}
	svg := picture.SVG()
	picture.Title = "" // the evidence has it
	check.Show(t, check.Evidence{Kind: "space-time diagram", Title: y.title, Text: picture.Text(), SVG: svg})
}
